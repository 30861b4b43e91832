#!/usr/bin/env bash
# Starts etcd on free ports and a gateway in front of it, and runs the commands of README.md.
#
#   examples/etcd/smoke_test.sh PATH/TO/dragoman
set -euo pipefail

[[ $# -eq 1 ]] || { echo "usage: smoke_test.sh DRAGOMAN" >&2; exit 2; }
dragoman=$(realpath "$1")
# shellcheck source=examples/smoke.sh
source "$(dirname "$0")/../smoke.sh"

# Port 0 for clients and peers; what they became stands in the log.
any=http://127.0.0.1:0
start "$work/etcd.log" etcd --name default --data-dir "$work/data" --logger zap --log-outputs stderr \
  --listen-client-urls "$any" --advertise-client-urls "$any" \
  --listen-peer-urls "$any" --initial-advertise-peer-urls "$any" --initial-cluster "default=$any"
etcd=$(wait_for "$work/etcd.log" 'serving client traffic.*"address":"127\.0\.0\.1:[0-9]+"' | grep -oE '127\.0\.0\.1:[0-9]+')

sed -e "s/127\.0\.0\.1:2379/$etcd/" -e 's/127\.0\.0\.1:8080/127.0.0.1:0/' "$here/dragoman.yaml" > "$work/dragoman.yaml"
serve_and_ask "$dragoman" "$here/README.md"
