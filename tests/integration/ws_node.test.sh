#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The npm packages ws and undici. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
run_in_node ws_node.mjs
