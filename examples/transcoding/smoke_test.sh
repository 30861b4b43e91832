#!/usr/bin/env bash
# Installs the library into a folder of its own, builds the example against it, and runs the README's commands.
#
#   smoke_test.sh CMAKE BUILD_DIR BUILD_TYPE CXX
set -euo pipefail
cmake=$1 build=$2 build_type=$3 cxx=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --component transcoding --prefix "$work/prefix" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# A header that is missing is missing: nothing of the source tree can be found by chance.
cp -r "$here" "$work/source"
"$cmake" -S "$work/source" -B "$work/translate" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE="$build_type" -DCMAKE_CXX_COMPILER="$cxx" \
  > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
"$cmake" --build "$work/translate" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
"$here/../../scripts/run_readme" "$here/README.md" "build/translate/=$work/translate/"
