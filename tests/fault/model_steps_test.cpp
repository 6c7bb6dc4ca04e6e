// Each single step of saving a model fails, or is the last thing that the program does.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "model/model.h"
#include "support/failing_files.h"
#include "support/files.h"
#include "support/small_model.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;
using test::DiskFault;

struct ModelFileSteps : ::testing::Test {
  ModelFileSteps() {
    changed.clip_threshold = 2.5;
    if (!save_model(model, path)) throw std::runtime_error("save");
    old = test::read_file(path);
    if (!save_model(changed, path)) throw std::runtime_error("save");
    expected = test::read_file(path);
  }
  void prepare() const {
    for (const auto& entry : fs::directory_iterator(folder.path())) fs::remove(entry.path());
    test::write_file(path, old);
  }
  test::TempDir folder;
  fs::path path = folder / "model.safetensors";
  Model model = test::small_model(), changed = model;
  std::string old, expected;
};

TEST_F(ModelFileSteps, AFailureLeavesTheOldModelAndIsTold) {
  for (const DiskFault fault : {DiskFault::io_error, DiskFault::full, DiskFault::interrupted, DiskFault::short_write}) {
    const auto check = [&](const Status& outcome, const std::string& where) {
      EXPECT_EQ(test::read_file(path), outcome ? expected : old) << where;
      if (!outcome) test::expect_told(outcome, where);
      EXPECT_TRUE(load_model(path)) << where;
    };
    EXPECT_GE(test::fail_each_step(
                  fault, [&] { prepare(); }, [&] { return save_model(changed, path); }, check),
              1);
  }
}

TEST_F(ModelFileSteps, KilledAtAnyStepTheModelIsTheOldOneOrTheNewOne) {
  const auto check = [&](const std::string& where) {
    const std::string now = test::read_file(path);
    EXPECT_TRUE(now == old || now == expected) << where;
    EXPECT_TRUE(load_model(path)) << where;
  };
  EXPECT_GE(test::kill_at_each_step([&] { prepare(); }, [&] { return save_model(changed, path); }, check), 6);
}

}  // namespace
}  // namespace auscult
