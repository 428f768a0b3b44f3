#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Our clients against the npm package ws, Python's package websockets, event streams of Node, through nginx and a CONNECT
# proxy, with TLS of OpenSSL's own making. Exit 77 = something is missing (skipped).
set -eu
. "$(dirname "$0")/../browser/packages.sh"
. "$(dirname "$0")/../support/find_python.sh"
PATH=$PATH:/usr/sbin
need nginx openssl
run_in_node cpp_clients.mjs
