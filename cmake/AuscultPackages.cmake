# Debian packages by CPack, one a component: scripts/package. The prefix must be /usr.
# A package may not refer to the folder that it was built in, so that what ships with the programs is looked for in /usr/share.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME auscult)
set(CPACK_PACKAGE_VENDOR "The Auscult authors")
set(CPACK_PACKAGE_CONTACT "The Auscult authors <auscult@packages.invalid>")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(AUSCULT_PACKAGE_RELEASE 1 CACHE STRING "Revision of the packages, such as 1~deb12")
set(CPACK_DEBIAN_PACKAGE_RELEASE ${AUSCULT_PACKAGE_RELEASE})
set(package_version ${PROJECT_VERSION}-${AUSCULT_PACKAGE_RELEASE})
set(packages_dir ${PROJECT_SOURCE_DIR}/assets/packages)
set(made_dir ${PROJECT_BINARY_DIR}/packages)

# Every package has a copyright file and both change logs.
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
find_program(GZIP_PROGRAM gzip REQUIRED)
function(auscult_compressed from to)
  execute_process(COMMAND ${GZIP_PROGRAM} -9nc ${from} OUTPUT_FILE ${to} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
string(REGEX REPLACE "^MIT License\n\nCopyright[^\n]*\n\n" "" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
configure_file(${packages_dir}/copyright.in ${made_dir}/copyright @ONLY)
auscult_compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md ${made_dir}/changelog.gz)

# auscult_package(COMPONENT PACKAGE SECTION SUMMARY TEXT)
macro(auscult_package component package section summary text)
  string(TOUPPER ${component} upper)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}")
  set(package ${package})
  configure_file(${packages_dir}/changelog.in ${made_dir}/${package}.changelog @ONLY)
  auscult_compressed(${made_dir}/${package}.changelog ${made_dir}/${package}.changelog.gz)
  set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/${package})
  install(FILES ${made_dir}/copyright ${made_dir}/changelog.gz DESTINATION ${doc_dir} COMPONENT ${component})
  install(FILES ${made_dir}/${package}.changelog.gz DESTINATION ${doc_dir} RENAME changelog.Debian.gz COMPONENT ${component})
  if(EXISTS ${packages_dir}/${package}.lintian-overrides)
    install(FILES ${packages_dir}/${package}.lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
      RENAME ${package} COMPONENT ${component})
  endif()
endmacro()

auscult_package(auscult auscult sound "monitor of the sound of machines"
  "Listens to a machine through a microphone, learns its normal sound, and
raises an alarm when the sound becomes abnormal. This package has the
command line and the service.")
set(CPACK_DEBIAN_AUSCULT_PACKAGE_SUGGESTS "auscult-train, auscult-gui, auscult-doc")
install(FILES ${packages_dir}/auscult.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/auscult COMPONENT auscult)
set(CPACK_DEBIAN_AUSCULT_PACKAGE_CONTROL_EXTRA
  ${packages_dir}/conffiles ${packages_dir}/postinst ${packages_dir}/prerm ${packages_dir}/postrm)

auscult_package(gui auscult-gui sound "monitor of the sound of machines, with a window"
  "Shows level, spectrograms, energies and events of a machine live, and
learns its normal sound.")
set(CPACK_DEBIAN_GUI_PACKAGE_DEPENDS "auscult (= ${package_version}), libgl1, fonts-dejavu-core")
set(CPACK_DEBIAN_GUI_PACKAGE_RECOMMENDS "auscult-train, libgl1-mesa-dri")

auscult_package(train auscult-train sound "training for auscult"
  "The commands train, refit and benchmark of auscult, which need libtorch.")
set(CPACK_DEBIAN_TRAIN_PACKAGE_DEPENDS "auscult (= ${package_version}), libopenblas0-openmp")

auscult_package(development libauscult-dev libdevel "monitor of the sound of machines, for C++ programs"
  "Headers, static libraries, a CMake package and a pkg-config file of Auscult.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "pkg-config, libsndfile1-dev, portaudio19-dev, libasound2-dev, libsoxr-dev, libxxhash-dev, libkissfft-dev, libsqlite3-dev, libexpected-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libtorch-dev, libopenblas0-openmp, auscult-doc")

auscult_package(doc auscult-doc doc "monitor of the sound of machines, documentation"
  "The pages about the command line, the window, the service, the library
and the methods of Auscult.")
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SHLIBDEPS OFF)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/auscult-doc COMPONENT doc)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/auscult-doc COMPONENT doc)

include(CPack)
