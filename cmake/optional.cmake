# optional_library(rabbitmq LABEL "RabbitMQ" PACKAGES "librabbitmq>=0.9" DEBIAN librabbitmq-dev
#                  HEADER transport/rabbitmq.h FILES a.c b.c [SHARED src/base/text ...])
#
# A library of its own, libjangle_rabbitmq, which is built if its packages are found. The
# variable JANGLE_RABBITMQ says ON: needed; OFF: left out; AUTO: if they are here. Its
# FILES lie beside the caller, or where two libraries share them. Its HEADER lies in
# include/jangle/ and is installed with it.
# It includes public headers and plugin/support.h, whose functions libjangle.so does not
# export: the shared library compiles a copy of the files SHARED, which it hides, and the
# static one takes them from libjangle.a. Callers are included from the top, so that the
# objects have the whole path in their names.
#
# There are then the targets jangle_rabbitmq and jangle_rabbitmq_static, and
# PkgConfig::RABBITMQ. cmake/install.cmake installs all libraries that were made here.
function(optional_library name)
  cmake_parse_arguments(ARG "" "LABEL;HEADER" "PACKAGES;DEBIAN;FILES;SHARED" ${ARGN})
  string(TOUPPER ${name} NAME)
  set_property(GLOBAL APPEND PROPERTY OPTIONAL_HEADERS ${ARG_HEADER})
  list(JOIN ARG_PACKAGES ", " packages)
  list(JOIN ARG_DEBIAN " " debian)
  set(JANGLE_${NAME} AUTO CACHE STRING "ON: needed; OFF: left out; AUTO: if ${packages} is here")
  set(reason "left out")
  set(found FALSE) # what an earlier run of cmake has found is in the cache
  if(NOT JANGLE_${NAME} STREQUAL OFF)
    pkg_check_modules(${NAME} IMPORTED_TARGET GLOBAL ${ARG_PACKAGES})
    set(found ${${NAME}_FOUND})
    set(reason "${packages} not found")
  endif()
  if(NOT found)
    if(JANGLE_${NAME} AND NOT JANGLE_${NAME} STREQUAL AUTO)
      message(FATAL_ERROR "${packages} is not here (Debian: apt-get install ${debian})")
    endif()
    message(STATUS "messaging: ${name} no (${reason})")
    return()
  endif()
  message(STATUS "messaging: ${name} yes")

  set(target jangle_${name})
  set(files)
  foreach(file ${ARG_FILES}) # without "..", because checks know files by their paths
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_LIST_DIR} NORMALIZE)
    list(APPEND files ${file})
  endforeach()
  set(ARG_FILES ${files})
  list(TRANSFORM ARG_SHARED REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/\\1.c")
  add_library(${target} SHARED ${ARG_FILES} ${ARG_SHARED})
  if(JANGLE_MUTANTS)
    mutated(ARG_FILES) # which tests link is the static one
  endif()
  add_library(${target}_static STATIC ${ARG_FILES})
  target_link_libraries(${target} PUBLIC jangle)
  target_link_libraries(${target}_static PUBLIC jangle_static)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  foreach(part ${target} ${target}_static)
    target_compile_definitions(${part} PRIVATE _POSIX_C_SOURCE=200809L)
    target_include_directories(${part} PRIVATE ${PROJECT_SOURCE_DIR}/transports
      ${PROJECT_SOURCE_DIR}/formats ${PROJECT_SOURCE_DIR}/filters)
    target_link_libraries(${part} PRIVATE PkgConfig::${NAME} Threads::Threads)
  endforeach()
  if(NOT JANGLE_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs) # SHARED must name all that is needed
  endif()
  set_target_properties(${target} PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    EXPORT_NAME ${name} INSTALL_RPATH "\$ORIGIN") # libjangle.so lies beside it
  set_target_properties(${target}_static PROPERTIES
    OUTPUT_NAME ${target} EXPORT_NAME ${name}_static)
  add_library(jangle::${name} ALIAS ${target})
  add_library(jangle::${name}_static ALIAS ${target}_static)

  string(REGEX REPLACE "[<>=][^;]*" "" modules "${ARG_PACKAGES}")
  set_property(GLOBAL APPEND PROPERTY OPTIONAL_LIBRARIES ${name})
  set_property(GLOBAL PROPERTY OPTIONAL_${NAME}_LABEL ${ARG_LABEL})
  set_property(GLOBAL PROPERTY OPTIONAL_${NAME}_HEADER ${ARG_HEADER})
  set_property(GLOBAL PROPERTY OPTIONAL_${NAME}_MODULES ${modules})
endfunction()
