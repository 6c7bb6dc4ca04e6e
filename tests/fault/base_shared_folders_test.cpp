// A neighbour on the same machine who was in a shared folder first: with a link, a file or a folder of the name that
// this program is going to use.
#include <fcntl.h>

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/shared_folders.h"
#include "base/xdg.h"
#include "support/files.h"
#include "support/other_user.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;
using test::mode_of;

void expect_refused(const Status& status, const std::string& reason) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::write_failed);
  EXPECT_NE(status.error().what.find(reason), std::string::npos) << status.error().what;
  EXPECT_FALSE(status.error().hint.empty());
}

Status opened(const fs::path& path, int flags = O_WRONLY | O_APPEND | O_CREAT) {
  AUSCULT_TRY_ASSIGN(const int fd, open_own_file(path, flags, 0666));
  close(fd);
  return {};
}

TEST(MakePrivateFolders, AreForTheOwnerAloneAndExistingOnesStay) {
  const test::UsualUmask usual;
  const test::TempDir folder;
  fs::create_directory(folder / "open");
  ASSERT_TRUE(make_private_folders(folder / "open/one/two/"));
  EXPECT_EQ(mode_of(folder / "open"), 0755U);
  EXPECT_EQ(mode_of(folder / "open/one"), 0700U);
  EXPECT_EQ(mode_of(folder / "open/one/two"), 0700U);
  EXPECT_TRUE(make_private_folders(folder / "open/one/two"));
  test::write_file(folder / "file", "x");
  expect_refused(make_private_folders(folder / "file/below"), "cannot be created");
}

TEST(ClaimPrivateFolder, MakesOneAndTakesItAgain) {
  const test::SharedFolder shared;
  ASSERT_TRUE(claim_private_folder(shared / "mine"));
  EXPECT_EQ(mode_of(shared / "mine"), 0700U);
  chmod((shared / "mine").c_str(), 0755);
  ASSERT_TRUE(claim_private_folder(shared / "mine"));
  EXPECT_EQ(mode_of(shared / "mine"), 0700U) << "nobody else could put anything there, but could read";
}

TEST(ClaimPrivateFolder, RefusesALinkAndAFolderThatOthersCouldWriteTo) {
  const test::SharedFolder shared;
  const test::TempDir elsewhere;
  fs::create_directory_symlink(elsewhere.path(), shared / "link");
  expect_refused(claim_private_folder(shared / "link"), "no folder of this user alone");
  fs::create_directory(shared / "open");
  chmod((shared / "open").c_str(), 0777);
  expect_refused(claim_private_folder(shared / "open"), "no folder of this user alone");
  test::write_file(shared / "file", "x");
  expect_refused(claim_private_folder(shared / "file"), "no folder of this user alone");
}

TEST(ClaimPrivateFolder, RefusesAFolderOfSomebodyElse) {
  AUSCULT_REQUIRE_ROOT();
  const test::SharedFolder shared;
  expect_refused(claim_private_folder(shared.others_folder("theirs", 0700)), "no folder of this user alone");
}

TEST(TemporaryHome, IsAnotherFolderWhereSomebodyElseWasFirst) {
  const test::SharedFolder shared;
  const test::TempDir elsewhere;
  const fs::path usual = shared / ("auscult-" + std::to_string(getuid()));
  fs::create_directory_symlink(elsewhere.path(), usual);
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  const fs::path home = temporary_home(shared.path());
  set_log_sink({});
  EXPECT_NE(home, usual);
  EXPECT_EQ(home.parent_path(), shared.path());
  EXPECT_EQ(mode_of(home), 0700U);
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
  EXPECT_NE(said.find(usual.string()), std::string::npos) << said;
  EXPECT_NE(said.find(home.string()), std::string::npos) << said;
}

TEST(TemporaryHome, IsTheSameInEveryRunOtherwise) {
  const test::SharedFolder shared;
  const fs::path home = temporary_home(shared.path());
  EXPECT_EQ(home, shared / ("auscult-" + std::to_string(getuid())));
  EXPECT_EQ(mode_of(home), 0700U);
  EXPECT_EQ(temporary_home(shared.path()), home);
}

