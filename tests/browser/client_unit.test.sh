#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Unit tests of examples/web in Node. Packages go to the build directory, never into the checkout.
# Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = Node or npm is missing (skipped).
set -eu
here=$(dirname "$0")
. "$here/packages.sh"

# A registry's address in the lock file would tie every clone to it.
if grep -n '"resolved"' "$here/package-lock.json"; then
  echo "package-lock.json names a registry: npm install --omit-lockfile-registry-resolved"
  exit 1
fi

run_in_node client_unit.mjs es5.mjs
