// Replays the corpus of fuzz_settings.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_settings
#include "fuzz/fuzz_settings.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(SettingsFuzzCorpus, NoTextEndsTheProgram) {
  test::replay_corpus("settings", fuzz_settings, 6);
}

}  // namespace
}  // namespace auscult