TEST(FollowOwnLinks, GoesWhereThisUsersLinksLead) {
  const test::SharedFolder shared;
  const test::TempDir own;
  test::write_file(own / "file", "x");
  fs::create_symlink(own / "file", shared / "first");
  fs::create_symlink("first", shared / "second");
  EXPECT_EQ(follow_own_links(shared / "second"), own / "file");
  EXPECT_EQ(follow_own_links(own / "file"), own / "file");
  EXPECT_EQ(follow_own_links(own / "none"), own / "none");
  fs::create_directory_symlink(own.path(), shared / "folder");
  EXPECT_EQ(follow_own_links(shared / "folder/none"), own / "none");
  EXPECT_EQ(follow_own_links(shared / "folder/../folder/file")->lexically_normal(),
            own.path().parent_path() / "folder/file")
      << "as the kernel: .. of what a link leads to";
  fs::create_symlink("loop", shared / "loop");
  EXPECT_FALSE(follow_own_links(shared / "loop"));
}

// One neighbour's link, and every way of writing to it.
TEST(AnotherUsersLink, IsNotFollowed) {
  AUSCULT_REQUIRE_ROOT();
  const test::SharedFolder shared;
  const test::TempDir own;
  test::write_file(own / "precious", "old");
  const fs::path link = shared.others_link("scores.csv", own / "precious");
  expect_refused(opened(link), "link that another user made");
  expect_refused(write_file_atomically(link, "new"), "link that another user made");
  chmod(shared.path().c_str(), 0775);  // a folder of a group
  ASSERT_EQ(chown(shared.path().c_str(), 1, 1), 0);
  expect_refused(opened(link), "link that another user made");
  EXPECT_EQ(test::read_file(own / "precious"), "old");
  chmod(shared.path().c_str(), 0755);  // only its owner could put it there
  EXPECT_TRUE(opened(link));
}

// The same one level up: the name of a folder is the neighbour's link.
TEST(AnotherUsersLink, IsNotFollowedWhereItStandsForAFolder) {
  AUSCULT_REQUIRE_ROOT();
  const test::SharedFolder shared;
  const test::TempDir own;
  test::write_file(own / "events.jsonl", "old");
  const fs::path link = shared.others_link("auscult", own.path());
  expect_refused(opened(link / "events.jsonl"), "link that another user made");
  expect_refused(write_file_atomically(link / "events.jsonl", "new"), "link that another user made");
  expect_refused(make_private_folders(link / "clips"), "link that another user made");
  EXPECT_EQ(test::read_file(own / "events.jsonl"), "old");
  EXPECT_FALSE(fs::exists(own / "clips"));
  chmod(shared.path().c_str(), 0755);  // only its owner could put it there
  EXPECT_TRUE(opened(link / "events.jsonl"));
  EXPECT_TRUE(make_private_folders(link / "clips"));
}

TEST(AnotherUsersFile, IsNotAppendedToAndGivesNoModeToWhatReplacesIt) {
  AUSCULT_REQUIRE_ROOT();
  const test::UsualUmask usual;
  const test::SharedFolder shared;
  const fs::path file = shared.others_file("events.jsonl", "theirs\n");
  expect_refused(opened(file), "belongs to another user");
  ASSERT_TRUE(write_file_atomically(file, "new"));
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, geteuid());
  EXPECT_EQ(mode_of(file), 0644U);
}

TEST(OpenOwnFile, NeverFollowsALinkThatHasJustAppeared) {
  const test::TempDir folder;
  fs::create_symlink("nowhere", folder / "link");
  EXPECT_TRUE(opened(folder / "link")) << "its target is created, as open(2) does";
  EXPECT_TRUE(fs::exists(folder / "nowhere"));
  EXPECT_FALSE(opened(folder / "link", O_WRONLY | O_CREAT | O_EXCL));
}

}  // namespace
}  // namespace auscult
