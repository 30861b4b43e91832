#!/usr/bin/env bash
# Shows each limit and the guard biting: asks, and prints which answers came, and of a refusal the reason and the rule.
#
#   examples/protected/bite.sh GATEWAY SECOND_GATEWAY FOLDER      (which has admin.sock and second.sock)
#
#   examples/protected/bite.sh http://127.0.0.1:8080 http://127.0.0.1:8081 build/release/examples/protected
set -euo pipefail

[[ $# -eq 3 ]] || { echo "usage: bite.sh GATEWAY SECOND_GATEWAY FOLDER" >&2; exit 2; }
gateway=$1
second=$2
folder=$3
notebook='X-Api-Key: dgm_protected-demo-free-9Qm2xLr7TzPcWb4Hn6Vk0S'
warehouse='X-Api-Key: dgm_protected-demo-gold-3Vb8kq0ZpT7xYw2Nf5Rj1L'
visitor='X-Api-Key: dgm_protected-demo-trial-7Hc5nWd2RkMqXb9Ls4Tg8J'
answers=$(mktemp)
trap 'rm -f "$answers"' EXIT

# ask TITLE FROM CURL-ARGUMENTS…: the answers to a client at that address, those that are alike counted.
ask() {
  local title=$1 from=$2
  shift 2
  curl -s -w '\n%{http_code}\n' -H "X-Forwarded-For: $from" "$@" > "$answers"
  printf '%-52s' "$title"
  grep -oE '^[0-9]{3}$' "$answers" | uniq -c | awk '{printf "%s%s × %s", (NR > 1 ? ", " : ""), $1, $2}'
  sed -nE 's/.*"reason":"([A-Z_]+)".*"metadata":\{"rule":"([^"]+)".*/  \1 (\2)/p; t; s/.*"reason":"([A-Z_]+)".*/  \1/p' "$answers" | tail -n 1 | tr -d '\n'
  echo
}

# bans SOCKET: who is shut out there.
bans() { curl -s --unix-socket "$folder/$1" http://localhost/guard/bans | grep -oE '"what":"[^"]*"' | sort; }

ask 'notebook, 12 times; 10 a minute:' 192.0.2.1 -H "$notebook" "$gateway/v1/items/grinder?_=[1-12]"
ask 'notebook at the second gateway:' 192.0.2.1 -H "$notebook" "$second/v1/items/grinder"
ask 'visitor, 25 times; 20 an hour:' 192.0.2.2 -H "$visitor" "$gateway/v1/items/grinder?_=[1-25]"
ask 'warehouse, 200 times; 1000 a second:' 192.0.2.3 -H "$warehouse" "$gateway/v1/items/grinder?_=[1-200]"
ask 'a scanner by its user agent:' 192.0.2.4 -A 'sqlmap/1.7' -H "$warehouse" "$gateway/v1/items/grinder"
ask 'guessing keys, 8 times:' 192.0.2.5 -H 'X-Api-Key: guess' "$gateway/v1/items/grinder?_=[1-8]"
# Bans travel about once a second.
for ((i = 0; i < 100; i++)); do
  if bans second.sock | grep -q 192.0.2.5; then break; fi
  sleep 0.1
done
ask 'the same address at the second gateway, a good key:' 192.0.2.5 -H "$warehouse" "$second/v1/items/grinder"
ask 'looking for paths, 25 times:' 192.0.2.6 "$gateway/wp-admin/[1-25]"
echo 'bans, as the admin interface lists them:'
bans admin.sock | sed 's/^/  /'
curl -s --unix-socket "$folder/admin.sock" -X DELETE http://localhost/guard/bans/192.0.2.5 > /dev/null
ask 'lifted; the same address with a good key:' 192.0.2.5 -H "$warehouse" "$gateway/v1/items/grinder"
