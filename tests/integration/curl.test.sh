#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# curl, by hand as in a terminal. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
need curl
run_in_node curl.mjs
