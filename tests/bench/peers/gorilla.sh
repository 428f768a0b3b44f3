#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# gorilla/websocket by the packaged Go, without network; one processor. Exit 77 = something is missing.
set -eu
sources=/usr/share/gocode
if ! command -v go >/dev/null || [ ! -d "$sources/src/github.com/gorilla/websocket" ]; then
  echo "gorilla: missing (Debian: golang-go golang-github-gorilla-websocket-dev)" >&2
  exit 77
fi
folder=$(cd "$(dirname "$0")/gorilla" && pwd)
program=${TIDINGS_BENCH_DIR:?}/gorilla
if [ ! "$program" -nt "$folder/main.go" ]; then
  GO111MODULE=off GOPATH=$sources GOCACHE=$TIDINGS_BENCH_DIR/go-cache GOFLAGS= go build -o "$program" "$folder/main.go" >&2
fi
exec env GOMAXPROCS=1 "$program"
