# SPDX-License-Identifier: BSL-1.0
"""links.py ROOT: every relative link of the documentation leads to a file, and every #name to a heading of it."""

import pathlib
import re
import sys

import pages

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`[^`]*`")


def anchors(path):
    """Names of the headings, as GitHub makes them."""
    names = set()
    for _, line, language in pages.split(path.read_text(encoding="utf-8")):
        if language is None and line.startswith("#"):
            text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip())
            names.add(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
    return names


def broken(root, page):
    here = root / page
    for number, line, language in pages.split(here.read_text(encoding="utf-8")):
        if language is not None:
            continue
        # Brackets in code are no links; code as the text of a link is.
        for target in LINK.findall(CODE.sub("", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, name = target.partition("#")
            file = (here.parent / path).resolve() if path else here
            if not file.exists():
                yield f"{page}:{number}: {target}: no such file"
            elif name and (file.suffix != ".md" or name not in anchors(file)):
                yield f"{page}:{number}: {target}: no such heading"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    complaints = [each for page in pages.pages(root) for each in broken(root, page)]
    print(*complaints, f"links: {len(complaints)} complaint(s)", sep="\n")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
