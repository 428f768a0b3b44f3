# SPDX-License-Identifier: BSL-1.0
"""Includes point downwards, our Asio stays in net/, heavy standard headers stay out. See docs/design/layers.md."""

import posixpath
import re

import repository

HEAVY = {"<iostream>", "<ostream>", "<regex>", "<asio.hpp>", "<nlohmann/json.hpp>"}
# Missing in a standard library that is supported (g++ 11, clang 14, libc++).
ABSENT = {"<format>", "<stop_token>", "<source_location>", "<print>", "<expected>"}
ASIO = re.compile(r"TIDINGS_ASIO_HEADER|<(boost/)?asio[/.]")
ROW = re.compile(r"^\| `(?P<header>[^`]+)` \| `(?P<heavy><[^`]+>)` \|", re.M)


def read_levels(repo):
    lines = (line.split(maxsplit=1) for line in repo.listed("tests/architecture/layers.txt"))
    return {path: int(level) for level, path in lines}


def level_of(header, levels):
    """The level of the file itself, of the header it implements, or of its nearest folder; None if not listed."""
    path = header.removeprefix("tidings/")
    folder, name = posixpath.split(path)
    owner = posixpath.join(posixpath.dirname(folder), name) if posixpath.basename(folder) == "impl" else path
    for candidate in (path, owner):
        if candidate in levels:
            return levels[candidate]
    while folder:
        if folder + "/" in levels:
            return levels[folder + "/"]
        folder = posixpath.dirname(folder)
    return None


def check_levels(repo):
    levels = read_levels(repo)
    for header in repo.headers():
        own = level_of(header, levels)
        if own is None:
            repo.complain(header, "not in tests/architecture/layers.txt")
            continue
        for target in repo.includes(header):
            if not target.startswith("<tidings"):
                continue
            level = level_of(target[1:-1], levels)
            if level is not None and level > own:
                repo.complain(header, f"level {own} includes {target} of level {level}")


def check_asio(repo):
    for header in repo.headers():
        if header.startswith("tidings/net/"):
            continue
        # To an adapter it is its server's.
        foreign = "<boost/" if header.startswith("tidings/adapter/") else ()
        for target in repo.includes(header):
            if ASIO.match(target) and not target.startswith(foreign):
                repo.complain(header, f"includes {target}: only net/ may include Asio")


def check_heavy(repo):
    allowed = {(m["header"], m["heavy"]) for m in ROW.finditer(repo.text("docs/design/layers.md"))}
    seen = set()
    for header in repo.headers():
        for target in repo.includes(header):
            if target.startswith('"'):
                repo.complain(header, f"includes {target}: write it with <>")
            if target in ABSENT:
                repo.complain(header, f"includes {target}: a supported compiler does not have it")
            if target in HEAVY:
                seen.add((header.removeprefix("tidings/"), target))
    for header, target in sorted(seen - allowed):
        repo.complain(header, f"includes {target}: not in the table of docs/design/layers.md")
    for header, target in sorted(allowed - seen):
        repo.complain("docs/design/layers.md", f"allows {target} to {header}, which does not include it")


if __name__ == "__main__":
    repository.run("layers", check_levels, check_asio, check_heavy)
