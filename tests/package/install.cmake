# SPDX-License-Identifier: BSL-1.0
#
# Installs the build directory BUILD into an empty PREFIX.

file(REMOVE_RECURSE "${PREFIX}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" COMMAND_ERROR_IS_FATAL ANY)
