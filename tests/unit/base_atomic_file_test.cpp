#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "support/files.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

std::ptrdiff_t files_in(const test::TempDir& folder) {
  return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
}

TEST(WriteFileAtomically, MakesAndReplacesAFile) {
  const test::TempDir folder;
  const std::string binary("a\0b\n", 4);
  ASSERT_TRUE(write_file_atomically(folder / "x", "something longer"));
  ASSERT_TRUE(write_file_atomically(folder / "x", binary));
  EXPECT_EQ(test::read_file(folder / "x"), binary);
  ASSERT_TRUE(write_file_atomically(folder / "x", ""));
  EXPECT_EQ(test::read_file(folder / "x"), "");
  EXPECT_EQ(files_in(folder), 1);
}

TEST(WriteFileAtomically, GivesThePermissionsOfTheUmask) {
  const test::TempDir folder;
  const mode_t before = umask(027);
  const Status status = write_file_atomically(folder / "x", "x");
  umask(before);
  ASSERT_TRUE(status);
  struct stat info {};
  ASSERT_EQ(stat((folder / "x").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST(AtomicFile, ShowsNothingBeforeCommit) {
  const test::TempDir folder;
  test::write_file(folder / "model.bin", "old");
  auto file = AtomicFile::create(folder / "model.bin");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->temporary_path().parent_path(), folder.path()) << "a rename must stay on one file system";
  EXPECT_EQ(file->temporary_path().extension(), ".bin");
  test::write_file(file->temporary_path(), "new");
  EXPECT_EQ(test::read_file(folder / "model.bin"), "old");
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(test::read_file(folder / "model.bin"), "new");
  EXPECT_EQ(files_in(folder), 1);
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const test::TempDir folder;
  test::write_file(folder / "x", "old");
  {
    auto file = AtomicFile::create(folder / "x");
    ASSERT_TRUE(file);
    test::write_file(file->temporary_path(), "half");
  }
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  EXPECT_EQ(files_in(folder), 1);
}

TEST(AtomicFile, KeepsItsTemporaryFileWhenMoved) {
  const test::TempDir folder;
  auto made = AtomicFile::create(folder / "x");
  ASSERT_TRUE(made);
  AtomicFile moved = std::move(*made);
  made = fail(ErrorCode::internal, "gone");
  test::write_file(moved.temporary_path(), "new");
  ASSERT_TRUE(moved.commit());
  EXPECT_EQ(test::read_file(folder / "x"), "new");
}

TEST(AtomicFile, DropsItsOwnTemporaryFileWhenAnotherIsMovedIn) {
  const test::TempDir folder;
  auto one = AtomicFile::create(folder / "one"), two = AtomicFile::create(folder / "two");
  ASSERT_TRUE(one && two);
  *one = std::move(*two);
  EXPECT_EQ(files_in(folder), 1);
  ASSERT_TRUE(one->commit());
  EXPECT_TRUE(fs::exists(folder / "two"));
  EXPECT_FALSE(fs::exists(folder / "one"));
}

}  // namespace
}  // namespace auscult
