# SPDX-License-Identifier: BSL-1.0
"""What the checks of the documentation share: the pages of the repository and their code blocks."""

import pathlib
import re
import subprocess

FENCE = re.compile(r"^```(\w*)\s*$")


def pages(root):
    """Every Markdown file that is or could be committed."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard", "*.md"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = ["README.md"]
        listed += [p.relative_to(root).as_posix() for p in pathlib.Path(root, "docs").rglob("*.md")]
    return sorted({p for p in listed if p and pathlib.Path(root, p).is_file()})


def split(text):
    """(line number, line, language): the language is None outside of code blocks."""
    language = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence:
            language = fence[1] if language is None else None
        else:
            yield number, line, language
