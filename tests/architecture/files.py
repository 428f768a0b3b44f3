# SPDX-License-Identifier: BSL-1.0
"""Every file carries its licence line, every header its guard."""

import re

import repository

LICENCE = "SPDX-License-Identifier: BSL-1.0"
LICENCE_FIELD = re.compile(r'"license":\s*"BSL-1.0"')


def check_licence(repo):
    excepted = repo.listed("tests/architecture/no_licence_line.txt")
    for path in repo.files():
        if repository.matches(path, excepted):
            continue
        head = repo.text(path)[:2000]
        if LICENCE not in head and not (path.endswith(".json") and LICENCE_FIELD.search(head)):
            repo.complain(path, f"no line {LICENCE}")


def guard_of(path):
    path = path.removeprefix("include/")
    path = path if path.startswith("tidings") else "tidings/" + path
    return re.sub(r"[^A-Z0-9]", "_", path.upper())


def check_guards(repo):
    for path in repo.files():
        if not path.endswith(".hpp"):
            continue
        guard = guard_of(path)
        text = repo.text(path)
        if f"\n#ifndef {guard}\n#define {guard}\n" not in text:
            repo.complain(path, f"the guard is not {guard}")
        if not text.endswith(f"\n#endif  // {guard}\n"):
            repo.complain(path, f"the last line is not #endif  // {guard}")


if __name__ == "__main__":
    repository.run("files", check_licence, check_guards)
