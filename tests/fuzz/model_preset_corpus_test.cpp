// Replays the corpus of fuzz_preset.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_preset
#include "fuzz/fuzz_preset.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(ParsePresetFuzzCorpus, NoTextEndsTheProgram) {
  test::replay_corpus("preset", fuzz_preset, 7);
}

}  // namespace
}  // namespace auscult
