# SPDX-License-Identifier: BSL-1.0
"""The checks complain about what they should, and about nothing else: each case is a small repository of its own."""

import pathlib
import tempfile
import unittest

import files
import headers
import layers
import repository

LICENCE = "// SPDX-License-Identifier: BSL-1.0\n\n"
LISTS = {
    "tests/architecture/layers.txt": "0 low.hpp\n0 impl/other.hpp\n2 middle/\n4 net/\n",
    "tests/architecture/no_licence_line.txt": "tests/architecture/*\ndocs/*\n*.png # a picture\n",
    "docs/design/layers.md": "| `low.hpp` | `<regex>` | reason |\n",
}
LOW = "include/tidings/low.hpp"
MIDDLE = "include/tidings/middle/x.hpp"


def header(path, body):
    guard = files.guard_of(path)
    return f"{LICENCE}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif  // {guard}\n"


def complaints(check, contents, lists=()):
    """The complaints of one check over these files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**LISTS, **dict(lists), **contents}.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        repo = repository.Repository(folder)
        check(repo)
        return repo.complaints


class Checks(unittest.TestCase):
    def found(self, check, contents, *expected, lists=()):
        told = complaints(check, contents, lists)
        self.assertEqual(len(told), len(expected), told)
        for complaint, text in zip(told, expected):
            self.assertIn(text, complaint)

    def code(self, body, *expected):
        self.found(headers.check_headers, {LOW: header(LOW, body)}, *expected)

    def test_levels(self):
        def check(path, body, *expected):
            self.found(layers.check_levels, {path: body}, *expected)

        check(MIDDLE, "#include <tidings/low.hpp>\n#include <tidings/middle/y.hpp>\n")
        check(MIDDLE, "#include <tidings/net/loop.hpp>\n", "level 2 includes <tidings/net/loop.hpp> of level 4")
        check("include/tidings/middle/impl/x.hpp", "#  include <tidings/net/loop.hpp>\n", "of level 4")
        check("include/tidings/impl/low.hpp", "#include <tidings/middle/x.hpp>\n", "of level 2")
        check("include/tidings/impl/other.hpp", "#include <tidings/middle/x.hpp>\n", "of level 2")
        check("include/tidings/new.hpp", "", "not in tests/architecture/layers.txt")
        check("include/tidings/unknown/new.hpp", "", "not in tests/architecture/layers.txt")

    def test_asio(self):
        for target in ("<asio.hpp>", "<asio/post.hpp>", "<boost/asio/post.hpp>", "TIDINGS_ASIO_HEADER(post.hpp)"):
            text = f"#include {target}\n"
            self.found(layers.check_asio, {MIDDLE: text}, "only net/ may include Asio")
            self.found(layers.check_asio, {"include/tidings/net/x.hpp": text})
        adapter = "include/tidings/adapter/x.hpp"
        self.found(layers.check_asio, {adapter: "#include <boost/asio/post.hpp>\n"})
        self.found(layers.check_asio, {adapter: "#include <asio/post.hpp>\n"}, "only net/ may include Asio")

    def test_heavy(self):
        rows = {"docs/design/layers.md": ""}
        self.found(layers.check_heavy, {LOW: "#include <regex>\n"})
        self.found(layers.check_heavy, {LOW: ""}, "which does not include it")
        self.found(layers.check_heavy, {LOW: "#include <iostream>\n"}, "not in the table", lists=rows)
        self.found(layers.check_heavy, {LOW: "#include <format>\n"}, "a supported compiler", lists=rows)
        self.found(layers.check_heavy, {LOW: '#include "x.hpp"\n'}, "write it with <>", lists=rows)

    def test_licence(self):
        self.found(files.check_licence, {"a.cpp": LICENCE, "b.png": "", "c.json": '{"license": "BSL-1.0"}'})
        self.found(files.check_licence, {"a.cpp": "int x;\n", "c.json": "{}"}, "a.cpp: no line", "c.json: no line")

    def test_guards(self):
        right = header(MIDDLE, "")
        self.assertIn("#ifndef TIDINGS_MIDDLE_X_HPP\n", right)
        self.found(files.check_guards, {MIDDLE: right})
        self.found(files.check_guards, {MIDDLE: right.replace("#ifndef TIDINGS_", "#ifndef ")}, "the guard is not")
        self.found(files.check_guards, {MIDDLE: right.replace("#endif  //", "#endif //")}, "the last line is not")
        self.found(files.check_guards, {"tests/support/x.hpp": header("tests/support/x.hpp", "")})
        self.assertEqual(files.guard_of("tests/support/x.hpp"), "TIDINGS_TESTS_SUPPORT_X_HPP")

    def test_sizes(self):
        long = "  x();\n" * 40
        self.code("inline void f() {\n" + "  x();\n" * 39 + "}\n")
        self.code("inline void f() {\n" + long + "}\n", "function of 40 lines")
        self.code("namespace a {\nstruct B {\n  template <class C>\n  void f() {\n" + long + "  }\n};\n}\n", "40 lines")
        self.code("struct A {\n  A() : a_{1}, b_{2} {\n" + long + "  }\n};\n", "40 lines")
        self.code("// Long because it has one case per code.\ninline void f() {\n" + long + "}\n")
        self.code("struct A {\n" + "  int x = 1'000;\n" * 40 + "  char y = '{';\n  const char* z = \"{\";  // {\n};\n")
        self.code("int x;\n" * 400, "lines; a header stays under 400")

    def test_copies_per_unit(self):
        self.code("namespace {\nint x;\n}\n", "anonymous namespace")
        self.code("static int f() { return 1; }\n", "static at namespace scope")
        self.code("namespace a {\ntemplate <class T = int>\nstatic const int x = 1;\n}\n", "static at namespace scope")
        self.code("struct A {\n  static int f() { static int x = 0; return x; }\n};\nstatic_assert(true);\n")
        self.code("inline int x = __COUNTER__;\n", "__COUNTER__")
        self.code("#undef ASIO_NO_DEPRECATED\n", "the user's to set")
        self.code("#  define JSON_USE_IMPLICIT_CONVERSIONS 1\n", "the user's to set")


if __name__ == "__main__":
    unittest.main()
