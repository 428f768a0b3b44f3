# SPDX-License-Identifier: BSL-1.0

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class TidingsConan(ConanFile):
    name = "tidings"
    description = "Push transports for C++ HTTP servers: polling, Server-Sent Events, resume, fan-out, delivery ledger"
    license = "BSL-1.0"
    url = "https://github.com/tidings-cpp/tidings"
    homepage = "https://github.com/tidings-cpp/tidings"
    topics = ("push", "server-sent-events", "long-polling", "http", "asio", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    # with_<component> for each optional component of the CMake project.
    options = {"with_deflate": [True, False], "with_sqlite": [True, False], "with_tls": [True, False], "with_wechat": [True, False]}
    default_options = {"with_deflate": False, "with_sqlite": False, "with_tls": False, "with_wechat": False}
    no_copy_source = True
    exports_sources = "LICENSE", "include/*"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "tidings", "version.hpp"))
        self.version = ".".join(re.findall(r"#define TIDINGS_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("asio/[>=1.22.1 <2]", transitive_headers=True)
        self.requires("nlohmann_json/[>=3.11 <4]", transitive_headers=True)
        if self.options.with_deflate:
            self.requires("zlib/[>=1.2.11 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.with_sqlite:
            self.requires("sqlite3/[>=3.35 <4]", transitive_headers=True, transitive_libs=True)
        if self.options.with_tls or self.options.with_wechat:
            self.requires("openssl/[>=3 <4]", transitive_headers=True, transitive_libs=True)
        if self.options.with_wechat:
            self.requires("pugixml/[>=1.11 <2]", transitive_headers=True, transitive_libs=True)
            self.requires("libcurl/[>=7.80 <9]", transitive_headers=True, transitive_libs=True)

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tidings")
        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "tidings::tidings")
        core.requires = ["asio::asio", "nlohmann_json::nlohmann_json"]
        core.defines = ["ASIO_STANDALONE"]
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]
        if self.options.with_deflate:
            deflate = self.cpp_info.components["deflate"]
            deflate.set_property("cmake_target_name", "tidings::deflate")
            deflate.requires = ["core", "zlib::zlib"]
        if self.options.with_sqlite:
            sqlite = self.cpp_info.components["sqlite"]
            sqlite.set_property("cmake_target_name", "tidings::sqlite")
            sqlite.requires = ["core", "sqlite3::sqlite3"]
        if self.options.with_tls:
            tls = self.cpp_info.components["tls"]
            tls.set_property("cmake_target_name", "tidings::tls")
            tls.requires = ["core", "openssl::openssl"]
        if self.options.with_wechat:
            wechat = self.cpp_info.components["wechat"]
            wechat.set_property("cmake_target_name", "tidings::wechat")
            wechat.requires = ["core", "libcurl::libcurl", "openssl::crypto", "pugixml::pugixml"]
        for component in self.cpp_info.components.values():
            component.bindirs = []
            component.libdirs = []
