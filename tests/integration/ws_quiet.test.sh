#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Quiet connections behind nginx and behind a link that forgets. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
PATH=$PATH:/usr/sbin
need chromium nginx
run_in_node ws_quiet.mjs
