# SPDX-License-Identifier: BSL-1.0
#
# Sourced by X.test.sh of the folders with scripts. Environment: TIDINGS_SOURCE_DIR, TIDINGS_BUILD_DIR.

# need TOOL...: ends the script as skipped (77) when one of them is missing.
need() {
  for tool in "$@"; do
    if ! command -v "$tool" >/dev/null; then
      echo "skipped: $tool is missing"
      exit 77
    fi
  done
}

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

# run_in_node FILE...: runs tests of the script's folder in Node and ends the script. They run in a copy below the
# packages, one for each script, so that the checkout stays clean.
run_in_node() {
  need node npm
  : "${TIDINGS_BUILD_DIR:?TIDINGS_BUILD_DIR is not set}"
  folder=$(cd "$(dirname "$0")" && pwd)
  tests=$(dirname "$folder")
  export TIDINGS_SOURCE_DIR="${TIDINGS_SOURCE_DIR:-$(dirname "$tests")}"
  packages=$TIDINGS_BUILD_DIR/browser
  install_packages "$tests/browser" "$packages"
  copy=$packages/run/$(basename "$0" .test.sh)
  for each in browser integration; do
    mkdir -p "$copy/$each"
    cp "$tests/$each"/*.mjs "$copy/$each/"
  done
  cd "$copy/$(basename "$folder")"
  exec node --test "$@"
}
