#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Unit tests of examples/web in Node. Packages go to the build directory, never into the checkout.
# Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = Node or npm is missing (skipped).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source_dir=${TIDINGS_SOURCE_DIR:-$(cd "$here/../.." && pwd)}
build_dir=${TIDINGS_BUILD_DIR:?TIDINGS_BUILD_DIR is not set}
export TIDINGS_SOURCE_DIR="$source_dir"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "skipped: node and npm are needed"
  exit 77
fi

# A registry's address in the lock file would tie every clone to it.
if grep -n '"resolved"' "$here/package-lock.json"; then
  echo "package-lock.json names a registry: npm install --omit-lockfile-registry-resolved"
  exit 1
fi

work=$build_dir/browser
mkdir -p "$work"
. "$here/packages.sh"
install_packages "$here" "$work"

cp "$here"/*.mjs "$work/"
cd "$work"
exec node --test client_unit.mjs es5.mjs
