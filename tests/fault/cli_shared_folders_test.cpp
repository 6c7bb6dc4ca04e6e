// What the programs write where other users can reach it.
#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "support/cli.h"
#include "support/other_user.h"

namespace auscult::test {
namespace {
namespace fs = std::filesystem;

TEST(ScoreCommandShared, NeverWritesThroughALinkInPlaceOfItsPartialResults) {
  for (const char* suffix : {".part", ".part.log"}) {
    const TempDir folder;
    write_file(folder / "precious", "old");
    fs::create_symlink(folder / "precious", folder / ("scores.csv" + std::string(suffix)));
    const ProcessResult result =
        auscult({"score", workshop().model(), workshop().normal(), "-o", folder / "scores.csv"});
    EXPECT_EQ(read_file(folder / "precious"), "old") << suffix;
    if (result.exit_code == 0) {  // it has removed the link
      EXPECT_FALSE(fs::is_symlink(folder / "scores.csv"));
    } else {
      expect_one_message(result, 6, "link");
    }
  }
}

TEST(ScoreCommandShared, DoesNotFollowAnotherUsersLink) {
  AUSCULT_REQUIRE_ROOT();
  const SharedFolder shared;
  const TempDir own;
  write_file(own / "precious", "old");
  const std::string link = shared.others_link("scores.csv", own / "precious");
  expect_one_message(auscult({"score", workshop().model(), workshop().normal(), "-o", link}), 6, "another user");
  EXPECT_EQ(read_file(own / "precious"), "old");
}

TEST(ScoreCommandShared, APartialResultWithoutALogIsBegunAnewAndKept) {
  const TempDir folder;
  const std::vector<std::string> command = {"score", workshop().model(), workshop().normal(), "-o",
                                            folder / "scores.csv"};
  std::vector<std::string> resumed = command;
  resumed.push_back("--resume");
  write_file(folder / "scores.csv.part.old", "first");
  int n = 2;
  for (const auto& run : {command, resumed}) {
    write_file(folder / "scores.csv.part", "left behind, nobody knows by what");
    const ProcessResult result = auscult(run);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(lines_of(read_file(folder / "scores.csv")).size(), 13U);
    const fs::path kept = folder / ("scores.csv.part.old" + std::to_string(n++));
    EXPECT_EQ(read_file(kept), "left behind, nobody knows by what");
    EXPECT_NE(result.err.find(kept.string()), std::string::npos) << result.err;
  }
  EXPECT_EQ(read_file(folder / "scores.csv.part.old"), "first");
}

TEST(ScoreCommandShared, LeavesTheResultsOfARunThatIsStillAtWork) {
  const TempDir folder;
  const fs::path log = folder / "scores.csv.part.log", rows = folder / "scores.csv.part";
  write_file(log, "{\"work\":\"other\"}\n");
  write_file(rows, "file\n");
  const int other = open(log.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  expect_one_message(auscult({"score", workshop().model(), workshop().normal(), "-o", folder / "scores.csv"}), 6,
                     "another run");
  close(other);
  EXPECT_EQ(read_file(rows), "file\n");
  EXPECT_FALSE(fs::exists(rows.string() + ".old"));
}

TEST(ScoreCommandShared, ResumesBehindALogThatHasNoCompleteLine) {
  for (const char* text : {"", "{\"wor"}) {
    const TempDir folder;
    write_file(folder / "scores.csv.part.log", text);
    const ProcessResult result =
        auscult({"score", workshop().model(), workshop().normal(), "-o", folder / "scores.csv", "--resume"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(lines_of(read_file(folder / "scores.csv")).size(), 13U);
  }
}

TEST(ListenCommandPrivacy, EventsAndTheirSoundAreForTheOwnerAlone) {
  const UsualUmask usual;
  const TempDir folder;
  write_sound(folder / "fault.wav",
              machine_sound(14.0, {.seed = 5, .fault = 0.2, .fault_begin_s = 6.0, .fault_end_s = 9.0}));
  const Environment home = {{"XDG_DATA_HOME", folder / "home/data"}};
  const ProcessResult heard =
      auscult({"listen", workshop().model(), "--input", folder / "fault.wav", "--keep-events"}, home);
  ASSERT_EQ(heard.exit_code, 0) << heard.err;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "home")) {
    EXPECT_EQ(mode_of(entry.path()), entry.is_directory() ? 0700U : 0600U) << entry.path();
    if (entry.is_regular_file()) ++files;
  }
  EXPECT_GE(files, 2) << "a list and a clip";
}

}  // namespace
}  // namespace auscult::test
