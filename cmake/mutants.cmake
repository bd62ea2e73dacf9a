# mutated(LIST): in the place of each source its copy with deliberate mistakes, where there is
# one.
function(mutated list)
  foreach(original ${${list}})
    string(REPLACE ${CMAKE_SOURCE_DIR}/ ${JANGLE_MUTANTS}/ copy ${original})
    if(EXISTS ${copy})
      list(APPEND sources ${copy})
    else()
      list(APPEND sources ${original})
    endif()
  endforeach()
  set(${list} ${sources} PARENT_SCOPE)
endfunction()

# What tells which of the mistakes is made is in the library.
mutated(SOURCES)
list(PREPEND SOURCES ${CMAKE_SOURCE_DIR}/tests/mutants/switch.c)
