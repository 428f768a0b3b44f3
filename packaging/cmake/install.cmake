# SPDX-License-Identifier: BSL-1.0
#
# Headers, package configuration and one export file per component.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/tidings")
# INCLUDES: users whose CMake is older than file sets.
install(TARGETS tidings EXPORT tidings-core-targets FILE_SET HEADERS INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT tidings-core-targets NAMESPACE tidings:: DESTINATION "${destination}")

if(TIDINGS_WITH_DEFLATE)
  install(TARGETS tidings_deflate EXPORT tidings-deflate-targets)
  install(EXPORT tidings-deflate-targets NAMESPACE tidings:: DESTINATION "${destination}")
endif()
if(TIDINGS_WITH_TLS)
  install(TARGETS tidings_tls EXPORT tidings-tls-targets)
  install(EXPORT tidings-tls-targets NAMESPACE tidings:: DESTINATION "${destination}")
endif()

configure_package_config_file(packaging/cmake/tidingsConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfig.cmake"
                              INSTALL_DESTINATION "${destination}")
# Header-only: a package made on one architecture serves all.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/tidingsConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfigVersion.cmake"
              packaging/cmake/tidingsDependencies.cmake
        DESTINATION "${destination}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/tidings")
