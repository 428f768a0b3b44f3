# SPDX-License-Identifier: BSL-1.0
#
# Headers, package configuration and one export file per component.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/tidings")
# INCLUDES: users whose CMake is older than file sets.
install(TARGETS tidings EXPORT tidings-core-targets FILE_SET HEADERS INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
foreach(component IN LISTS TIDINGS_COMPONENTS)
  if(NOT component STREQUAL "core")
    install(TARGETS tidings_${component} EXPORT tidings-${component}-targets)
  endif()
  install(EXPORT tidings-${component}-targets NAMESPACE tidings:: DESTINATION "${destination}")
endforeach()

configure_package_config_file(packaging/cmake/tidingsConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfig.cmake"
                              INSTALL_DESTINATION "${destination}")
# Header-only: a package made on one architecture serves all.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/tidingsConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/tidingsConfigVersion.cmake"
              packaging/cmake/tidingsDependencies.cmake
        DESTINATION "${destination}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/tidings")
