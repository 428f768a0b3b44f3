#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The npm package ws that the tests are pinned to. Exit 77 = something is missing.
set -eu
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "ws: node or npm is missing" >&2
  exit 77
fi
peers=$(cd "$(dirname "$0")" && pwd)
. "$peers/../../browser/packages.sh"
packages=${TIDINGS_BENCH_DIR:?}/npm
install_packages "$peers/../../browser" "$packages" >&2
cp "$peers/ws.mjs" "$packages/"
exec node "$packages/ws.mjs"
