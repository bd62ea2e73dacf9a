# The labels of tests, and the functions that make tests of programs and of scripts.
#
#   threads    starts threads: runs under TSan, too
#   slow       takes more than some eight seconds on two quiet cores with five slices
#   tools      runs compilers and scripts of the tree, or judges other tests
#   daemon     needs a server that the test's suite has started
#   browser    needs a browser
#   packages   installs what was built, or needs packages that few people have
cmake_policy(VERSION 3.25)
set(TEST_LABELS threads slow tools daemon browser packages)

# A build with a sanitizer neither builds nor runs these: either the sanitizer learns
# nothing from them, or it makes them last far too long.
set(NOT_SANITIZED tools daemon browser packages)

# The time limit is no measure of speed: it ends what would never end.
set(WATCHDOG_SECONDS 1800)

# Each test with its labels, a line each, for scripts: to ask ctest for them would overwrite
# its log of the last run.
set(TEST_LIST ${CMAKE_BINARY_DIR}/tests.list)

# Says in the caller's SKIPPED whether this build leaves out a test with these labels.
function(check_labels test)
  set(SKIPPED FALSE PARENT_SCOPE)
  foreach(label ${ARGN})
    if(NOT label IN_LIST TEST_LABELS)
      list(JOIN TEST_LABELS ", " known)
      message(FATAL_ERROR "The test ${test} has the label '${label}', which is none of "
                          "${known} (tests/labels.cmake).")
    endif()
    if(JANGLE_SANITIZE AND label IN_LIST NOT_SANITIZED)
      set(SKIPPED TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# register_test(NAME COMMAND program arguments...
#               [LABELS threads...] [SHARDS 4] [RESOURCE server])
#
# A long test is cut in so many SHARDS (support/shard.h), which ctest knows as NAME_1,
# NAME_2... Of all tests with one RESOURCE one runs at a time. A command that ends with 77
# was skipped.
function(register_test name)
  cmake_parse_arguments(ARG "" "SHARDS;RESOURCE" "COMMAND;LABELS" ${ARGN})
  check_labels(${name} ${ARG_LABELS})
  if(SKIPPED)
    return()
  endif()
  set(tests ${name})
  if(ARG_SHARDS)
    set(tests)
    foreach(shard RANGE 1 ${ARG_SHARDS})
      list(APPEND tests ${name}_${shard})
      add_test(NAME ${name}_${shard} COMMAND ${ARG_COMMAND})
      set_tests_properties(${name}_${shard} PROPERTIES
                           ENVIRONMENT JANGLE_SHARD=${shard}/${ARG_SHARDS})
    endforeach()
  else()
    add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  endif()
  list(JOIN ARG_LABELS " " labels)
  foreach(test ${tests})
    file(APPEND ${TEST_LIST} "${test} ${labels}\n")
  endforeach()
  # Those that must be run in turn are begun first, so that the others run beside them; and
  # then the long ones, so that none of them runs alone at the end.
  if(ARG_RESOURCE)
    set_tests_properties(${tests} PROPERTIES COST 1000)
  elseif(slow IN_LIST ARG_LABELS)
    set_tests_properties(${tests} PROPERTIES COST 100)
  endif()
  set_tests_properties(${tests} PROPERTIES TIMEOUT ${WATCHDOG_SECONDS} SKIP_RETURN_CODE 77
                       LABELS "${ARG_LABELS}" RESOURCE_LOCK "${ARG_RESOURCE}")
endfunction()

# Run as a script, this file says what it thinks of a label: cmake -DLABEL=thread -P ...
if(CMAKE_SCRIPT_MODE_FILE)
  check_labels(unit_none ${LABEL})
else()
  file(WRITE ${TEST_LIST} "")
endif()
