#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The demo in Chromium. Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = something is missing (skipped).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/packages.sh"
run_in_node demo.mjs
