// The widths of vector registers that loops with several versions of themselves choose from. Thread rule: free
// functions.
#pragma once

#include <cstddef>

namespace auscult {

/// Every width must give the same bits.
enum class VectorWidth { baseline, avx2, avx512 };

/// Whether this processor has registers of that width.
bool cpu_has(VectorWidth width);
VectorWidth widest_vectors();
/// 16, 32 or 64.
std::size_t bytes_of(VectorWidth width);

}  // namespace auscult
