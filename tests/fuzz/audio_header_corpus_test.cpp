// Replays the corpus of fuzz_audio_header.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_audio_header
#include "fuzz/fuzz_audio_header.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(RiffLayoutFuzzCorpus, NoHeaderLeadsOutOfTheFile) {
  test::replay_corpus("audio_header", fuzz_audio_header, 8);
}

}  // namespace
}  // namespace auscult
