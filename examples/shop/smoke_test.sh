#!/usr/bin/env bash
# Starts the shop's backend on a free port and a gateway in front of it, and runs the commands of the project's
# README.md and of the one beside this file.
#
#   examples/shop/smoke_test.sh PATH/TO/dragoman PATH/TO/shop_backend      (shop.pb lies beside shop_backend)
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: smoke_test.sh DRAGOMAN SHOP_BACKEND" >&2; exit 2; }
dragoman=$(realpath "$1")
shop_backend=$(realpath "$2")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

start_shop "$shop_backend"
serve_and_ask "$dragoman" "$root/README.md" "$here/README.md"
