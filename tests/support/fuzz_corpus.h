// Replays the corpus of a fuzz target: its seeds and its finds. Test-only, header-only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "support/files.h"

namespace auscult::test {

/// Gives every file of the corpus to the target, which ends the program where something is wrong. At least `least`
/// files must be there.
inline void replay_corpus(const std::string& target, int (*fuzz)(const unsigned char*, std::size_t), int least) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "tests/fuzz/corpus" / target)) {
    SCOPED_TRACE(entry.path().filename().string());
    const std::string bytes = read_file(entry.path());
    EXPECT_EQ(fuzz(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()), 0);
    ++files;
  }
  EXPECT_GE(files, least);
}

}  // namespace auscult::test
