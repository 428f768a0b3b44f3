# SPDX-License-Identifier: BSL-1.0
#
# Finds what a component needs. Used by the build and, installed beside it, by the package configuration, so that the
# two cannot drift. Nothing is downloaded, nothing is used "if found".

# The standalone Asio: a target of the parent project, a package configuration, or a header in the path. Debian ships
# no CMake file for it, vcpkg and Conan do.
macro(tidings_find_asio)
  if(NOT TARGET asio::asio)
    find_package(asio CONFIG QUIET)
  endif()
  if(NOT TARGET asio::asio)
    find_path(TIDINGS_ASIO_INCLUDE_DIR asio/version.hpp)
    if(TIDINGS_ASIO_INCLUDE_DIR)
      add_library(asio::asio INTERFACE IMPORTED)
      set_target_properties(asio::asio PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${TIDINGS_ASIO_INCLUDE_DIR}")
    endif()
  endif()
endmacro()

# Reads the version out of asio/version.hpp of the found target; empty when it cannot be told.
function(tidings_asio_version result)
  get_target_property(directories asio::asio INTERFACE_INCLUDE_DIRECTORIES)
  set(version "")
  foreach(directory IN LISTS directories)
    if(directory MATCHES "^\\$<BUILD_INTERFACE:(.*)>$")
      set(directory "${CMAKE_MATCH_1}")
    endif()
    if(EXISTS "${directory}/asio/version.hpp")
      file(STRINGS "${directory}/asio/version.hpp" line REGEX "^#define ASIO_VERSION ")
      string(REGEX REPLACE "^#define ASIO_VERSION ([0-9]+).*" "\\1" version "${line}")
      break()
    endif()
  endforeach()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# tidings_find_dependencies(<component> [REQUIRED]): sets tidings_<component>_MISSING to what was not found.
macro(tidings_find_dependencies component)
  set(tidings_${component}_MISSING "")
  if("${component}" STREQUAL "core")
    find_package(Threads)
    if(NOT Threads_FOUND)
      set(tidings_core_MISSING "threads")
    endif()
    if(NOT TARGET nlohmann_json::nlohmann_json)
      find_package(nlohmann_json 3.11 CONFIG QUIET)
    endif()
    if(NOT TARGET nlohmann_json::nlohmann_json)
      set(tidings_core_MISSING "nlohmann_json 3.11 (Debian: nlohmann-json3-dev)")
    endif()
    tidings_find_asio()
    if(NOT TARGET asio::asio)
      set(tidings_core_MISSING "standalone Asio 1.22 (Debian: libasio-dev)")
    else()
      tidings_asio_version(TIDINGS_FOUND_ASIO_VERSION)
      if(TIDINGS_FOUND_ASIO_VERSION AND TIDINGS_FOUND_ASIO_VERSION LESS 102200)
        set(tidings_core_MISSING "standalone Asio 1.22; found is version ${TIDINGS_FOUND_ASIO_VERSION}")
      endif()
    endif()
  else()
    set(tidings_${component}_MISSING "no such component of tidings")
  endif()
  if(tidings_${component}_MISSING AND "${ARGN}" STREQUAL "REQUIRED")
    message(FATAL_ERROR "tidings: component ${component} needs ${tidings_${component}_MISSING}")
  endif()
endmacro()

# Links a component's target to what was found.
function(tidings_link_dependencies target component)
  if(component STREQUAL "core")
    target_link_libraries(${target} INTERFACE asio::asio nlohmann_json::nlohmann_json Threads::Threads)
    # The same value-less form as Conan's asio uses, so that flags coincide.
    target_compile_definitions(${target} INTERFACE ASIO_STANDALONE)
    # Asio below 1.26 asks clang for the coroutines of the old TS and then has none at all. Not exported: the package
    # configuration looks at the compiler and the Asio of its user.
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND TIDINGS_FOUND_ASIO_VERSION AND TIDINGS_FOUND_ASIO_VERSION LESS 102600)
      target_compile_definitions(${target} INTERFACE $<BUILD_INTERFACE:ASIO_HAS_CO_AWAIT>
                                                     $<BUILD_INTERFACE:ASIO_HAS_STD_COROUTINE>)
    endif()
  endif()
endfunction()
