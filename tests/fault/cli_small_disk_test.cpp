// A file system that is really full: what was there stays whole, the user is told, and monitoring goes on.
#include <filesystem>
#include <string>

#include "support/cli.h"
#include "support/small_disk.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::auscult;
using test::read_file;
using test::SmallDisk;
using test::workshop;
using test::write_file;

void expect_no_space(const test::ProcessResult& result) {
  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_NE(result.err.find("No space left on device"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("free some disk space"), std::string::npos) << result.err;
}

// Files that begin with a dot or have one of the endings of unfinished work.
int left_over(const SmallDisk& disk) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(disk / ""))
    count += entry.path().filename().string().starts_with(".") || entry.path().extension() == ".part";
  return count;
}

TEST(SmallDisk, AModelThatDoesNotFitLeavesTheOldOne) {
  AUSCULT_REQUIRE_SMALL_DISK();
  const SmallDisk disk(4096);
  const std::string model = disk / "m.safetensors", old = read_file(workshop().model());
  write_file(model, old);
  const std::string normal = workshop().normal(), preset = workshop().preset();
  disk.fill(2 * 4096);  // enough to begin
  expect_no_space(auscult({"train", normal, "--preset", preset, "--seed", "2", "-o", model}));
  EXPECT_EQ(read_file(model), old);
  EXPECT_EQ(left_over(disk), 0);
  disk.free();
  const auto again = auscult({"train", normal, "--preset", preset, "--seed", "2", "-o", model});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(read_file(model), old);
}

TEST(SmallDisk, ResultsThatDoNotFitAreGoneOnWithWhenThereIsRoom) {
  AUSCULT_REQUIRE_SMALL_DISK();
  const SmallDisk disk(4096);
  const std::string scores = disk / "scores.jsonl";
  write_file(scores, "old");
  std::vector<std::string> command = {"score", workshop().model()};
  for (int i = 0; i < 40; ++i) command.push_back(workshop().normal());
  command.insert(command.end(), {"--format", "jsonl", "--jobs", "1", "-o", scores});
  disk.fill(40 * 4096);
  const auto full = auscult(command);
  expect_no_space(full);
  EXPECT_NE(full.err.find("--resume"), std::string::npos) << full.err;
  EXPECT_EQ(read_file(scores), "old");
  disk.free();
  command.push_back("--resume");
  const auto resumed = auscult(command);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("going on after"), std::string::npos) << resumed.err;
  EXPECT_EQ(test::lines_of(read_file(scores)).size(), 40U * 12U);
  EXPECT_EQ(left_over(disk), 0);
}

TEST(SmallDisk, ListeningGoesOnAndSaysWhatIsNotStored) {
  AUSCULT_REQUIRE_SMALL_DISK();
  const SmallDisk disk(4096);
  const test::TempDir folder;
  test::write_sound(folder / "in.wav",
                    test::machine_sound(20.0, {.fault = 0.3, .fault_begin_s = 8.0, .fault_end_s = 11.0}));
  const test::Environment places = {{"XDG_DATA_HOME", disk / "data"}};
  const std::vector<std::string> command = {"listen",      workshop().model(), "--input",      folder / "in.wav",
                                            "--event-log", disk / "log.jsonl", "--keep-events"};
  const auto before = auscult(command, places);  // there is room
  ASSERT_EQ(before.exit_code, 0) << before.err;
  const std::string log = read_file(disk / "log.jsonl");
  const auto listed = [&] { return test::json_lines(auscult({"events", "list", "--json"}, places).out).size(); };
  ASSERT_GE(listed(), 1U);
  const std::size_t stored = listed();
  disk.fill();
  const auto full = auscult(command, places);
  EXPECT_NE((full.err + full.out).find("20.0 s"), std::string::npos) << "all was heard: " << full.out << full.err;
  EXPECT_NE(full.err.find("No space left on device"), std::string::npos) << full.err;
  EXPECT_TRUE(read_file(disk / "log.jsonl").starts_with(log));
  EXPECT_GE(listed(), stored) << "the list can still be read";
  disk.free();
  const auto after = auscult(command, places);
  EXPECT_EQ(after.exit_code, 0) << after.err;
  EXPECT_GT(listed(), stored);
  for (const auto& entry : fs::recursive_directory_iterator(disk / "data")) {
    if (entry.path().extension() != ".flac") continue;
    EXPECT_GT(entry.file_size(), 1000U) << entry.path() << " is cut off";
  }
}

}  // namespace
}  // namespace auscult
