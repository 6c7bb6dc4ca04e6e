#include "training/blas_kernels.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace auscult {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

// Kernels without AVX2, by OpenBLAS's names.
constexpr std::array<std::string_view, 19> kOld = {"Katmai",  "Coppermine",   "Northwood",  "Prescott",   "Banias",
                                                   "Core2",   "Penryn",       "Dunnington", "Nehalem",    "Athlon",
                                                   "Opteron", "Opteron_SSE3", "Barcelona",  "Nano",       "Atom",
                                                   "Bobcat",  "Bulldozer",    "Piledriver", "Sandybridge"};

}  // namespace

VectorInstructions vector_instructions() {
  VectorInstructions found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  found.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  found.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl");
#endif
  return found;
}

std::optional<std::string> better_blas_kernels(std::string_view chosen, const VectorInstructions& instructions) {
  if (std::find(kOld.begin(), kOld.end(), chosen) == kOld.end()) return std::nullopt;
  if (instructions.avx512) return "SkylakeX";
  if (instructions.avx2) return "Haswell";
  return std::nullopt;
}

void use_best_blas_kernels(char** argv) {
  if (std::getenv(kVariable)) return;
  // Looked up instead of linked: another BLAS does not have it.
  const auto name = reinterpret_cast<char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (!name) return;
  const auto better = better_blas_kernels(name(), vector_instructions());
  // Started through an explicit loader (ld-linux-x86-64.so.2 PROGRAM), the link leads to the loader.
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).filename().string();
  if (error || program.starts_with("ld-") || program.starts_with("ld.")) return;
  if (!better || setenv(kVariable, better->c_str(), 1) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace auscult
