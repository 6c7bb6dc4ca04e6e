#include "base/xdg.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <system_error>

#include <pwd.h>

#include "base/log.h"
#include "base/shared_folders.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

// Places that service managers and containers name where a user has no home.
bool is_home(const fs::path& path) {
  return path.is_absolute() && path != "/" && path != "/nonexistent" && path != "/dev/null";
}

std::optional<fs::path> home_dir() {
  if (const char* set = std::getenv("HOME"); set && is_home(set)) return set;
  std::array<char, 4096> text{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, text.data(), text.size(), &found) == 0 && found && entry.pw_dir &&
      is_home(entry.pw_dir))
    return entry.pw_dir;
  return std::nullopt;
}

std::optional<fs::path> base_dir(const char* variable, const char* fallback) {
  const char* set = std::getenv(variable);
  // The specification: a relative path is invalid and must be ignored.
  if (set && fs::path(set).is_absolute()) return fs::path(set) / "auscult";
  if (const auto home = home_dir()) return *home / fallback / "auscult";
  return std::nullopt;
}

fs::path program_dir() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path();
}

// For programs that must start without a home, such as the window: a place of this user alone, until the next boot.
fs::path without_home() {
  static const fs::path place = temporary_home("/tmp");
  return place;
}

}  // namespace

fs::path user_config_dir() {
  const auto lasting = base_dir("XDG_CONFIG_HOME", ".config");
  return lasting ? *lasting : without_home();
}
fs::path user_data_dir() {
  const auto lasting = lasting_data_dir();
  return lasting ? *lasting : without_home();
}
std::optional<fs::path> lasting_data_dir() {
  return base_dir("XDG_DATA_HOME", ".local/share");
}

fs::path temporary_home(const fs::path& shared) {
  fs::path usual = shared / ("auscult-" + std::to_string(getuid()));
  const Status claimed = claim_private_folder(usual);
  if (claimed) return usual;
  std::string pattern = usual.string() + "-XXXXXX";
  if (!mkdtemp(pattern.data())) return "/dev/null/auscult";  // whoever writes there reports a failure
  log(LogLevel::warning, to_message(claimed.error()) + "\n  until then, files of this run are in " + pattern);
  return pattern;
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
