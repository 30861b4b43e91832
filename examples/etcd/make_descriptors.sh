#!/usr/bin/env bash
# Makes the descriptor set of etcd's gRPC services from the protos that Debian ships.
#
#   examples/etcd/make_descriptors.sh etcd.pb
#
# Packages: golang-etcd-server-dev (the services), golang-github-gogo-protobuf-dev (an annotation that they import), protobuf-compiler.
# google/api/annotations.proto comes from this project's protos/.
set -euo pipefail

[[ $# -eq 1 ]] || { echo "usage: make_descriptors.sh OUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
gocode=/usr/share/gocode/src

for proto in "$gocode/go.etcd.io/etcd/etcdserver/etcdserverpb/rpc.proto" "$gocode/github.com/gogo/protobuf/gogoproto/gogo.proto"; do
  if [[ ! -e $proto ]]; then
    echo "make_descriptors.sh: $proto is missing; install golang-etcd-server-dev and golang-github-gogo-protobuf-dev" >&2
    exit 1
  fi
done

# protoc warns of an import in these protos that they do not use; what it says is shown if it fails.
warnings=$(protoc "-I$gocode/go.etcd.io" "-I$gocode/github.com/gogo/protobuf" "-I$here/../../protos" \
  --include_imports --include_source_info "--descriptor_set_out=$1" etcd/etcdserver/etcdserverpb/rpc.proto 2>&1) ||
  { printf '%s\n' "$warnings" >&2; exit 1; }
