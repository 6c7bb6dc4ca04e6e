#include "support/files.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace auscult::test {
namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string pattern = (fs::temp_directory_path() / "auscult-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

fs::path source_dir() {
  return AUSCULT_SOURCE_DIR;
}

std::optional<fs::path> data_dir() {
  const char* from_environment = std::getenv("AUSCULT_DATA");
  const fs::path path = from_environment ? fs::path(from_environment) : source_dir() / ".." / "shared" / "data";
  if (fs::is_directory(path)) return fs::canonical(path);
  return std::nullopt;
}

std::optional<fs::path> golden_dir() {
  const fs::path path = source_dir() / ".." / "shared" / "golden";
  if (fs::is_directory(path)) return fs::canonical(path);
  return std::nullopt;
}

}  // namespace auscult::test
