#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# demo.test.sh [--server NAME]: the demo in Chromium, on each server that it was built with or on this one.
# Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/packages.sh"
need chromium
if [ "${1:-}" = --server ]; then export TIDINGS_DEMO_SERVER="$2"; fi
run_in_node demo.mjs
