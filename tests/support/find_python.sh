# SPDX-License-Identifier: BSL-1.0
#
# Sets TIDINGS_PYTHON to one with the package websockets; exits with 77 if there is none.
# Debian's Python has Debian's packages, whichever Python comes first.
for TIDINGS_PYTHON in /usr/bin/python3 python3 none; do
  if [ $TIDINGS_PYTHON = none ]; then
    echo "skipped: no Python with websockets"
    exit 77
  fi
  if $TIDINGS_PYTHON -c 'import websockets' 2>/dev/null; then break; fi
done
export TIDINGS_PYTHON
