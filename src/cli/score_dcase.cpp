#include "score_dcase.h"

#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "console.h"
#include "dataset/index.h"
#include "score_format.h"

namespace auscult::cli {
namespace fs = std::filesystem;
namespace {

fs::path file_in(const fs::path& folder, const char* kind, const std::string& section) {
  return folder / (std::string(kind) + "_" + section + ".csv");
}

// "Sander_section_00_test"; empty if the names do not say it.
std::string section_of(const fs::path& recording) {
  std::error_code error;
  const fs::path absolute = fs::absolute(recording, error);
  const Clip clip = clip_from_names(error ? recording : absolute);
  if (clip.machine_type.empty() || clip.machine_id.empty()) return "";
  return clip.machine_type + "_" + clip.machine_id + (clip.machine_id.starts_with("section_") ? "_test" : "");
}

Status make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (fs::is_directory(folder)) return {};
  return fail(ErrorCode::write_failed, "is not a folder and cannot be created", folder.string(),
              "name a folder for the files of the DCASE evaluator");
}

}  // namespace

bool names_dcase_folder(const std::string& output) {
  if (output.empty()) return false;
  std::error_code error;
  if (fs::exists(output, error)) return fs::is_directory(output, error);
  return output.ends_with('/') || !fs::path(output).has_extension();
}

Result<DcaseFolder> DcaseFolder::create(const fs::path& folder, const std::vector<fs::path>& recordings) {
  DcaseFolder files(folder);
  for (const fs::path& recording : recordings) {
    const std::string section = section_of(recording);
    if (section.empty())
      return fail(ErrorCode::bad_input, "does not tell its machine and section", recording.string(),
                  "keep DCASE's names, such as fan/test/section_00_0000.wav, or name one file: -o scores.csv");
    files.sections_[section];
  }
  AUSCULT_TRY(make_folder(folder));
  for (const auto& [section, texts] : files.sections_)
    for (const char* kind : {"anomaly_score", "decision_result"})
      AUSCULT_TRY(check_writable(file_in(folder, kind, section).string()));
  return files;
}

void DcaseFolder::add(const fs::path& recording, double score, bool anomalous) {
  Texts& texts = sections_[section_of(recording)];
  texts.scores += dcase_line(recording.string(), exact(score));
  texts.decisions += dcase_line(recording.string(), anomalous ? "1" : "0");
}

Status DcaseFolder::finish() const {
  for (const auto& [section, texts] : sections_) {
    AUSCULT_TRY(write_file_atomically(file_in(folder_, "anomaly_score", section), texts.scores));
    AUSCULT_TRY(write_file_atomically(file_in(folder_, "decision_result", section), texts.decisions));
  }
  return {};
}

}  // namespace auscult::cli
