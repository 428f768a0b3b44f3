#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# tidings.js in Chromium. Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/packages.sh"
need chromium
run_in_node client_page.mjs
