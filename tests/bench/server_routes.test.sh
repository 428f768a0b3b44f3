#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# server_routes.py with a Python that has the package websockets. Exit 77 = there is none (skipped).
set -eu
. "$(dirname "$0")/../support/find_python.sh"
exec "$TIDINGS_PYTHON" "$(dirname "$0")/server_routes.py" "$@"
