# SPDX-License-Identifier: BSL-1.0
#
# cmake -DSOURCE= -DBUILD= -P consume.cmake -- OPTION...: configures SOURCE with the options in an empty BUILD, builds
# it and runs its program. With -DEXPECT_ERROR=TEXT among the options, configuring must fail and say TEXT.

set(options "")
set(expected "")
set(position 0)
while(NOT CMAKE_ARGV${position} STREQUAL "--")
  math(EXPR position "${position} + 1")
endwhile()
math(EXPR position "${position} + 1")
foreach(index RANGE ${position} ${CMAKE_ARGC})
  if(CMAKE_ARGV${index} MATCHES "^-DEXPECT_ERROR=(.*)$")
    set(expected "${CMAKE_MATCH_1}")
  else()
    list(APPEND options "${CMAKE_ARGV${index}}")
  endif()
endforeach()

file(REMOVE_RECURSE "${BUILD}")
set(configure "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BUILD}" ${options})
if(expected)
  execute_process(COMMAND ${configure} RESULT_VARIABLE result ERROR_VARIABLE error)
  string(REGEX REPLACE "[ \n]+" " " error "${error}")
  if(result EQUAL 0 OR NOT error MATCHES "${expected}")
    message(FATAL_ERROR "expected the error \"${expected}\"; result ${result}: ${error}")
  endif()
  return()
endif()

execute_process(COMMAND ${configure} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" COMMAND_ERROR_IS_FATAL ANY)
get_filename_component(program "${SOURCE}" NAME)
execute_process(COMMAND "${BUILD}/${program}" COMMAND_ERROR_IS_FATAL ANY)
