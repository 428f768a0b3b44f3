#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The npm package eventsource. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
run_in_node node_eventsource.mjs
