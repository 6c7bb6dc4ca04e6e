// Files for tests: temporary folders, small audio files, and the locations of the real data. Test-only.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace auscult::test {

/// A new folder under the system's temporary folder, removed with its content on destruction.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// Root of the source tree.
std::filesystem::path source_dir();

/// Folder of recordings and tables for measurements (AUSCULT_DATA, else ../shared/data); nothing if it is absent.
std::optional<std::filesystem::path> data_dir();

/// Folder of reference log-mels (../shared/golden); nothing if it is absent.
std::optional<std::filesystem::path> golden_dir();

}  // namespace auscult::test

/// Skips the current test with a message if the real data are absent; otherwise defines `data` as their folder.
#define AUSCULT_REQUIRE_DATA(data)                                                                  \
  const auto data##_optional = ::auscult::test::data_dir();                                         \
  if (!data##_optional) GTEST_SKIP() << "no real data: set AUSCULT_DATA or provide ../shared/data"; \
  const std::filesystem::path data = *data##_optional
