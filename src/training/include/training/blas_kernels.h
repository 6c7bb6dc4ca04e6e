// The matrix kernels that training computes with. OpenBLAS chooses them when it is loaded, by the processor's model; an
// OpenBLAS that is older than the processor falls back to those for processors of 2004, with which training takes
// several times as long. Thread rule: from main, before any other thread exists.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auscult {

/// What decides, apart from the model: the instructions that kernels use.
struct VectorInstructions {
  bool avx2 = false;    ///< with fused multiply-add
  bool avx512 = false;  ///< F, CD, BW, DQ and VL
};
/// Of this processor.
VectorInstructions vector_instructions();

/// The name for OPENBLAS_CORETYPE of kernels that use the processor's instructions, if `chosen` (by OpenBLAS) does not.
std::optional<std::string> better_blas_kernels(std::string_view chosen, const VectorInstructions& instructions);

/// Starts the program again with better kernels, if there are any and the user has not set OPENBLAS_CORETYPE. Returns
/// if there is nothing to do, or if that is not possible.
void use_best_blas_kernels(char** argv);

}  // namespace auscult
