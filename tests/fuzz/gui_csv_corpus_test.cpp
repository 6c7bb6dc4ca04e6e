// Replays the corpus of fuzz_csv.
#include "support/fuzz_corpus.h"

#define LLVMFuzzerTestOneInput fuzz_csv
#include "fuzz/fuzz_csv.cpp"
#undef LLVMFuzzerTestOneInput

namespace auscult {
namespace {

TEST(CsvFuzzCorpus, NoTableEndsTheProgram) {
  test::replay_corpus("csv", fuzz_csv, 6);
}

}  // namespace
}  // namespace auscult
