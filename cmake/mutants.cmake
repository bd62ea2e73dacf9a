# In the place of a source its copy with deliberate mistakes, where there is one, and what
# tells which of them is made.
set(originals ${SOURCES})
set(SOURCES ${CMAKE_SOURCE_DIR}/tests/mutants/switch.c)
foreach(original ${originals})
  string(REPLACE ${CMAKE_SOURCE_DIR}/ ${JANGLE_MUTANTS}/ mutated ${original})
  if(EXISTS ${mutated})
    list(APPEND SOURCES ${mutated})
  else()
    list(APPEND SOURCES ${original})
  endif()
endforeach()
