#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# nginx in front, with its default settings and with a cache. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
PATH=$PATH:/usr/sbin
need curl nginx
run_in_node nginx.mjs
