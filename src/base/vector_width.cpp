#include "base/vector_width.h"

#include <initializer_list>

namespace auscult {

bool cpu_has(VectorWidth width) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (width == VectorWidth::avx512) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  if (width == VectorWidth::avx2) return __builtin_cpu_supports("avx2");
#endif
  return width == VectorWidth::baseline;
}

VectorWidth widest_vectors() {
  for (const VectorWidth width : {VectorWidth::avx512, VectorWidth::avx2})
    if (cpu_has(width)) return width;
  return VectorWidth::baseline;
}

std::size_t bytes_of(VectorWidth width) {
  return width == VectorWidth::avx512 ? 64 : width == VectorWidth::avx2 ? 32 : 16;
}

}  // namespace auscult
