# shellcheck shell=bash
# What the scripts share: messages, programs in the background, waiting for what they print. Sourced, not run.

# say TEXT: tells what happens now.
say() {
  local text="==> $*"
  if [[ -t 2 ]]; then text=$'\033[1m'$text$'\033[0m'; fi
  printf '%s\n' "$text" >&2
}

# fail TEXT: says what is wrong and ends the script.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

STARTED=()  # process ids, in the order of their start

# start LOG COMMAND…: runs the command in the background, its output in LOG, until stop_all.
start() {
  local log=$1
  shift
  : > "$log"
  "$@" >> "$log" 2>&1 &
  STARTED+=("$!")
}

# stop_all: ends what was started, the last one first, and waits for it. For `trap stop_all EXIT`.
stop_all() {
  local i
  for ((i = ${#STARTED[@]} - 1; i >= 0; i--)); do
    kill "${STARTED[i]}" 2> /dev/null || true
    wait "${STARTED[i]}" 2> /dev/null || true
  done
  STARTED=()
}

# wait_for LOG REGEX: prints the first match of the extended regular expression in LOG, or fails after 30 s, or as soon as the process that
# was started last has ended.
wait_for() {
  local log=$1 regex=$2 i match
  for ((i = 0; i < 600; i++)); do
    if match=$(grep -oE -m1 -- "$regex" "$log"); then
      printf '%s\n' "$match" | head -n 1
      return
    fi
    if ! kill -0 "${STARTED[-1]}" 2> /dev/null && ! grep -qE -- "$regex" "$log"; then break; fi
    sleep 0.05
  done
  printf '%s does not show "%s":\n' "$log" "$regex" >&2
  cat "$log" >&2
  return 1
}
