// Replays the corpus of fuzz_names.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_names
#include "fuzz/fuzz_names.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(NamesFuzzCorpus, NoNameEndsTheProgram) {
  test::replay_corpus("names", fuzz_names, 10);
}

}  // namespace
}  // namespace auscult
