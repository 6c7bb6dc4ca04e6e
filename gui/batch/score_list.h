// Scored recordings for the table and the workbench: order, decision and, with labels, how well the threshold separates
// them. No Dear ImGui, no libtorch. Thread rule: UI thread. Units: clip scores (u).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "dataset/index.h"
#include "detect/metrics.h"

namespace auscult::gui {

struct ScoredFile {
  std::filesystem::path path;
  Label label = Label::unknown;
  std::optional<double> score;  ///< nothing: not scored yet, or an error
  std::string error;            ///< why there is no score
};

enum class ScoreOrder { score, name };

/// Statistics at one threshold, from the labels.
struct Separation {
  std::size_t normals = 0, abnormals = 0;  ///< with a label and a score
  Confusion confusion;
};

/// Statistics over all thresholds, from the labels. Empty or NaN if a class is empty.
struct Ranking {
  std::vector<RocPoint> roc;
  double auc = 0.0, pauc = 0.0;
};

/// Counts of scores in equal bins from `low` to `high`, with the same edges for all classes.
struct ClassHistogram {
  double low = 0.0, high = 1.0;
  std::vector<double> normal, abnormal, unknown;  ///< counts
};

class ScoreList {
 public:
  /// Starts over with these recordings, none of them scored.
  void begin(const std::vector<Clip>& clips);
  void set_score(std::size_t index, double score);
  void set_error(std::size_t index, std::string error);

  const std::vector<ScoredFile>& files() const { return files_; }
  /// Changes with every score and error and with every new list: equal numbers mean equal lists.
  std::uint64_t revision() const { return revision_; }
  /// Changes only with the recordings themselves, so that the order by name stays while they are scored.
  std::uint64_t names_revision() const { return names_revision_; }
  std::size_t done() const { return done_; }
  /// The path without the folders that all files share.
  std::string name_of(const ScoredFile& file) const;
  bool has_labels() const;  ///< both classes occur

  /// Indices of the files in table order: highest score or name first; files without a score last.
  std::vector<std::size_t> order(ScoreOrder by) const;
  std::size_t flagged(double threshold) const;
  Separation separation(double threshold) const;
  Ranking ranking() const;
  /// Up to four times the threshold, or as far as normal recordings reach; the last bin holds everything beyond.
  ClassHistogram histogram(std::size_t bins, double threshold) const;
  /// file,label,score,threshold,decision,error; in table order.
  std::string csv(double threshold, ScoreOrder by) const;

 private:
  std::vector<ScoredFile> files_;
  std::vector<double> normal_, abnormal_;
  std::filesystem::path shared_;
  std::size_t done_ = 0;
  std::uint64_t revision_ = 0, names_revision_ = 0;  // 0: no recordings
};

/// Reads the output of csv() or `auscult score` (file,score... and optionally a label column; without one, names and
/// folders determine the label). Errors: bad_input naming the line, file_not_found.
Result<ScoreList> read_scores(const std::filesystem::path& csv);

}  // namespace auscult::gui
