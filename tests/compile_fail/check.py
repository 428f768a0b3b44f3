#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles files that must not compile, and looks for the reason in the message: check.py COMPILER FLAGS FILE...

A file says `// error: REGEX` for each thing that the message must hold, and compiles with -DGOOD, so that it is wrong in
nothing else.
"""

import re
import subprocess
import sys


def compile_file(compiler, flags, file, *more):
    run = subprocess.run([compiler, f"@{flags}", "-fsyntax-only", *more, file], stderr=subprocess.PIPE, encoding="utf-8")
    return run.returncode, run.stderr


def complaint(compiler, flags, file):
    with open(file, encoding="utf-8") as text:
        wanted = re.findall(r"^// error: (.+)$", text.read(), re.MULTILINE)
    if not wanted:
        return "says nowhere what is wrong"
    status, message = compile_file(compiler, flags, file, "-DGOOD")
    if status != 0:
        return "does not compile with -DGOOD either:\n" + message
    status, message = compile_file(compiler, flags, file)
    if status == 0:
        return "compiles"
    missing = [each for each in wanted if not re.search(each, message)]
    return f"the message does not hold {missing}:\n{message}" if missing else None


def main():
    compiler, flags, *files = sys.argv[1:]
    failed = 0
    for file in files:
        text = complaint(compiler, flags, file)
        print(f"{file}: {text or 'ok'}")
        failed += text is not None
    sys.exit(1 if failed or not files else 0)


main()
