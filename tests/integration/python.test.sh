#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# A client of Python's standard library. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
need python3
run_in_node python.mjs
