#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The clients over real sockets, in Node. Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Exit 77 = Node or npm is missing.
set -eu
. "$(dirname "$0")/packages.sh"
run_in_node client_net.mjs
