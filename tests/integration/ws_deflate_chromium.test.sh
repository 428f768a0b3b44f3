#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# permessage-deflate with Chromium. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
need chromium
run_in_node ws_deflate_chromium.mjs
