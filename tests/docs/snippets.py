# SPDX-License-Identifier: BSL-1.0
"""snippets.py ROOT COMPILER FLAGS [--each]: the C++ programs of the documentation compile.

A block ```cpp with an #include is a program, and in README and tutorial every block is one. All are compiled as one
unit, each in a namespace of its own, since the headers cost more than they do; --each compiles each by itself.
"""

import pathlib
import subprocess
import sys
import tempfile

import pages

WHOLE = ("README.md", "docs/tutorial/")
# What a program that includes something of this name needs.
OPTIONAL = {"httplib": "httplib.h", "beast": "boost/beast/version.hpp", "civetweb": "civetweb.h",
            "restinio": "restinio/http_server.hpp", "deflate": "zlib.h"}
# Programs that cannot be read with the others' flags.
APART = {"restinio": ["-UASIO_NO_DEPRECATED"]}


def blocks(root):
    """(page, [(line number, line)...]) of each C++ block."""
    for page in pages.pages(root):
        block = []
        lines = list(pages.split((root / page).read_text(encoding="utf-8"))) + [(0, "", None)]
        for number, line, language in lines:
            if block and (language != "cpp" or number != block[-1][0] + 1):
                yield page, block
                block = []
            if language == "cpp":
                block.append((number, line))


def apart(program):
    """What it includes that sets it apart, if anything."""
    return next((name for name in APART if any(name in line for _, line in program[1] if "#include" in line)), None)


def is_program(block):
    return any(line.startswith("#include") for _, line in block)


def unit(programs):
    """One source of them all: the includes first, then each body in a namespace."""
    includes, bodies = [], []
    for index, (page, block) in enumerate(programs):
        included = " ".join(line for _, line in block if line.startswith("#include"))
        needed = [header for name, header in OPTIONAL.items() if name in included]
        begin = [f"#if __has_include(<{needed[0]}>)"] if needed else ["#if 1"]
        mark = [f'#line {block[0][0]} "{page}"']
        own = [line if line.startswith("#include") else "" for _, line in block]
        rest = ["" if line.startswith("#include") else line for _, line in block]
        includes += begin + mark + own + ["#endif"]
        bodies += begin + [f"namespace snippet_{index} {{"] + mark + rest + ["}", "#endif"]
    return "\n".join(includes + bodies) + "\n"


def compiles(compiler, flags, source, more):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "snippets.cpp")
        path.write_text(source, encoding="utf-8")
        # In a namespace `main` is a function like any other.
        command = [compiler, "@" + flags, "-fsyntax-only", "-Wno-return-type", *more, str(path)]
        return subprocess.run(command, check=False).returncode == 0


def main():
    root, compiler, flags = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    found = list(blocks(root))
    programs = [each for each in found if is_program(each[1])]
    complaints = [f"{page}:{block[0][0]}: not a whole program" for page, block in found
                  if page.startswith(WHOLE) and not is_program(block)]
    groups = {name: [each for each in programs if apart(each) == name] for name in (None, *APART)}
    parts = [[each] for each in programs] if "--each" in sys.argv else [each for each in groups.values() if each]
    for part in parts:
        if not compiles(compiler, flags, unit(part), APART.get(apart(part[0]), [])):
            complaints.append("a program does not compile")
    print(*complaints, f"snippets: {len(programs)} programs, {len(complaints)} complaint(s)", sep="\n")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
