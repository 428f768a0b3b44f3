# SPDX-License-Identifier: BSL-1.0
"""Checks that need a compiler: compile.py ROOT MODE COMPILER FLAGS [DIRECTORY]; FLAGS is a response file, DIRECTORY has
the headers of a newer dependency."""

import os
import re
import subprocess
import sys
import tempfile

import layers
import repository

# DESIGN: the umbrella 2.5 s where this reference costs 1.5 s; memory does not depend on the machine's speed.
MAX_TIME_RATIO = 2.5 / 1.5
MAX_MEMORY_MB = 450
# A busy machine stretches times, never shortens them: more rounds until the smallest ones meet the budget.
ROUNDS = 3
MOST_ROUNDS = 15
REFERENCE = ["asio.hpp", "nlohmann/json.hpp"]
GROUND_LEVEL = 3
# Of the component deflate, which needs zlib.
DEFLATE = re.compile(r"tidings/(deflate|deflate_options|protocol/ws/(deflate_\w+|deflater|inflater|thread_zlib))\.hpp$")
# Those of a client of ours: a program is one, or serves, and the umbrella has no room for both.
CLIENTS = re.compile(r"tidings/(client/|net/client/|protocol/ws/client_handshake\.|protocol/http/status_line\.|ws_client\.|sse_client\.|client_options\.|client_status\.|received\.)")
# A program that pushes over WeChat, or another third party, says so.
WECHAT = re.compile(
    r"tidings/(wechat/|net/wechat/|wechat_(callback|client)|(curl_)?http_(answer|call|client)|"
    r"delivery/(attempt_(record|line|end|ledger)|send_record|missed|missed_recipient)\.|store/(memory_(attempts|token_store)|sqlite_\w+)\.)"
)
# Of the component tls, which needs OpenSSL.
TLS = re.compile(r"tidings/(client_tls|net/client/tls_duplex)\.")
# Of the component wechat, what needs OpenSSL or pugixml.
WECHAT_PACKAGES = re.compile(r"tidings/(wechat/callback_(crypto|parser|gate)|wechat_callback|curl_http_client)\.hpp$")
# Of the component sqlite.
SQLITE = re.compile(r"tidings/store/sqlite_\w+\.hpp$")
GROUND_STORE = re.compile(r"tidings/store/memory_\w+\.hpp$")


def public_headers(repo):
    """Those that a user includes, anywhere, and that need no optional package."""
    return [h for h in repo.headers()
            if "/impl/" not in h and h != "tidings/src.hpp" and not DEFLATE.match(h) and not TLS.match(h)
            and not WECHAT_PACKAGES.match(h) and not SQLITE.match(h)
            and (not h.startswith("tidings/adapter/") or h == "tidings/adapter/listener.hpp")]


def ground_headers(repo):
    levels = layers.read_levels(repo)
    # A header without a level is the layer check's to report.
    return [h for h in repo.headers()
            if "/impl/" not in h and not DEFLATE.match(h) and not WECHAT_PACKAGES.match(h)
            and (GROUND_STORE.match(h) or (layers.level_of(h, levels) or 0) <= GROUND_LEVEL)]


class Compiler:
    def __init__(self, command, flags, folder):
        self.command = command
        self.flags = ["@" + flags, "-fsyntax-only"]
        self.folder = folder

    def source_of(self, name, headers):
        path = os.path.join(self.folder, name + ".cpp")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"#include <{header}>\n" for header in headers)
        return path

    def opened(self, headers, extra=()):
        """Compiles a file that includes them; the list of files that were read, or None when it does not compile."""
        return self.opened_by(self.source_of("all", headers), extra)

    def opened_by(self, source, extra=()):
        listing = os.path.join(self.folder, "opened.d")
        command = [self.command, *extra, *self.flags, "-MD", "-MF", listing, source]
        done = subprocess.run(command, check=False)
        if done.returncode != 0:
            return None
        with open(listing, encoding="utf-8") as file:
            return file.read().replace("\\\n", " ").split()[1:]

    def cost(self, source):
        """User time in seconds and peak memory in MB of one run."""
        child = subprocess.Popen([self.command, *self.flags, source])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise SystemExit(f"{source} does not compile")
        return usage.ru_utime, usage.ru_maxrss / 1024


def check_ground(repo, compiler):
    files = compiler.opened(ground_headers(repo))
    if files is None:
        repo.complain("ground floors", "do not compile without Asio")
    for file in files or []:
        if re.search(r"/asio(/|\.hpp$)", file):
            repo.complain("ground floors", f"opened {file}")


def check_complete(repo, compiler):
    files = compiler.opened(["tidings.hpp"])
    if files is None:
        repo.complain("tidings.hpp", "does not compile")
        return
    opened = {os.path.realpath(file) for file in files}
    for header in public_headers(repo):
        if not CLIENTS.match(header) and not WECHAT.match(header) and str(repo.include / header) not in opened:
            repo.complain("tidings.hpp", f"does not include <{header}>")


def check_budget(repo, compiler):
    sources = [compiler.source_of("reference", REFERENCE), compiler.source_of("umbrella", ["tidings.hpp"])]
    rounds = []
    while len(rounds) < ROUNDS or (len(rounds) < MOST_ROUNDS and umbrella > allowed):
        rounds.append([compiler.cost(source) for source in sources])
        reference, umbrella = (min(each[i][0] for each in rounds) for i in (0, 1))
        allowed = MAX_TIME_RATIO * reference
    memory = min(each[1][1] for each in rounds)
    print(f"{len(rounds)} rounds: umbrella {umbrella:.2f} s, reference {reference:.2f} s (allowed {allowed:.2f} s); {memory:.0f} MB")
    if umbrella > allowed:
        repo.complain("tidings.hpp", f"takes {umbrella:.2f} s to compile, {allowed:.2f} s are allowed")
    if memory > MAX_MEMORY_MB:
        repo.complain("tidings.hpp", f"takes {memory:.0f} MB to compile, {MAX_MEMORY_MB} MB are allowed")


def check_newer_asio(repo, compiler, directory):
    files = compiler.opened(public_headers(repo), ["-I" + directory])
    if files is None:
        repo.complain("newer Asio", "the headers do not compile against it")
        return
    asio = [file for file in files if re.search(r"/asio(/|\.hpp$)", file)]
    strangers = [file for file in asio if not file.startswith(directory + "/")]
    for file in strangers:
        repo.complain("newer Asio", f"{file} came from another Asio")
    print(f"{len(asio) - len(strangers)} files of {directory}")
    if not asio:
        repo.complain("newer Asio", "no file of it was read")


def check_newer_httplib(repo, compiler, directory):
    """The adapter as its own tests use it: its templates are compiled only with their arguments."""
    path = "tests/adapter/httplib_test.cpp"
    files = compiler.opened_by(str(repo.root / path), ["-I" + directory, f"-I{repo.root / 'tests'}"])
    if files is None:
        repo.complain(path, "does not compile with the newer cpp-httplib")
    elif os.path.join(directory, "httplib.h") not in files:
        repo.complain(path, f"did not read {directory}/httplib.h")


CHECKS = {"ground": check_ground, "complete": check_complete, "budget": check_budget, "newer_asio": check_newer_asio,
          "newer_httplib": check_newer_httplib}


def main():
    root, mode, command, flags, *rest = sys.argv[1:]
    repo = repository.Repository(root)
    with tempfile.TemporaryDirectory() as folder:
        CHECKS[mode](repo, Compiler(command, flags, folder), *rest)
    sys.exit(repo.finish(mode))


if __name__ == "__main__":
    main()
