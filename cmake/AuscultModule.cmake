# auscult_module(NAME SOURCES file... LINKS library... PRIVATE library...)
# One static library a folder. src/NAME/include is the only way to its headers (#include "NAME/x.h"), and a target sees it only if
# it links the library: the compiler keeps the dependencies pointing one way. LINKS are the Auscult libraries whose headers its own
# headers use; third-party libraries are PRIVATE, so that no other library can include them by accident.
# The libraries are defined from the bottom up, so that a link to a library above, and any cycle, is an error here.
# The library is exported as auscult::NAME; src/NAME/include is not installed.

# Nothing of these is linked, so that an installed static library does not depend on them.
set(AUSCULT_HEADER_ONLY nlohmann_json::nlohmann_json Eigen3::Eigen tomlplusplus::tomlplusplus)

function(auscult_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  add_library(auscult_${name} STATIC ${arg_SOURCES})
  add_library(auscult::${name} ALIAS auscult_${name})
  set_target_properties(auscult_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(auscult_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
           $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set(private_links $<BUILD_INTERFACE:auscult_compiler>)
  foreach(library ${arg_LINKS} ${arg_PRIVATE})
    if(library MATCHES "^auscult_" AND NOT TARGET ${library})
      message(FATAL_ERROR "auscult_${name} links ${library}, which is not below it: see docs/architecture.md, Dependencies")
    endif()
  endforeach()
  foreach(library ${arg_PRIVATE})
    if(library IN_LIST AUSCULT_HEADER_ONLY)
      list(APPEND private_links $<BUILD_INTERFACE:${library}>)
    else()
      list(APPEND private_links ${library})
    endif()
  endforeach()
  target_compile_features(auscult_${name} PUBLIC cxx_std_20)
  target_link_libraries(auscult_${name} PUBLIC ${arg_LINKS} PRIVATE ${private_links})
endfunction()

# auscult_program(NAME SOURCES file... PRIVATE library...)
function(auscult_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE auscult_compiler ${arg_PRIVATE})
endfunction()
