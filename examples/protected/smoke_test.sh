#!/usr/bin/env bash
# Starts Redis, the shop's backend and two gateways on free ports, and runs the commands of README.md.
#
#   examples/protected/smoke_test.sh PATH/TO/dragoman PATH/TO/shop_backend      (shop.pb lies beside shop_backend)
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: smoke_test.sh DRAGOMAN SHOP_BACKEND" >&2; exit 2; }
dragoman=$(realpath "$1")
shop_backend=$(realpath "$2")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

start_shop "$shop_backend"
start "$work/redis.log" redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --dir "$work"
wait_for "$work/redis.log" 'ready to accept connections' > /dev/null

sed -i "s#redis://127\.0\.0\.1:6379#unix:redis.sock#" "$work/dragoman.yaml"
sed -e 's/admin\.sock/second.sock/' "$work/dragoman.yaml" > "$work/second.yaml"
start "$work/second.log" "$dragoman" serve --config "$work/second.yaml"
second=$(wait_for "$work/second.log" '^listening on http://127\.0\.0\.1:[0-9]+')
replace+=("http://127.0.0.1:8081=${second#listening on }" "build/release/src/dragoman=$dragoman" "build/release/examples/protected=$work"
  "examples/protected/bite.sh=$here/bite.sh")
serve_and_ask "$dragoman" "$here/README.md"
