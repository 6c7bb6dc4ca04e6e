#include "clip_name.h"

#include <algorithm>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "name_words.h"

namespace auscult::dataset {
namespace fs = std::filesystem;
namespace {

// DCASE 2020: normal_id_00_00000000, anomaly_id_00_00000000; its evaluation data have no label: id_00_00000000.
const std::regex& dcase2020_name() {
  static const std::regex pattern("(?:(normal|anomaly)_)?(id_[0-9]+)_[0-9]+.*");
  return pattern;
}

// DCASE 2021-2026: section_00_source_train_normal_0001_attributes; evaluation data: section_00_0000; supplemental data:
// section_00_source_supplemental_clean_0000.
const std::regex& dcase2021_name() {
  static const std::regex pattern(
      "(section_[0-9]+)(?:_(source|target))?(?:_(train|test|supplemental))?(?:_(normal|anomaly|clean|noise))?"
      "_[0-9]+(?:_(.*))?");
  return pattern;
}

// 6_dB_pump, -6_dB_fan, 0dB, min6dB: the signal-to-noise ratio of MIMII and, after it, the machine.
const std::regex& level_folder() {
  static const std::regex pattern("(min|minus|-|\\+)?_?([0-9]+(?:\\.[0-9]+)?)_?dB(?:[_-](.+))?", std::regex::icase);
  return pattern;
}

// leak_-15dB, below a folder named semisynthetic.
const std::regex& fault_folder() {
  static const std::regex pattern("(.+)_([+-]?[0-9]+(?:\\.[0-9]+)?)_?dB", std::regex::icase);
  return pattern;
}

const std::regex& id_folder() {
  static const std::regex pattern("id_[0-9]+");
  return pattern;
}

const std::regex& section_folder() {
  static const std::regex pattern("section_[0-9]+");
  return pattern;
}

bool matches(const std::string& name, const std::regex& pattern) {
  return std::regex_match(name, pattern);
}

Label label_of_folder(std::string_view name) {
  if (name == "normal") return Label::normal;
  if (name == "abnormal") return Label::abnormal;
  return Label::unknown;
}

Label label_of_word(const std::string& word) {
  if (word == "anomaly") return Label::abnormal;
  return word == "normal" ? Label::normal : Label::unknown;
}

DcaseSplit split_of_word(std::string_view word) {
  if (word == "train") return DcaseSplit::train;
  if (word == "test") return DcaseSplit::test;
  return DcaseSplit::none;
}

// DCASE 2021 has the folders train, source_test and target_test.
DcaseSplit split_of_folder(std::string_view name) {
  if (name == "source_test" || name == "target_test") return DcaseSplit::test;
  return split_of_word(name);
}

bool is_part_of_tree(const std::string& name) {
  return split_of_folder(name) != DcaseSplit::none || name == "supplemental";
}

bool is_machine_type(const std::string& name) {
  return label_of_folder(name) == Label::unknown && !is_part_of_tree(name) && !matches(name, level_folder()) &&
         !matches(name, id_folder()) && !matches(name, section_folder());
}

// Folder names from the clip's folder up to the root.
std::vector<std::string> folders_upwards(const fs::path& absolute) {
  std::vector<std::string> names;
  for (const fs::path& part : absolute.parent_path().relative_path()) names.push_back(part.string());
  std::reverse(names.begin(), names.end());
  return names;
}

// True if the file name follows DCASE; fills in the fields that it gives.
bool read_file_name(const std::string& stem, Clip& clip) {
  std::smatch match;
  if (std::regex_match(stem, match, dcase2020_name())) {
    clip.label = label_of_word(match[1]);
    clip.machine_id = match[2];
    return true;
  }
  if (std::regex_match(stem, match, dcase2021_name())) {
    clip.machine_id = match[1];
    if (match[2].matched) clip.domain = match[2] == "source" ? Domain::source : Domain::target;
    clip.split = split_of_word(match[3].str());
    clip.label = label_of_word(match[4]);
    clip.attributes = match[5];
    return true;
  }
  return false;
}

void read_level_folder(const std::string& name, Clip& clip) {
  std::smatch match;
  if (!std::regex_match(name, match, level_folder())) return;
  const bool below = match[1].matched && match[1] != "+";
  const bool zero = match[2].str().find_first_not_of("0.") == std::string::npos;
  clip.group = (below && !zero ? "-" : "") + match[2].str() + "dB";
  if (clip.machine_type.empty() && match[3].matched && is_machine_type(match[3])) clip.machine_type = match[3];
}

bool read_semisynthetic(const std::vector<std::string>& folders, Clip& clip) {
  for (std::size_t i = 0; i + 1 < folders.size(); ++i) {
    std::smatch match;
    if (folders[i + 1] != "semisynthetic" || !std::regex_match(folders[i], match, fault_folder())) continue;
    clip.fault = match[1];
    clip.group = match[2].str() + "dB";
    clip.label = Label::unknown;
    return true;
  }
  return false;
}

// The train, test or supplemental folder that contains the clip: directly, or with only a label or section folder
// in between. True if there is one.
bool read_split_folder(const std::vector<std::string>& folders, bool dcase_name, std::size_t folders_below,
                       Clip& clip) {
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (is_part_of_tree(folders[i])) {
      if (!dcase_name && i >= folders_below) return false;
      if (clip.split == DcaseSplit::none) clip.split = split_of_folder(folders[i]);
      if (i + 1 < folders.size() && is_machine_type(folders[i + 1])) clip.machine_type = folders[i + 1];
      return true;
    }
    const bool between = label_of_folder(folders[i]) != Label::unknown || matches(folders[i], section_folder());
    if (!between) return false;
  }
  return false;
}

void read_id_folder(const std::vector<std::string>& folders, Clip& clip) {
  const auto id = std::find_if(folders.begin(), folders.end(), [](const auto& f) { return matches(f, id_folder()); });
  if (id == folders.end()) return;
  if (clip.machine_id.empty()) clip.machine_id = *id;
  const auto above = std::next(id);
  if (clip.machine_type.empty() && above != folders.end() && is_machine_type(*above)) clip.machine_type = *above;
}

// The name that says fault where no label does, or contradicts a folder "normal": that of the file, or of the nearest
// folder up to the input itself. Folders above it are not the clip's description.
std::string fault_name(const std::string& stem, const std::vector<std::string>& folders, std::size_t folders_below) {
  const Verdict file = verdict_of_name(stem);
  if (file == Verdict::fault) return stem;
  // "good" and "ok" are too common in file names to outweigh a folder.
  if (file == Verdict::normal && stem.find("ormal") != std::string::npos) return "";
  for (std::size_t i = 0; i < folders.size() && i <= folders_below; ++i) {
    const Verdict verdict = verdict_of_name(folders[i]);
    if (verdict == Verdict::fault) return folders[i];
    if (verdict == Verdict::normal) return "";
  }
  return "";
}

}  // namespace

