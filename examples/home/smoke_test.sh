#!/usr/bin/env bash
# Starts the shop's backend and a gateway in front of it on free ports, and runs the commands of README.md.
#
#   examples/home/smoke_test.sh PATH/TO/dragoman PATH/TO/shop_backend      (shop.pb lies beside shop_backend)
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: smoke_test.sh DRAGOMAN SHOP_BACKEND" >&2; exit 2; }
dragoman=$(realpath "$1")
shop_backend=$(realpath "$2")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

start_shop "$shop_backend"
replace+=("build/release/src/dragoman=$dragoman" "build/release/examples/home=$work")
serve_and_ask "$dragoman" "$here/README.md"
