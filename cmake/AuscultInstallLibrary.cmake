# What a project that embeds Auscult needs, as the component "development": headers, static libraries, a CMake package and a
# pkg-config file. find_package(auscult) gives auscult::auscult; find_package(auscult COMPONENTS training) adds
# auscult::training, and with it libtorch.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/auscult)
# In link order, as the pkg-config file lists them.
set(auscult_libraries monitor scoring events model detect dsp audio base)

install(DIRECTORY include/auscult ${PROJECT_BINARY_DIR}/include/auscult DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development FILES_MATCHING PATTERN "*.h")

set(targets auscult_library)
foreach(library ${auscult_libraries})
  list(APPEND targets auscult_${library})
endforeach()
install(TARGETS ${targets} EXPORT auscultTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT auscultTargets NAMESPACE auscult:: DESTINATION ${package_dir} COMPONENT development)

if(AUSCULT_TRAINING)
  install(TARGETS auscult_training auscult_evaluation auscult_dataset EXPORT auscultTrainingTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT auscultTrainingTargets NAMESPACE auscult:: DESTINATION ${package_dir} COMPONENT development)
endif()

configure_package_config_file(cmake/auscultConfig.cmake.in ${PROJECT_BINARY_DIR}/auscultConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/auscultConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/auscultConfig.cmake ${PROJECT_BINARY_DIR}/auscultConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

list(TRANSFORM auscult_libraries PREPEND "-lauscult_" OUTPUT_VARIABLE pc_libraries)
list(JOIN pc_libraries " " AUSCULT_PC_LIBRARIES)
# The prefix relative to the file, so that the installed folder can be moved.
file(RELATIVE_PATH AUSCULT_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" AUSCULT_PC_TO_PREFIX ${AUSCULT_PC_TO_PREFIX})
configure_file(cmake/auscult.pc.in ${PROJECT_BINARY_DIR}/auscult.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/auscult.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
