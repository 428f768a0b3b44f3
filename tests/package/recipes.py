# SPDX-License-Identifier: BSL-1.0
"""recipes.py ROOT EXPORTS DESCRIPTION HOMEPAGE OPTIONAL_COMPONENTS: what CMake, vcpkg and Conan say of the library agrees."""

import ast
import json
import pathlib
import py_compile
import re
import sys
import tempfile

PORT = "packaging/vcpkg/ports/tidings/"


class Recipes:
    def __init__(self, root, exports, description, homepage, components):
        self.root = pathlib.Path(root)
        self.exports = pathlib.Path(exports)
        self.about = {"description": description, "homepage": homepage, "license": "BSL-1.0"}
        self.optional = set(components.split(","))
        self.manifest = json.loads(self.text("vcpkg.json"))
        self.port = json.loads(self.text(PORT + "vcpkg.json"))
        self.conan = self.conan_attributes()
        self.complaints = []

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def conan_attributes(self):
        """The constant attributes of the recipe's class; Conan itself is not needed."""
        tree = ast.parse(self.text("conanfile.py"))
        recipe = next(node for node in tree.body if isinstance(node, ast.ClassDef))
        assigned = [node for node in recipe.body if isinstance(node, ast.Assign)]
        return {node.targets[0].id: ast.literal_eval(node.value) for node in assigned}

    def same(self, what, expected, found):
        if expected != found:
            self.complaints.append(f"{what}: {found!r}, expected {expected!r}")

    def check_components(self):
        self.same("features of the vcpkg port", self.optional, set(self.port.get("features", {})))
        options = self.conan["options"]
        self.same("options of conanfile.py", {"with_" + component for component in self.optional}, set(options))

    def check_versions(self):
        numbers = re.findall(r"^#define TIDINGS_VERSION_\w+ (\d+)", self.text("include/tidings/version.hpp"), re.M)
        version = ".".join(numbers)
        self.same("version of vcpkg.json", version, self.manifest["version"])
        self.same("version of the vcpkg port", version, self.port["version"])

    def check_about(self):
        for name, value in self.about.items():
            self.same(f"{name} of vcpkg.json", value, self.manifest[name])
            self.same(f"{name} of the vcpkg port", value, self.port[name])
            self.same(f"{name} of conanfile.py", value, self.conan[name])
        self.same("url of conanfile.py", self.about["homepage"], self.conan["url"])

    def check_portfile(self):
        portfile = self.text(PORT + "portfile.cmake")
        repository = re.search(r"REPO (\S+)", portfile)[1]
        self.same("REPO of the portfile", self.about["homepage"], "https://github.com/" + repository)
        if not re.search(r"SHA512 (0|[0-9a-f]{128})\s", portfile):
            self.complaints.append("portfile: SHA512 is neither 0 (no release yet) nor 128 hexadecimal digits")

    def check_syntax(self):
        with tempfile.TemporaryDirectory() as folder:
            for path in ("conanfile.py", "test_package/conanfile.py"):
                py_compile.compile(str(self.root / path), cfile=f"{folder}/compiled", doraise=True)

    def check_usage(self):
        named = re.findall(r"tidings::(\w+)\)", self.text(PORT + "usage"))
        self.same("targets of the vcpkg port's usage", self.optional | {"tidings"}, set(named))
        asked = re.findall(r"^\s+(\w+) TIDINGS_WITH_(\w+)$", self.text(PORT + "portfile.cmake"), re.M)
        self.same("options of the portfile", {(each, each.upper()) for each in self.optional}, set(asked))

    def check_targets(self):
        exported = set()
        for file in self.exports.glob("*-targets.cmake"):
            exported |= set(re.findall(r"add_library\((\S+) INTERFACE IMPORTED\)", file.read_text(encoding="utf-8")))
        named = set(re.findall(r'"cmake_target_name", "([^"]+)"', self.text("conanfile.py")))
        self.same("targets of conanfile.py", exported, named)


def main():
    recipes = Recipes(*sys.argv[1:])
    for name in dir(recipes):
        if name.startswith("check_"):
            getattr(recipes, name)()
    print(*recipes.complaints, sep="\n")
    sys.exit(1 if recipes.complaints else 0)


if __name__ == "__main__":
    main()
