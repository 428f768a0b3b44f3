# SPDX-License-Identifier: BSL-1.0
"""What the checks share: the files of the repository, their includes, and how complaints are told."""

import fnmatch
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(?P<target><[^>]+>|"[^"]+"|TIDINGS_ASIO_HEADER\([^)]*\))', re.M)


class Repository:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.include = self.root / "include"
        self.complaints = []

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def headers(self):
        """Headers of the library as `tidings.hpp`, `tidings/version.hpp` ..., sorted."""
        return sorted(p.relative_to(self.include).as_posix() for p in self.include.rglob("*.hpp"))

    def includes(self, header):
        return [m["target"] for m in INCLUDE.finditer(self.text("include/" + header))]

    def files(self):
        """Every file that is or could be committed; all files where there is no git checkout."""
        command = ["git", "-c", "safe.directory=*", "-C", str(self.root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        try:
            listed = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        except (OSError, subprocess.CalledProcessError):
            listed = [p.relative_to(self.root).as_posix() for p in self.root.rglob("*")]
            listed = [p for p in listed if not p.startswith("build")]
        return sorted(p for p in set(listed) if p and (self.root / p).is_file())

    def listed(self, path):
        """The lines of a list: no blank ones, no comments."""
        lines = (line.split("#")[0].strip() for line in self.text(path).splitlines())
        return [line for line in lines if line]

    def complain(self, where, what):
        self.complaints.append(f"{where}: {what}")

    def finish(self, name):
        print(*self.complaints, sep="\n")
        print(f"{name}: {len(self.complaints)} complaint(s)")
        return 1 if self.complaints else 0


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def run(name, *checks):
    """The body of each script: ROOT is its only argument."""
    repository = Repository(sys.argv[1])
    for check in checks:
        check(repository)
    sys.exit(repository.finish(name))
