// Replays the corpus of fuzz_pcm_stream.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_pcm_stream
#include "fuzz/fuzz_pcm_stream.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(PcmStreamFuzzCorpus, NoStreamEndsTheProgram) {
  test::replay_corpus("pcm_stream", fuzz_pcm_stream, 12);
}

}  // namespace
}  // namespace auscult
