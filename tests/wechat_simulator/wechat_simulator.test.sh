#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# The program with curl, over HTTP and HTTPS, and a server for its callbacks. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
need curl openssl python3
: "${TIDINGS_BUILD_DIR:?TIDINGS_BUILD_DIR is not set}"
exec python3 -B "$(dirname "$0")/curl_program.py"
