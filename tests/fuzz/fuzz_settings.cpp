// Any text as the window's settings: values within their bounds, and a file that can be read after it was saved.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gui/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const fs::path folder = [] {
    std::string pattern = "/dev/shm/auscult-fuzz-XXXXXX";
    return fs::path(mkdtemp(pattern.data()) ? pattern : "/dev/null");
  }();
  const fs::path path = folder / "settings.toml";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto file = auscult::gui::SettingsFile::open(path);
  const auto& s = file.settings();
  if (!(s.scale >= 0.5 && s.scale <= 3.0) || s.frames_per_second < 5 || s.frames_per_second > 60) std::abort();
  if (file.writable()) {
    if (!file.save(s)) std::abort();
    const auto again = auscult::gui::SettingsFile::open(path);
    if (!again.notice().empty() || again.settings() != s) std::abort();
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) fs::remove(entry.path(), error);
  return 0;
}
