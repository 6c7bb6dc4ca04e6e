#include "base/xdg.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace auscult {
namespace fs = std::filesystem;
namespace {

fs::path base_dir(const char* variable, const char* fallback) {
  const char* set = std::getenv(variable);
  // The specification: a relative path is invalid and must be ignored.
  if (set && fs::path(set).is_absolute()) return fs::path(set) / "auscult";
  const char* home = std::getenv("HOME");
  return fs::path(home && *home ? home : "/tmp") / fallback / "auscult";
}

fs::path program_dir() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path();
}

}  // namespace

fs::path user_config_dir() {
  return base_dir("XDG_CONFIG_HOME", ".config");
}
fs::path user_data_dir() {
  return base_dir("XDG_DATA_HOME", ".local/share");
}

std::optional<fs::path> shipped_file(std::string_view relative) {
  for (const fs::path& root : {program_dir() / ".." / "share" / "auscult", fs::path(AUSCULT_SOURCE_DIR)}) {
    std::error_code error;
    if (fs::exists(root / relative, error)) return (root / relative).lexically_normal();
  }
  return std::nullopt;
}

std::optional<fs::path> companion_program(std::string_view name) {
  for (const fs::path& folder : {program_dir(), program_dir() / ".." / "libexec" / "auscult"}) {
    std::error_code error;
    if (fs::exists(folder / name, error)) return (folder / name).lexically_normal();
  }
  return std::nullopt;
}

fs::path sibling_program(std::string_view name) {
  return companion_program(name).value_or(fs::path(name));
}

}  // namespace auscult
