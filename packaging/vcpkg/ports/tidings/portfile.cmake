# SPDX-License-Identifier: BSL-1.0

set(VCPKG_BUILD_TYPE release) # header-only

vcpkg_from_github(
    OUT_SOURCE_PATH SOURCE_PATH
    REPO tidings-cpp/tidings
    REF "v${VERSION}"
    SHA512 0 # no release yet: filled in once its archive exists
    HEAD_REF main
)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES
        deflate TIDINGS_WITH_DEFLATE
        sqlite TIDINGS_WITH_SQLITE
        tls TIDINGS_WITH_TLS
        wechat TIDINGS_WITH_WECHAT
)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DTIDINGS_BUILD_TESTS=OFF
        -DTIDINGS_BUILD_EXAMPLES=OFF
        -DTIDINGS_INSTALL=ON
        ${FEATURE_OPTIONS}
)

vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/tidings)

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/lib")

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
