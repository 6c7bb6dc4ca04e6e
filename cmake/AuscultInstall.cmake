# cmake --install BUILD --prefix PREFIX: the programs, what ships with them (found from bin/ by ../share/auscult, so that any
# prefix does), and what makes them known to a desktop. auscult-bench is for developers and stays in the build folder.
# Components, each of which becomes a package (cmake/AuscultPackages.cmake): auscult, gui, train, doc, and development, which
# is the library alone (cmake/AuscultInstallLibrary.cmake).
include(AuscultInstallLibrary)
include(AuscultReference)

set(data_dir ${CMAKE_INSTALL_DATADIR})
if(AUSCULT_CLI)
  install(TARGETS auscult RUNTIME COMPONENT auscult)
  configure_file(assets/systemd/auscult.service.in ${PROJECT_BINARY_DIR}/auscult.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/auscult.service DESTINATION lib/systemd/system COMPONENT auscult)
  auscult_install_reference(auscult auscult)
  if(AUSCULT_TRAINING)  # started by the other programs
    install(TARGETS auscult-train RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/auscult COMPONENT train)
  endif()
endif()
install(FILES models/demo.safetensors models/README.md DESTINATION ${data_dir}/auscult/models COMPONENT auscult)
install(FILES assets/demo.flac DESTINATION ${data_dir}/auscult/assets COMPONENT auscult)
# For others' programs: Grafana, Prometheus, schedulers, container engines. Copied and adapted by hand.
install(DIRECTORY assets/grafana assets/prometheus assets/cluster assets/container
  DESTINATION ${data_dir}/auscult/examples COMPONENT auscult)
if(AUSCULT_GUI)
  install(TARGETS auscult-gui RUNTIME COMPONENT gui)
  auscult_install_reference(auscult-gui gui)
  install(FILES assets/auscult.desktop assets/auscult-open.desktop DESTINATION ${data_dir}/applications COMPONENT gui)
  install(FILES assets/auscult.svg DESTINATION ${data_dir}/icons/hicolor/scalable/apps COMPONENT gui)
  install(FILES assets/auscult.mime.xml DESTINATION ${data_dir}/mime/packages RENAME auscult.xml COMPONENT gui)
  configure_file(assets/org.auscult.Auscult.metainfo.xml.in ${PROJECT_BINARY_DIR}/org.auscult.Auscult.metainfo.xml @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/org.auscult.Auscult.metainfo.xml DESTINATION ${data_dir}/metainfo COMPONENT gui)
endif()
if(AUSCULT_PACKAGES)
  include(AuscultPackages)
else()
  install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT auscult)
endif()
