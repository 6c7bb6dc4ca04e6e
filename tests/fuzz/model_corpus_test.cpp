// Replays the corpus of the model file's fuzz target, its seeds and its finds, through the whole loader.
#include <filesystem>

#include <gtest/gtest.h>

#include "model/model.h"
#include "model/safetensors.h"
#include "support/files.h"

namespace auscult {
namespace {

TEST(ModelFileFuzzCorpus, NoModelFileCrashesTheLoader) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "tests/fuzz/corpus/model_file")) {
    SCOPED_TRACE(entry.path().filename().string());
    const auto model = load_model(entry.path());
    ASSERT_FALSE(model) << "none of these is a whole model";
    EXPECT_TRUE(model.error().code == ErrorCode::model_damaged || model.error().code == ErrorCode::model_schema);
    if (const auto file = parse_safetensors(test::read_file(entry.path()))) {
      const auto again = parse_safetensors(write_safetensors(*file));
      ASSERT_TRUE(again);
      EXPECT_EQ(again->tensors.size(), file->tensors.size());
    }
    ++files;
  }
  EXPECT_GE(files, 10);
}

}  // namespace
}  // namespace auscult
