#include "gui/learn/learn_files.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace auscult::gui {
namespace {

namespace fs = std::filesystem;

const std::string kProvisional = ".learning-";

}  // namespace

std::string file_name_for(const std::string& machine) {
  std::string name;
  for (const char c : machine) name += c == '/' || c == '\\' || static_cast<unsigned char>(c) < 32 ? '_' : c;
  const auto begin = name.find_first_not_of(" .");
  if (begin == std::string::npos) return "my machine";
  name = name.substr(begin, name.find_last_not_of(' ') - begin + 1);
  constexpr std::size_t kMost = 80;
  if (name.size() > kMost) {
    std::size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;  // between characters
    name.resize(end);
  }
  return name;
}

fs::path unused(const fs::path& wanted) {
  fs::path path = wanted;
  std::error_code error;
  for (int i = 2; fs::exists(path, error); ++i) path = wanted.string() + "-" + std::to_string(i);
  return path;
}

fs::path provisional(const fs::path& models, const std::string& ending) {
  return models / (kProvisional + std::to_string(getpid()) + ending);
}

void remove_leftovers(const fs::path& models) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(models, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kProvisional)) continue;
    const int pid = std::atoi(name.c_str() + kProvisional.size());
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), error);
  }
}

}  // namespace auscult::gui
