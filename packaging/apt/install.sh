#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Installs Debian packages that are missing, by name. Sourced by tests/run and examples/demo/run.
#
#   install_debian PACKAGE...     from the release the machine runs
#   install_backport PACKAGE...   from its backports suite
#   newer_package SUITE PACKAGE DIRECTORY   unpacks a package of a newer suite, for its headers, beside the system;
#                                           nothing of it is installed
#
# No host is named here: other suites are reached through the machine's own source files, the suite replaced.

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_of() {
  for package in "$@"; do
    is_installed "$package" || printf '%s ' "$package"
  done
}

# Package lists are fetched once per run, and only if something is missing.
update_lists() {
  [ -n "${tidings_lists_updated:-}" ] && return 0
  as_root apt-get update -qq || echo "warning: apt-get update failed for a source; going on with what there is" >&2
  tidings_lists_updated=1
}

install_debian() {
  missing=$(missing_of "$@")
  [ -z "$missing" ] && return 0
  echo "installing: $missing"
  update_lists
  # shellcheck disable=SC2086
  as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Prints a one-line source of the given suite, made from the machine's first Debian source.
derived_source() {
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # The first stanza of the main archive: its suites begin with the release's own name.
    line=$(awk -v wanted="$1" -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" '
      function done() {
        if (types ~ /deb/ && suites ~ "(^| )" release "( |$)" && uri != "") {
          print "deb [" (key != "" ? "signed-by=" key : "") "] " uri " " wanted " main"
          found = 1
          exit
        }
        types = suites = uri = key = ""
      }
      /^#/ { next }
      /^[ \t]*$/ { done(); next }
      { field = $1; $1 = ""; sub(/^ /, "") }
      field == "Types:" { types = $0 }
      field == "URIs:" { split($0, all, " "); uri = all[1] }
      field == "Suites:" { suites = $0 }
      field == "Signed-By:" { key = $0 }
      END { if (!found) done() }' "$file")
    [ -n "$line" ] && { echo "$line" | sed 's/\[\] //'; return 0; }
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    line=$(sed -nE "s#^deb (\[[^]]*\] )?([^ ]+) $release .*#deb \1\2 $1 main#p" "$file" | head -n 1)
    [ -n "$line" ] && { echo "$line"; return 0; }
  done
  echo "no Debian source found to derive the suite $1 from" >&2
  return 1
}

# Adds a suite for this run's needs. Its packages are never taken unless asked for by name and suite.
add_suite() {
  suite=$1
  list=/etc/apt/sources.list.d/tidings-$suite.list
  [ -f "$list" ] && return 0
  derived_source "$suite" | as_root tee "$list" >/dev/null
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 50\n' "$suite" |
    as_root tee "/etc/apt/preferences.d/tidings-$suite" >/dev/null
  as_root apt-get update -qq -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
}

install_backport() {
  missing=$(missing_of "$@")
  [ -z "$missing" ] && return 0
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")-backports
  echo "installing from $suite: $missing"
  update_lists
  add_suite "$suite"
  # shellcheck disable=SC2086
  as_root apt-get install -y -qq --no-install-recommends -t "$suite" $missing >/dev/null
}

# apt-get with lists and sources of its own in a directory: needs no root, leaves the system's lists as they are.
private_apt() {
  private=$1
  shift
  apt-get -qq -o Dir::Etc::sourcelist="$private/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o Dir::State::lists="$private/lists" -o Dir::Cache="$private/cache" \
    -o APT::Sandbox::User=root "$@"
}

newer_package() {
  [ -d "$3" ] && return 0
  rm -rf "$3.part"
  mkdir -p "$3.part/lists/partial" "$3.part/cache/archives/partial"
  (
    cd "$3.part" || exit 1
    derived_source "$1" >sources.list &&
      private_apt "$PWD" update &&
      private_apt "$PWD" download "$2/$1" &&
      dpkg-deb -x ./"$2"_*.deb tree
  ) || return 1
  mv "$3.part/tree" "$3"
  rm -rf "$3.part"
}
