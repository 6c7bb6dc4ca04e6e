// The figures of the DCASE challenge, task 2 (2022 to 2026), so that a result can be put beside the challenge's tables:
// for each section, AUC source (normal clips of the source domain against all abnormal clips of the section), AUC
// target (the same for the target domain) and pAUC (false-positive rate up to 0.1, McClish-standardized, all clips of
// the section), and their harmonic mean. Only test clips count. Thread rule: free functions, no state.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace auscult {

struct ScoredClip;

/// NaN: a class or a domain is missing.
struct ChallengeRow {
  std::string machine_type;  ///< "fan"; empty when unknown
  std::string machine;       ///< "section_00"
  double auc_source = std::numeric_limits<double>::quiet_NaN();
  double auc_target = std::numeric_limits<double>::quiet_NaN();
  double pauc = std::numeric_limits<double>::quiet_NaN();
  double harmonic_mean = std::numeric_limits<double>::quiet_NaN();  ///< of the three
  std::size_t source_normals = 0, target_normals = 0, abnormals = 0;
};

struct ChallengeReport {
  std::vector<ChallengeRow> rows;
  /// Harmonic means over the rows; its own harmonic mean, over all their figures, is the challenge's official score.
  ChallengeRow all;
};

/// Nothing if no section has labeled clips of both kinds of which some have a domain.
std::optional<ChallengeReport> challenge_report(const std::vector<ScoredClip>& clips);

/// The sections of several reports in one.
std::optional<ChallengeReport> combine_sections(const std::vector<std::optional<ChallengeReport>>& reports);
/// Means over trainings with the same sections; nothing if the sections differ.
std::optional<ChallengeReport> mean_of_trainings(const std::vector<std::optional<ChallengeReport>>& trainings);

/// An area below machine epsilon counts as machine epsilon, as in the challenge's evaluator. NaN if a value is NaN or
/// there are none.
double harmonic_mean(const std::vector<double>& values);

}  // namespace auscult
