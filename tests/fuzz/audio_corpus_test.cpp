// Replays the corpus of the audio file's fuzz target: its seeds and its finds.
#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "support/files.h"

namespace auscult {
namespace {

TEST(AudioFileReaderFuzzCorpus, NoAudioFileCrashesTheReader) {
  int files = 0, readable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "tests/fuzz/corpus/audio_file")) {
    SCOPED_TRACE(entry.path().filename().string());
    ++files;
    auto reader = AudioFileReader::open(entry.path());
    if (!reader) {
      EXPECT_FALSE(reader.error().what.empty());
      continue;
    }
    ++readable;
    std::vector<float> buffer(static_cast<std::size_t>(reader->info().channels) * 512U);
    for (int block = 0; block < 100; ++block) {
      const auto got = reader->read(buffer);
      if (!got || *got == 0) break;
    }
  }
  EXPECT_GE(files, 10);
  EXPECT_GE(readable, 2);
  EXPECT_LT(readable, files);
}

}  // namespace
}  // namespace auscult