Description describe(const fs::path& absolute, std::size_t folders_above) {
  Description result;
  Clip& clip = result.clip;
  const std::vector<std::string> folders = folders_upwards(absolute);
  const std::size_t folders_below = folders.size() - std::min(folders.size(), folders_above);
  const bool dcase_name = read_file_name(absolute.stem().string(), clip);
  const bool label_in_file_name = clip.label != Label::unknown;
  if (read_semisynthetic(folders, clip)) {
    result.may_be_plain_normal = false;
    return result;
  }
  const bool part_of_tree = read_split_folder(folders, dcase_name, folders_below, clip);
  result.may_be_plain_normal = clip.split == DcaseSplit::train || (!part_of_tree && clip.domain == Domain::none);
  read_id_folder(folders, clip);
  const auto level =
      std::find_if(folders.begin(), folders.end(), [](const auto& f) { return matches(f, level_folder()); });
  if (level != folders.end()) read_level_folder(*level, clip);
  for (const std::string& folder : folders) {
    if (clip.label != Label::unknown) break;
    clip.label = label_of_folder(folder);
  }
  if (!label_in_file_name && clip.label != Label::abnormal)
    clip.fault_name = fault_name(absolute.stem().string(), folders, folders_below);
  if (!clip.fault_name.empty()) {
    clip.label = Label::unknown;
    result.may_be_plain_normal = false;
  }
  return result;
}

}  // namespace auscult::dataset

namespace auscult {

// The working directory does not apply to a relative path that another program wrote.
Clip clip_from_names(const std::filesystem::path& path) {
  Clip clip = dataset::describe(("/" / path).lexically_normal(), 0).clip;
  clip.path = path;
  return clip;
}

Label label_from_names(const std::filesystem::path& path) {
  return clip_from_names(path).label;
}

}  // namespace auscult
