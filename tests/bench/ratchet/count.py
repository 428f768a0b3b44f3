# SPDX-License-Identifier: BSL-1.0
"""User-space instructions of the server for an echo and for a delivery, by callgrind: count.py PROGRAM [--update]

Compares them with figures.txt beside this file: more than 2 % above fails. Exit 77 = valgrind is missing, or nobody has
counted with these versions of compiler, Asio and C library yet; --update writes a line for them, and lowers what a gain
has lowered.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "figures.txt")
NAMES = ("echo", "bare", "room", "stream")
MOST_ABOVE = 1.02


def read_figures():
    """Builder -> its figures, in the order of NAMES."""
    lines = [line.split() for line in open(FIGURES, encoding="utf-8") if line.strip() and not line.startswith("#")]
    return {" ".join(words[: -len(NAMES)]): [float(word) for word in words[-len(NAMES) :]] for words in lines}


def write_figures(figures):
    comments = [line for line in open(FIGURES, encoding="utf-8") if line.startswith("#")]
    with open(FIGURES, "w", encoding="utf-8") as file:
        file.writelines(comments)
        for builder, counts in sorted(figures.items()):
            file.write(f"{builder} {' '.join(f'{each:.1f}' for each in counts)}\n")


def count(program, name):
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=tidings_ratchet_serve",
                   f"--callgrind-out-file={folder}/out", program, name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{name} failed:\n{done.stderr}")
    instructions = re.search(r"Collected : (\d+)", done.stderr)
    return int(instructions[1]) / int(done.stdout)


def judge(counts, known):
    for name, now, before in zip(NAMES, counts, known):
        verdict = "more" if now > before * MOST_ABOVE else "ok"
        print(f"{name:8} {now:8.1f} instructions, {before:8.1f} before, {100 * (now / before - 1):+.1f} %  {verdict}")
    return any(now > before * MOST_ABOVE for now, before in zip(counts, known))


def main(words):
    program = words[0]
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is missing")
        sys.exit(77)
    builder = subprocess.run([program, "builder"], capture_output=True, text=True, check=True).stdout.strip()
    figures = read_figures()
    how = f"python3 {os.path.relpath(__file__)} {program} --update"
    if "--update" not in words and builder not in figures:
        print(f"skipped: nobody has counted with {builder} yet; write it down with: {how}")
        sys.exit(77)
    counts = [count(program, name) for name in NAMES]
    if "--update" in words:
        figures[builder] = counts
        write_figures(figures)
    if judge(counts, figures[builder]):
        sys.exit(f"If it is worth that, say so in the commit and write the new figures down with: {how}")


if __name__ == "__main__":
    main(sys.argv[1:])
