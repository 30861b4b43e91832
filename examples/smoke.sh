# shellcheck shell=bash
# What the smoke tests of the examples share. Sourced by examples/NAME/smoke_test.sh.
#
#   here    the example's folder        root    the project's
#   work    a folder that goes away with the test, as does what was started

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=scripts/common.sh
source "$root/scripts/common.sh"

work=$(mktemp -d)
cleanup() {
  stop_all
  rm -rf "$work"
}
trap cleanup EXIT

replace=()  # OLD=NEW of the READMEs' commands, beside the address

# start_shop SHOP_BACKEND: starts the shop on a free port; $work has its descriptors, and the example's configuration, on free ports, too.
start_shop() {
  local backend
  start "$work/shop.log" "$1" --listen 127.0.0.1:0
  backend=$(wait_for "$work/shop.log" '127\.0\.0\.1:[0-9]+')
  cp "$(dirname "$1")/shop.pb" "$work/shop.pb"
  sed -e "s/127\.0\.0\.1:50051/$backend/" -e 's/127\.0\.0\.1:\(8080\|9901\)/127.0.0.1:0/' "$here/dragoman.yaml" > "$work/dragoman.yaml"
}

# serve_and_ask DRAGOMAN README…: checks $work/dragoman.yaml, in which there is nothing to warn of, serves it, whose listener is on 127.0.0.1:0, and runs the commands of the
# READMEs, which ask 127.0.0.1:8080, against it; by TLS 127.0.0.1:8443, if there is such a listener, too.
serve_and_ask() {
  local dragoman=$1 address secure readme
  shift
  if ! "$dragoman" check --config "$work/dragoman.yaml" --strict > "$work/check.log" 2>&1; then
    cat "$work/check.log" >&2
    return 1
  fi
  start "$work/dragoman.log" "$dragoman" serve --config "$work/dragoman.yaml"
  address=$(wait_for "$work/dragoman.log" '^listening on http://127\.0\.0\.1:[0-9]+')
  if grep -q '^ *tls:' "$work/dragoman.yaml"; then
    secure=$(wait_for "$work/dragoman.log" '^listening on https://127\.0\.0\.1:[0-9]+')
    replace+=("https://127.0.0.1:8443=${secure#listening on }")
  fi
  replace+=("build/release/src/dragoman=$dragoman" "build/release/examples/shop/dragoman.yaml=$work/dragoman.yaml")
  for readme in "$@"; do
    if ! "$root/scripts/run_readme" "$readme" "http://127.0.0.1:8080=${address#listening on }" "${replace[@]}"; then
      cat "$work/dragoman.log" >&2
      return 1
    fi
  done
}
