# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE= -DWORK= -DCOMPILER= -P vcpkg_port.cmake: runs the port without vcpkg. The functions that a portfile
# calls are defined here as far as the port uses them; the source is the working tree.

cmake_minimum_required(VERSION 3.23)

set(port "${SOURCE}/packaging/vcpkg/ports/tidings")
file(READ "${port}/vcpkg.json" manifest)
string(JSON VERSION GET "${manifest}" version)
set(PORT tidings)
set(CURRENT_PACKAGES_DIR "${WORK}/packages")
set(CURRENT_PORT_DIR "${port}")
file(REMOVE_RECURSE "${WORK}")

function(require what)
  if(NOT (${ARGN}))
    message(FATAL_ERROR "port: ${what}")
  endif()
endfunction()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_from_github)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_SOURCE_PATH;REPO;REF;SHA512;HEAD_REF" "")
  require("REF ${arg_REF} is not v${VERSION}" arg_REF STREQUAL "v${VERSION}")
  set(${arg_OUT_SOURCE_PATH} "${SOURCE}" PARENT_SCOPE)
endfunction()

# All features are on: they are additive.
set(features_used "")
function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
  set(options "")
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature variable)
    list(APPEND features_used ${feature})
    list(APPEND options "-D${variable}=ON")
  endwhile()
  set(features_used "${features_used}" PARENT_SCOPE)
  set(${arg_OUT_FEATURE_OPTIONS} "${options}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  run("${CMAKE_COMMAND}" -S "${arg_SOURCE_PATH}" -B "${WORK}/build" "-DCMAKE_CXX_COMPILER=${COMPILER}"
      "-DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}" -DCMAKE_INSTALL_LIBDIR=lib ${arg_OPTIONS})
endfunction()

function(vcpkg_cmake_install)
  run("${CMAKE_COMMAND}" --build "${WORK}/build" --target install)
endfunction()

# The configuration moves from lib/cmake/X to share/X, one folder less deep.
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
  set(share "${CURRENT_PACKAGES_DIR}/share/${PORT}")
  file(MAKE_DIRECTORY "${share}")
  file(GLOB files "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*")
  file(COPY ${files} DESTINATION "${share}")
  file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}")
  set(step [[get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)]])
  file(GLOB files "${share}/*.cmake")
  foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(REPLACE "${step}\n${step}\n${step}\n" "${step}\n${step}\n" text "${text}")
    string(REPLACE "\${CMAKE_CURRENT_LIST_DIR}/../../../" "\${CMAKE_CURRENT_LIST_DIR}/../../" text "${text}")
    file(WRITE "${file}" "${text}")
  endforeach()
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  configure_file("${arg_FILE_LIST}" "${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright" COPYONLY)
endfunction()

# include() keeps the folder of the portfile in CMAKE_CURRENT_LIST_DIR, as vcpkg does.
include("${port}/portfile.cmake")

string(JSON features ERROR_VARIABLE none GET "${manifest}" features)
set(features_declared "")
if(NOT none)
  string(JSON count LENGTH "${features}")
  math(EXPR last "${count} - 1")
  foreach(index RANGE ${last})
    string(JSON feature MEMBER "${features}" ${index})
    list(APPEND features_declared "${feature}")
  endforeach()
endif()
list(SORT features_used)
list(SORT features_declared)
require("uses the features [${features_used}], declares [${features_declared}]"
        features_used STREQUAL features_declared)

foreach(folder lib debug)
  require("leaves ${folder}/ behind" NOT EXISTS "${CURRENT_PACKAGES_DIR}/${folder}")
endforeach()
foreach(file copyright usage tidingsConfig.cmake tidingsConfigVersion.cmake)
  require("does not install share/${PORT}/${file}" EXISTS "${CURRENT_PACKAGES_DIR}/share/${PORT}/${file}")
endforeach()

# The lines of usage are what a user pastes: they must configure and link.
file(STRINGS "${port}/usage" lines REGEX "^    ")
list(JOIN lines "\n" lines)
file(WRITE "${WORK}/user/main.cpp"
     "#include <tidings/message_id.hpp>\nint main() { return to_string(tidings::MessageId{}).size() == 32 ? 0 : 1; }\n")
file(WRITE "${WORK}/user/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.23)\nproject(user LANGUAGES CXX)\nadd_executable(main main.cpp)\n${lines}\n")
run("${CMAKE_COMMAND}" -S "${WORK}/user" -B "${WORK}/user/build" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_PREFIX_PATH=${CURRENT_PACKAGES_DIR}")
run("${CMAKE_COMMAND}" --build "${WORK}/user/build")
run("${WORK}/user/build/main")
