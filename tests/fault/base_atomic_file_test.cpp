// Writes that cannot succeed: one named error, exit code 6, an existing file unchanged, no partial file left.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "support/files.h"
#include "support/full_disk.h"
#include "support/ordinary_user.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

void expect_write_failure(const Status& status, const fs::path& path) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::write_failed);
  EXPECT_EQ(exit_code(status.error().code), kExitOutput);
  EXPECT_EQ(status.error().context, path.string());
  EXPECT_FALSE(status.error().hint.empty());
}

TEST(WriteFileAtomically, KeepsTheOldFileWhenTheDiskIsFull) {
  const test::TempDir folder;
  test::write_file(folder / "x", "old");
  const std::string large(1'000'000, 'n');
  Status status;
  {
    const test::FullDisk disk(65'536);
    status = write_file_atomically(folder / "x", large);
  }
  expect_write_failure(status, folder / "x");
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  EXPECT_EQ(files_in(folder.path()), 1) << "no temporary file stays";
}

TEST(WriteFileAtomically, NamesAFolderThatIsNotThere) {
  expect_write_failure(write_file_atomically("/nowhere/at/all/x", "x"), "/nowhere/at/all/x");
}

TEST(WriteFileAtomically, DoesNotReplaceAFolder) {
  const test::TempDir folder;
  fs::create_directory(folder / "x");
  expect_write_failure(write_file_atomically(folder / "x", "x"), folder / "x");
  EXPECT_TRUE(fs::is_directory(folder / "x"));
}

TEST(WriteFileAtomically, DoesNotReplaceAPipeOrADevice) {
  const test::TempDir folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const Status status = write_file_atomically(folder / "pipe", "x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::write_failed);
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
}

TEST(WriteFileAtomically, ReplacesWhatALinkPointsToAndKeepsTheLink) {
  const test::TempDir folder;
  test::write_file(folder / "old", "old");
  fs::create_symlink(folder / "old", folder / "link");
  ASSERT_TRUE(write_file_atomically(folder / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(test::read_file(folder / "old"), "new");
}

TEST(WriteFileAtomically, LeavesAFolderAloneThatMayNotBeWritten) {
  const test::TempDir folder;
  chmod(folder.path().c_str(), 0755);
  test::write_file(folder / "locked/x", "old");
  chmod((folder / "locked").c_str(), 0555);
  Status status;
  {
    const test::AsOrdinaryUser user;
    status = write_file_atomically(folder / "locked/x", "new");
  }
  chmod((folder / "locked").c_str(), 0755);
  expect_write_failure(status, folder / "locked/x");
  EXPECT_EQ(test::read_file(folder / "locked/x"), "old");
  EXPECT_EQ(files_in(folder / "locked"), 1);
}

TEST(AtomicFile, FailsToCommitWhatHasVanished) {
  const test::TempDir folder;
  test::write_file(folder / "x", "old");
  auto file = AtomicFile::create(folder / "x");
  ASSERT_TRUE(file);
  fs::remove(file->temporary_path());
  expect_write_failure(file->commit(), folder / "x");
  EXPECT_EQ(test::read_file(folder / "x"), "old");
}

}  // namespace
}  // namespace auscult
