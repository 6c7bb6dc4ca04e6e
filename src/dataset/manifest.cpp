#include "manifest.h"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/csv.h"

namespace auscult::dataset {
namespace fs = std::filesystem;
namespace {

constexpr int kFoldersUpwards = 6;  // OUT/6_dB_pump/pump/id_00/abnormal/clip.wav, and one more
constexpr std::uintmax_t kMaximumBytes = 64U << 20U;

bool names_a_fault(const std::string& value) {
  return !value.empty() && value != "none" && value != "normal";
}

}  // namespace

std::string ManifestFinder::fault_of(const fs::path& absolute) {
  fs::path folder = absolute.parent_path();
  for (int i = 0; i < kFoldersUpwards && folder != folder.parent_path(); ++i, folder = folder.parent_path()) {
    const Faults& faults = faults_in(folder);
    if (faults.empty()) continue;
    const auto found = faults.find(absolute.lexically_relative(folder).generic_string());
    if (found != faults.end()) return found->second;
  }
  return {};
}

const ManifestFinder::Faults& ManifestFinder::faults_in(const fs::path& folder) {
  const auto [entry, is_new] = read_.try_emplace(folder);
  Faults& faults = entry->second;
  if (!is_new) return faults;
  const fs::path path = folder / "manifest.csv";
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > kMaximumBytes) return faults;
  std::ifstream stream(path);
  std::string line;
  if (!std::getline(stream, line)) return faults;
  const std::vector<std::string> header = split_csv_line(line);
  const auto file = static_cast<std::size_t>(std::find(header.begin(), header.end(), "file") - header.begin());
  const auto fault = static_cast<std::size_t>(std::find(header.begin(), header.end(), "fault") - header.begin());
  if (file == header.size() || fault == header.size()) return faults;
  while (std::getline(stream, line)) {
    const std::vector<std::string> fields = split_csv_line(line);
    if (fields.size() > std::max(file, fault) && names_a_fault(fields[fault]))
      faults[fs::path(fields[file]).lexically_normal().generic_string()] = fields[fault];
  }
  return faults;
}

}  // namespace auscult::dataset
