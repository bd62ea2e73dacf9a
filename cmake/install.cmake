# What `cmake --install` leaves behind: headers, libraries, and two ways to find them.
include(CMakePackageConfigHelpers)

set(CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/jangle)

# support.h is for the backends in this tree: the libraries do not export it.
install(DIRECTORY include/jangle DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        PATTERN plugin/support.h EXCLUDE)
install(TARGETS jangle EXPORT jangleTargets)
install(TARGETS jangle_static jangle_testing EXPORT jangleStaticTargets)
install(EXPORT jangleTargets NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})
install(EXPORT jangleStaticTargets NAMESPACE jangle:: DESTINATION ${CONFIG_DIR})

configure_package_config_file(cmake/jangleConfig.cmake.in jangleConfig.cmake
                              INSTALL_DESTINATION ${CONFIG_DIR})
write_basic_package_version_file(jangleConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/jangleConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/jangleConfigVersion.cmake
        DESTINATION ${CONFIG_DIR})

# The .pc files find their own prefix, so that `cmake --install --prefix` may choose it.
file(RELATIVE_PATH PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
     ${CMAKE_INSTALL_PREFIX})
foreach(name jangle jangle-testing)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
