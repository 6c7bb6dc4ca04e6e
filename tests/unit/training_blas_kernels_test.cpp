// Which of OpenBLAS's kernels training uses.
#include <gtest/gtest.h>

#include "training/blas_kernels.h"

namespace auscult {
namespace {

TEST(BlasKernels, AreThoseOfTheInstructionsWhereOpenBlasDoesNotKnowTheProcessor) {
  EXPECT_EQ(better_blas_kernels("Prescott", {.avx2 = true, .avx512 = true}), "SkylakeX");
  EXPECT_EQ(better_blas_kernels("Nehalem", {.avx2 = true}), "Haswell");
  EXPECT_EQ(better_blas_kernels("Sandybridge", {.avx2 = true}), "Haswell");
}

TEST(BlasKernels, StayWhereTheyAreGoodOrNoneAreBetter) {
  for (const char* good : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "neoversen1"})
    EXPECT_FALSE(better_blas_kernels(good, {.avx2 = true, .avx512 = true})) << good;
  EXPECT_FALSE(better_blas_kernels("Prescott", {}));
}

}  // namespace
}  // namespace auscult
