# Manual pages and completions for bash, zsh and fish, made from what the programs print with --help.
set(AUSCULT_REFERENCE_DIR ${PROJECT_BINARY_DIR}/reference)
set(reference_programs "")
foreach(program auscult auscult-gui)
  if(TARGET ${program})
    list(APPEND reference_programs ${program})
  endif()
endforeach()
# Elsewhere the folder is left out of an installation.
if(reference_programs AND (NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR))
  file(GLOB reference_scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/reference/*)
  set(reference_runs "")
  foreach(program ${reference_programs})
    string(JOIN " " run ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${program}>)
    list(APPEND reference_runs "${run}")
  endforeach()
  string(TIMESTAMP AUSCULT_REFERENCE_DATE "%Y-%m-%d" UTC)  # SOURCE_DATE_EPOCH, if it is set
  add_custom_command(OUTPUT ${AUSCULT_REFERENCE_DIR}/stamp
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/reference/write-reference ${AUSCULT_REFERENCE_DIR}
            ${PROJECT_VERSION} ${AUSCULT_REFERENCE_DATE} ${reference_runs}
    COMMAND ${CMAKE_COMMAND} -E touch ${AUSCULT_REFERENCE_DIR}/stamp
    DEPENDS ${reference_programs} ${reference_scripts}
    COMMENT "Writing manual pages and completions" VERBATIM)
  add_custom_target(auscult_reference ALL DEPENDS ${AUSCULT_REFERENCE_DIR}/stamp)
endif()

# auscult_install_reference(PROGRAM COMPONENT)
function(auscult_install_reference program component)
  set(data ${CMAKE_INSTALL_DATADIR})
  set(others auscult-gui*)
  set(pages auscult*)
  if(program STREQUAL "auscult-gui")
    set(pages auscult-gui*)
    set(others none)
  endif()
  install(DIRECTORY ${AUSCULT_REFERENCE_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component} OPTIONAL
    FILES_MATCHING PATTERN ${pages} PATTERN ${others} EXCLUDE)
  install(FILES ${AUSCULT_REFERENCE_DIR}/bash/${program} DESTINATION ${data}/bash-completion/completions
    COMPONENT ${component} OPTIONAL)
  install(FILES ${AUSCULT_REFERENCE_DIR}/zsh/_${program} DESTINATION ${data}/zsh/vendor-completions
    COMPONENT ${component} OPTIONAL)
  install(FILES ${AUSCULT_REFERENCE_DIR}/fish/${program}.fish DESTINATION ${data}/fish/vendor_completions.d
    COMPONENT ${component} OPTIONAL)
endfunction()
