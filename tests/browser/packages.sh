# SPDX-License-Identifier: BSL-1.0
#
# install_packages FROM TO: puts the pinned npm packages of FROM/package-lock.json into TO/node_modules.
# Does nothing when they are there; tests that run at the same time wait for each other.
install_packages() {
  mkdir -p "$2"
  (
    flock 9
    if ! cmp -s "$1/package-lock.json" "$2/installed.json"; then
      cp "$1/package.json" "$1/package-lock.json" "$2/"
      npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --loglevel=error
      cp "$2/package-lock.json" "$2/installed.json"
    fi
  ) 9>"$2/.lock"
}

# run_in_node FILE...: runs tests of this folder in Node, in a copy beside the packages so that the checkout stays clean.
# The scripts' own environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR. Ends the script; exit code 77 = skipped.
run_in_node() {
  export TIDINGS_SOURCE_DIR=${TIDINGS_SOURCE_DIR:-$(cd "$here/../.." && pwd)}
  export TIDINGS_BUILD_DIR="${TIDINGS_BUILD_DIR:?TIDINGS_BUILD_DIR is not set}"
  for tool in node npm chromium; do
    if ! command -v "$tool" >/dev/null; then
      echo "skipped: $tool is missing"
      exit 77
    fi
  done
  work=$TIDINGS_BUILD_DIR/browser
  mkdir -p "$work"
  install_packages "$here" "$work"
  cp "$here"/*.mjs "$work/"
  cd "$work"
  exec node --test "$@"
}
