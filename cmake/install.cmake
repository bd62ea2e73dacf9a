# What `cmake --install` leaves behind: headers, libraries, and two ways to find them.
include(CMakePackageConfigHelpers)

set(CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/jangle)
get_property(OPTIONAL_LIBRARIES GLOBAL PROPERTY OPTIONAL_LIBRARIES)
get_property(OPTIONAL_HEADERS GLOBAL PROPERTY OPTIONAL_HEADERS)

# support.h, json.h and url_text.h are for this tree: the libraries export none of
# them. Optional libraries bring their headers with them.
set(LEFT_OUT PATTERN plugin/support.h EXCLUDE PATTERN plugin/json.h EXCLUDE
    PATTERN plugin/url_text.h EXCLUDE)
foreach(header ${OPTIONAL_HEADERS})
  list(APPEND LEFT_OUT PATTERN jangle/${header} EXCLUDE)
endforeach()
install(DIRECTORY include/jangle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${LEFT_OUT})
install(TARGETS jangle EXPORT jangleTargets)
install(TARGETS jangle_static jangle_testing EXPORT jangleStaticTargets)
install(EXPORT jangleTargets NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})
install(EXPORT jangleStaticTargets NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})

# The .pc files find their own prefix, so that `cmake --install --prefix` may choose it.
file(RELATIVE_PATH PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
     ${CMAKE_INSTALL_PREFIX})
function(install_pc template name)
  configure_file(cmake/${template}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
install_pc(jangle jangle)
install_pc(jangle-testing jangle-testing)

# Each optional library that was built is a component. OPTIONAL_MODULES_name is what
# jangleConfig.cmake looks for, for the static one.
set(OPTIONAL_MODULES_SET "")
foreach(name ${OPTIONAL_LIBRARIES})
  string(TOUPPER ${name} NAME)
  get_property(header GLOBAL PROPERTY OPTIONAL_${NAME}_HEADER)
  get_property(modules GLOBAL PROPERTY OPTIONAL_${NAME}_MODULES)
  get_property(OPTIONAL_LABEL GLOBAL PROPERTY OPTIONAL_${NAME}_LABEL)
  get_filename_component(folder jangle/${header} DIRECTORY)
  install(FILES include/jangle/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
  install(TARGETS jangle_${name} EXPORT jangle_${name})
  install(TARGETS jangle_${name}_static EXPORT jangle_${name}_static)
  install(EXPORT jangle_${name} NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})
  install(EXPORT jangle_${name}_static NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})
  set(OPTIONAL_NAME ${name})
  list(JOIN modules " " OPTIONAL_MODULES)
  install_pc(jangle-optional jangle-${name})
  string(APPEND OPTIONAL_MODULES_SET "set(OPTIONAL_MODULES_${name} ${OPTIONAL_MODULES})\n")
endforeach()

configure_package_config_file(cmake/jangleConfig.cmake.in jangleConfig.cmake
                              INSTALL_DESTINATION ${CONFIG_DIR})
write_basic_package_version_file(jangleConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/jangleConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/jangleConfigVersion.cmake
        DESTINATION ${CONFIG_DIR})
