# SPDX-License-Identifier: BSL-1.0
"""format.py ROOT CLANG_FORMAT: every C++ file is as clang-format writes it."""

import re
import subprocess
import sys

import repository


def main():
    root, clang_format = sys.argv[1:]
    repo = repository.Repository(root)
    sources = [path for path in repo.files() if path.endswith((".hpp", ".cpp"))]
    done = subprocess.run([clang_format, "--dry-run", "-Werror", *sources], cwd=repo.root, capture_output=True,
                          text=True, check=False)
    for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", done.stderr, re.M))):
        repo.complain(path, f"run {clang_format} -i {path}")
    if done.returncode != 0 and not repo.complaints:
        repo.complain(clang_format, done.stderr)
    sys.exit(repo.finish("format"))


if __name__ == "__main__":
    main()
