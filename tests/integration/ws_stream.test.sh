#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Large messages in parts with npm's ws and Python's websockets. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
. "$(dirname "$0")/../support/find_python.sh"
run_in_node ws_stream.mjs
