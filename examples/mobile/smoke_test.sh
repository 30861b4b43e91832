#!/usr/bin/env bash
# Starts the three services on free ports and a gateway in front of them, and runs the commands of README.md.
#
#   examples/mobile/smoke_test.sh PATH/TO/dragoman PATH/TO/mobile_backend      (mobile.pb lies beside mobile_backend)
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: smoke_test.sh DRAGOMAN MOBILE_BACKEND" >&2; exit 2; }
dragoman=$(realpath "$1")
mobile_backend=$(realpath "$2")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

cp -r "$here/credentials" "$work/credentials"
cp "$(dirname "$mobile_backend")/mobile.pb" "$work/mobile.pb"
start "$work/backend.log" "$mobile_backend" "$work/credentials" 0
# address NAME: where that part of the backend listens.
address() { wait_for "$work/backend.log" "^$1 on .*127\.0\.0\.1:[0-9]+" | grep -oE '127\.0\.0\.1:[0-9]+'; }
sed -e "s/127\.0\.0\.1:50061/$(address weather)/" -e "s/127\.0\.0\.1:50062/$(address maps)/" \
  -e "s/127\.0\.0\.1:50063/$(address ads)/" -e "s/127\.0\.0\.1:50064/$(address tokens)/" \
  -e 's/127\.0\.0\.1:8080/127.0.0.1:0/' "$here/dragoman.yaml" > "$work/dragoman.yaml"
serve_and_ask "$dragoman" "$here/README.md"
