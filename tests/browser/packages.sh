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
