#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs an example and compares what it prints with the lines `// > ...` at its top: check.py SOURCE PROGRAM."""

import subprocess
import sys


def main():
    source, program = sys.argv[1:]
    with open(source, encoding="utf-8") as text:
        wanted = [line[5:].rstrip("\n") for line in text if line.startswith("// > ")]
    if not wanted:
        sys.exit(f"{source}: says nowhere what it prints")
    run = subprocess.run([program], stdout=subprocess.PIPE, encoding="utf-8", timeout=50)
    printed = run.stdout.splitlines()
    if printed != wanted or run.returncode != 0:
        sys.exit("\n".join(["wanted:", *wanted, "printed:", *printed, f"exit code {run.returncode}"]))


main()
