#!/usr/bin/env bash
# Starts the backend and a gateway in front of it on free ports, and runs the commands of README.md.
#
#   examples/streams/smoke_test.sh PATH/TO/dragoman PATH/TO/streams_backend      (streams.pb lies beside streams_backend)
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: smoke_test.sh DRAGOMAN STREAMS_BACKEND" >&2; exit 2; }
dragoman=$(realpath "$1")
streams_backend=$(realpath "$2")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

start "$work/backend.log" "$streams_backend" --listen 127.0.0.1:0
backend=$(wait_for "$work/backend.log" '127\.0\.0\.1:[0-9]+')
cp "$(dirname "$streams_backend")/streams.pb" "$work/streams.pb"
"$here/make_certificates" "$work"
sed -e "s/127\.0\.0\.1:50061/$backend/" -e 's/address: 127\.0\.0\.1:\(8080\|8443\)/address: 127.0.0.1:0/' "$here/dragoman.yaml" > "$work/dragoman.yaml"
replace+=("build/release/examples/streams=$work")
serve_and_ask "$dragoman" "$here/README.md"
