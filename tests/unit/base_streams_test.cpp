#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/streams.h"
#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

TEST(NamedDescriptor, IsThatOfEveryNameOfAStream) {
  const test::TempDir folder;
  fs::create_symlink("/dev/stdout", folder / "log");
  EXPECT_EQ(named_descriptor("-", 1), 1);
  EXPECT_EQ(named_descriptor("-", 0), 0);
  EXPECT_EQ(named_descriptor("/dev/stdout", 0), 1);
  EXPECT_EQ(named_descriptor("/dev/stderr", 0), 2);
  EXPECT_EQ(named_descriptor("/dev/fd/63", 0), 63);
  EXPECT_EQ(named_descriptor("/proc/self/fd/5", 0), 5);
  EXPECT_EQ(named_descriptor(folder / "log", 0), 1);
  for (const char* name : {"./-", "-.csv", "/dev/null", "/dev/fd/x", "/dev/fd", "stdout"})
    EXPECT_EQ(named_descriptor(name, 1), std::nullopt) << name;
}

// A file with a line, open at its end under a descriptor of this process.
class OpenFile {
 public:
  OpenFile() : descriptor_(open(path().c_str(), O_RDWR | O_CREAT, 0600)) { (void)!write(descriptor_, "head\n", 5); }
  ~OpenFile() { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  fs::path path() const { return folder_ / "report.txt"; }
  std::string name() const { return "/dev/fd/" + std::to_string(descriptor_); }
  void add(const char* line) { (void)!write(descriptor_, line, std::string(line).size()); }

 private:
  test::TempDir folder_;
  int descriptor_;
};

TEST(AtomicFile, WritesToAStreamAndNeverReplacesTheFileBehindIt) {
  OpenFile report;
  ASSERT_TRUE(write_file_atomically(report.name(), "scores\n"));
  report.add("foot\n");
  EXPECT_EQ(test::read_file(report.path()), "head\nscores\nfoot\n");
}

TEST(AtomicFile, WithoutCommitNothingReachesAStream) {
  OpenFile report;
  { ASSERT_TRUE(AtomicFile::create(report.name())); }
  EXPECT_EQ(test::read_file(report.path()), "head\n");
}

TEST(AtomicFile, KeepsTheModeOfWhatItReplaces) {
  const test::TempDir folder;
  const mode_t before = umask(022);
  for (const mode_t mode : {0600U, 0640U, 0664U, 0444U}) {
    test::write_file(folder / "scores.csv", "old");
    ASSERT_EQ(chmod((folder / "scores.csv").c_str(), mode), 0);
    ASSERT_TRUE(write_file_atomically(folder / "scores.csv", "new"));
    struct stat now {};
    ASSERT_EQ(stat((folder / "scores.csv").c_str(), &now), 0);
    EXPECT_EQ(now.st_mode & 0777U, mode);
    EXPECT_EQ(test::read_file(folder / "scores.csv"), "new");
    fs::remove(folder / "scores.csv");
  }
  umask(before);
}

TEST(OpenOutputStream, RefusesADescriptorThatIsOpenForReading) {
  const test::TempDir folder;
  test::write_file(folder / "a", "x");
  const int fd = open((folder / "a").c_str(), O_RDONLY);
  EXPECT_FALSE(open_output_stream("/dev/fd/" + std::to_string(fd)));
  EXPECT_FALSE(AtomicFile::create("/dev/fd/" + std::to_string(fd)));
  close(fd);
}

}  // namespace
}  // namespace auscult
