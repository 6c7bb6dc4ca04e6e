// The files that the evaluator of the DCASE challenge (task 2) reads, in one folder:
//   anomaly_score_<machine>_section_<nn>_test.csv    file name, score
//   decision_result_<machine>_section_<nn>_test.csv  file name, 0 or 1
// without header, one pair per machine and section. Names of 2020 (id_<nn>) give anomaly_score_<machine>_id_<nn>.csv
// and decision_result_<machine>_id_<nn>.csv. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::cli {

/// Whether -o names such a folder: an existing one, or something new without an extension. Otherwise it names one file.
bool names_dcase_folder(const std::string& output);

class DcaseFolder {
 public:
  /// Creates the folder. Errors: bad_input for a recording whose name and folders do not give machine and section;
  /// write_failed.
  static Result<DcaseFolder> create(const std::filesystem::path& folder,
                                    const std::vector<std::filesystem::path>& recordings);
  /// Precondition: it was among the recordings.
  void add(const std::filesystem::path& recording, double score, bool anomalous);
  /// Writes the files, each completely or not at all, and replaces older ones. Errors: write_failed.
  Status finish() const;

 private:
  explicit DcaseFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  struct Texts {
    std::string scores, decisions;
  };
  std::filesystem::path folder_;
  std::map<std::string, Texts> sections_;  // by "<machine>_section_<nn>_test"
};

}  // namespace auscult::cli
