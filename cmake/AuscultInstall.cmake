# cmake --install BUILD --prefix PREFIX: the programs, what ships with them (found from bin/ by ../share/auscult, so that any
# prefix does), and what makes them known to a desktop. auscult-bench is for developers and stays in the build folder.
# With --component development: the library alone (cmake/AuscultInstallLibrary.cmake).
include(AuscultInstallLibrary)

if(AUSCULT_CLI)
  install(TARGETS auscult RUNTIME)
  configure_file(assets/systemd/auscult.service.in ${PROJECT_BINARY_DIR}/auscult.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/auscult.service DESTINATION lib/systemd/system)
  if(AUSCULT_TRAINING)
    install(TARGETS auscult-train RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/auscult)  # started by the other programs
  endif()
endif()
install(FILES models/demo.safetensors models/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/auscult/models)
install(FILES assets/demo.flac DESTINATION ${CMAKE_INSTALL_DATADIR}/auscult/assets)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(AUSCULT_GUI)
  install(TARGETS auscult-gui RUNTIME)
  install(FILES assets/auscult.desktop assets/auscult-open.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  install(FILES assets/auscult.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
endif()
