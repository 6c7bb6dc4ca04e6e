// Inputs that cannot be searched: each ends in one named error that says what to do.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataset/index.h"
#include "support/files.h"
#include "support/ordinary_user.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

Error error_of(const std::vector<fs::path>& inputs, const IndexOptions& options = {}) {
  const auto clips = index_clips(inputs, options);
  EXPECT_FALSE(clips);
  return clips ? Error{} : clips.error();
}

TEST(IndexClips, NamesAMissingInput) {
  const Error error = error_of({"/nowhere/pump"});
  EXPECT_EQ(error.code, ErrorCode::file_not_found);
  EXPECT_EQ(error.context, "/nowhere/pump");
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(exit_code(error.code), kExitInput);
}

TEST(IndexClips, NamesAMissingInputAmongGoodOnes) {
  const test::TempDir folder;
  test::write_file(folder / "a.wav", "");
  EXPECT_EQ(error_of({folder.path(), folder / "b"}).context, (folder / "b").string());
}

TEST(IndexClips, SaysWhatItLookedForInAnEmptyFolder) {
  const test::TempDir folder;
  const Error error = error_of({folder.path()});
  EXPECT_EQ(error.code, ErrorCode::empty_input);
  EXPECT_EQ(error.context, folder.path().string());
  EXPECT_NE(error.hint.find(".wav"), std::string::npos);
}

TEST(IndexClips, FindsNothingInAFolderOfTextFiles) {
  const test::TempDir folder;
  test::write_file(folder / "readme.txt", "no sound");
  test::write_file(folder / "deep/table.csv", "1,2");
  EXPECT_EQ(error_of({folder.path()}).code, ErrorCode::empty_input);
}

TEST(IndexClips, HasNothingWithoutInputs) {
  EXPECT_EQ(error_of({}).code, ErrorCode::empty_input);
}

TEST(IndexClips, NamesTheFolderThatItMayNotRead) {
  const test::TempDir folder;
  chmod(folder.path().c_str(), 0755);
  test::write_file(folder / "normal/a.wav", "");
  test::write_file(folder / "locked/b.wav", "");
  chmod((folder / "locked").c_str(), 0);
  Error error;
  {
    const test::AsOrdinaryUser user;
    error = error_of({folder.path()});
  }
  chmod((folder / "locked").c_str(), 0755);
  EXPECT_EQ(error.code, ErrorCode::file_not_found);
  EXPECT_EQ(error.context, (folder / "locked").string()) << "clips must not be missing silently";
  EXPECT_NE(error.what.find("ermission denied"), std::string::npos) << error.what;
}

TEST(IndexClips, NotesAFolderThatItMayNotReadAndGoesOn) {
  const test::TempDir folder;
  chmod(folder.path().c_str(), 0755);
  test::write_file(folder / "open/a.wav", "");
  test::write_file(folder / "locked/b.wav", "");
  test::write_file(folder / "open/c.m4a", "");
  chmod((folder / "locked").c_str(), 0);
  IndexNotes notes;
  std::size_t found = 0;
  {
    const test::AsOrdinaryUser user;
    const auto clips = index_clips({folder.path()}, {}, &notes);
    found = clips ? clips->size() : 0;
  }
  chmod((folder / "locked").c_str(), 0755);
  EXPECT_EQ(found, 1U);
  ASSERT_EQ(notes.unreadable_folders.size(), 1U);
  EXPECT_EQ(notes.unreadable_folders.front().path, folder / "locked");
  EXPECT_EQ(notes.unreadable_formats, std::vector{folder / "open/c.m4a"});
}

TEST(IndexClips, OfNothingButFormatsThatCannotBeReadSaysHowToConvertThem) {
  const test::TempDir folder;
  test::write_file(folder / "a.m4a", "");
  IndexNotes notes;
  const auto clips = index_clips({folder.path()}, {}, &notes);
  ASSERT_FALSE(clips);
  EXPECT_NE(clips.error().what.find("a.m4a"), std::string::npos) << clips.error().what;
  EXPECT_NE(clips.error().hint.find("ffmpeg"), std::string::npos) << clips.error().hint;
}

TEST(IndexClips, RefusesADevice) {
  EXPECT_EQ(error_of({"/dev/zero"}).code, ErrorCode::bad_input);
}

TEST(IndexClips, DoesNotWaitForAPipeThatLooksLikeARecording) {
  const test::TempDir folder;
  ASSERT_EQ(mkfifo((folder / "pipe.wav").c_str(), 0600), 0);
  EXPECT_EQ(error_of({folder.path()}).code, ErrorCode::empty_input);
}

TEST(IndexClips, ListsTheMachinesWhenTheOneAskedForIsNotThere) {
  const test::TempDir folder;
  test::write_file(folder / "pump/id_00/normal/a.wav", "");
  const Error error = error_of({folder.path()}, {.machine_id = "id_06"});
  EXPECT_EQ(error.code, ErrorCode::empty_input);
  EXPECT_NE(error.hint.find("pump/id_00"), std::string::npos);
}

TEST(IndexClips, LivesWithADamagedManifest) {
  for (const std::string& manifest : {std::string(), std::string("file"), std::string("file,fault\n,,,\n\"unclosed"),
                                      std::string(100'000, '\0'), std::string("fault,file\nleak\n")}) {
    const test::TempDir folder;
    test::write_file(folder / "manifest.csv", manifest);
    test::write_file(folder / "abnormal/a.wav", "");
    const auto clips = index_clips({folder.path()});
    ASSERT_TRUE(clips);
    EXPECT_EQ(clips->front().fault, "");
  }
}

}  // namespace
}  // namespace auscult
