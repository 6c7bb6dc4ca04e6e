# Warnings, sanitizers and the rules that keep energies reproducible, as one INTERFACE target.
add_library(auscult_compiler INTERFACE)
target_compile_options(auscult_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-restrict  # GCC 12 sees overlaps in std::string concatenation that are not there (GCC bug 105651)
  # The same samples must give the same bits whatever the compiler decides to fuse.
  -ffp-contract=off
  $<$<BOOL:${AUSCULT_WERROR}>:-Werror>)
target_compile_definitions(auscult_compiler INTERFACE _GLIBCXX_ASSERTIONS AUSCULT_VERSION="${PROJECT_VERSION}")

if(AUSCULT_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(AUSCULT_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(AUSCULT_SANITIZE)
  message(FATAL_ERROR "AUSCULT_SANITIZE is '${AUSCULT_SANITIZE}'; it may be address, thread or empty")
endif()

if(AUSCULT_SANITIZE)
  # GCC 12 sees uninitialised members in std::regex that are not there once sanitizers are on (GCC bug 105562).
  target_compile_options(auscult_compiler INTERFACE -Wno-maybe-uninitialized)
endif()

if(AUSCULT_COVERAGE)
  # Counts must survive threads, and programs that end by _exit or a signal keep what they had written.
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
