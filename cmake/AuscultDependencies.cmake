# Every third-party library, found once. Each module links what it uses, privately.
# cmake/auscultConfig.cmake.in and cmake/auscult.pc.in name again what an installed static library links.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(kissfft REQUIRED COMPONENTS float SHARED)
find_package(nlohmann_json REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(PORTAUDIO REQUIRED IMPORTED_TARGET portaudio-2.0)
pkg_check_modules(ALSA REQUIRED IMPORTED_TARGET alsa)
pkg_check_modules(SOXR REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_package(SQLite3 REQUIRED)

if(AUSCULT_CLI OR AUSCULT_GUI OR AUSCULT_BENCH)
  find_package(CLI11 REQUIRED)
endif()
if(AUSCULT_CLI OR AUSCULT_BENCH)  # the service
  find_package(tomlplusplus REQUIRED)
  pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
  pkg_check_modules(MOSQUITTO REQUIRED IMPORTED_TARGET libmosquitto)
  pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
  pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)  # CURLOPT_PROTOCOLS_STR
  pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3)
endif()
if(AUSCULT_GUI OR AUSCULT_BENCH OR AUSCULT_TESTS)
  pkg_check_modules(STB REQUIRED IMPORTED_TARGET stb)
endif()

if(AUSCULT_TRAINING)  # libtorch trains; nothing else needs it
  find_package(Torch 1.13 REQUIRED)
  # libtorch asks for "a BLAS"; where several are installed the pthread build of OpenBLAS wins, and it ignores
  # at::set_num_threads (training gets 2-100 times slower). Programs therefore link the OpenMP build by its own path.
  find_library(AUSCULT_OPENBLAS_OPENMP NAMES libblas.so.3 blas
    PATHS /usr/lib/x86_64-linux-gnu/openblas-openmp /usr/lib/aarch64-linux-gnu/openblas-openmp NO_DEFAULT_PATH)
  if(NOT AUSCULT_OPENBLAS_OPENMP)
    message(FATAL_ERROR "OpenBLAS with OpenMP was not found: apt-get install libopenblas0-openmp (or run scripts/install)")
  endif()
  get_filename_component(AUSCULT_OPENBLAS_DIR ${AUSCULT_OPENBLAS_OPENMP} DIRECTORY)
endif()

if(AUSCULT_GUI)
  find_package(glfw3 REQUIRED)
  find_package(OpenGL REQUIRED)
  pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui)
  pkg_check_modules(FONTCONFIG REQUIRED IMPORTED_TARGET fontconfig)
  find_package(tomlplusplus REQUIRED)
endif()
if(AUSCULT_FUZZ)
  find_package(tomlplusplus REQUIRED)
endif()
if(AUSCULT_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  if(AUSCULT_GUI)
    find_package(X11 REQUIRED)
  endif()
endif()
