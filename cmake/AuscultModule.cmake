# auscult_module(NAME SOURCES file... LINKS library... PRIVATE library...)
# One static library a folder. src/NAME/include is the only way to its headers (#include "NAME/x.h"), and a target sees it only if
# it links the library: the compiler keeps the dependencies pointing one way. LINKS are the Auscult libraries whose headers its own
# headers use; third-party libraries are PRIVATE, so that no other library can include them by accident.
function(auscult_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_library(auscult_${name} STATIC ${arg_SOURCES})
  target_include_directories(auscult_${name}
    PUBLIC ${PROJECT_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(auscult_${name} PUBLIC ${arg_LINKS} PRIVATE auscult_compiler ${arg_PRIVATE})
endfunction()

# auscult_program(NAME SOURCES file... PRIVATE library...)
function(auscult_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE auscult_compiler ${arg_PRIVATE})
endfunction()
