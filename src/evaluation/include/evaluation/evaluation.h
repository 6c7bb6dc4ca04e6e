// How well a model and its controls separate labeled recordings, and whether its false-alarm rate is as promised. One
// shape for `evaluate`, `benchmark` and the tables of auscult-bench. Thread rule: as score_files().
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "dataset/index.h"
#include "evaluation/challenge.h"
#include "model/model.h"
#include "scoring/sound_report.h"

namespace auscult {

/// One score on one group of recordings. NaN: does not apply.
struct EvaluationRow {
  std::string machine;     ///< "id_00"; empty when unknown
  std::string group;       ///< "6dB", or a fault kind
  std::string score;       ///< fused, dagmm, joint, a detector's name, untrained, template, mahalanobis, gmm, knn1
  bool per_fault = false;  ///< the group is one fault kind, not all of a machine's abnormal clips
  double auc = 0.0, auc_sd = 0.0, pauc = 0.0;
  double precision = 0.0, recall = 0.0, f1 = 0.0;  ///< at the model's clip threshold; only for fused
  std::size_t normals = 0, abnormals = 0;
  int seeds = 1;
  double f1_sd = std::numeric_limits<double>::quiet_NaN();  ///< over trainings, if the table is about F1
  std::string preset = {};                                  ///< of these rows, in a table of several presets
  std::string machine_type = {};                            ///< "pump"; empty when unknown
  bool counts = true;                                       ///< false: shown, but not part of the means
};

struct FalseAlarmReport {
  double promised = 0.0;  ///< share of normal clips
  double measured = 0.0;
  double low = 0.0, high = 0.0;  ///< 95 % interval of the measured share
  std::size_t flagged = 0, normals = 0;
};

struct MeanScore {
  double auc = 0.0, pauc = 0.0;
  double auc_sd = std::numeric_limits<double>::quiet_NaN();  ///< of the mean, over trainings
};

/// The mean difference between the fused score and another one, with the standard error of that paired difference over
/// trainings (NaN for one training). It does not cover variation over machines or recordings.
struct Lead {
  double auc = 0.0, auc_error = 0.0, pauc = 0.0, pauc_error = 0.0;
};

/// Summary of one preset in a table.
struct PresetSummary {
  std::string preset;
  std::map<std::string, MeanScore> mean;
  std::map<std::string, Lead> leads;
  std::optional<FalseAlarmReport> false_alarms;
  double seconds = std::numeric_limits<double>::quiet_NaN();
  std::optional<ChallengeReport> challenge;
};

/// One scored recording, for histograms.
struct ScoredClip {
  Clip clip;
  double score = 0.0, threshold = 0.0;
};

struct Evaluation {
  std::vector<EvaluationRow> rows;
  std::map<std::string, MeanScore>
      mean;  ///< by score: over machines, or over fault kinds if no machine is named; of the first of several presets
  std::map<std::string, Lead> leads;  ///< by score, of fused over it; empty before seeds are combined
  std::optional<FalseAlarmReport> false_alarms;
  std::string preset;                                         ///< empty when unknown
  double seconds = std::numeric_limits<double>::quiet_NaN();  ///< wall time of all trainings and scorings
  std::optional<ChallengeReport> challenge;                   ///< if clips have a domain; of fused, of the first preset
  std::vector<PresetSummary> presets;                         ///< in a table of several
  std::vector<ScoredClip> clips;                              ///< of the last seed
  std::vector<SkippedFile> skipped;                           ///< could not be scored
  SoundReport sound;                                          ///< what is odd about the recordings
  std::size_t excluded = 0;                                   ///< recordings that the model was trained on
};

/// Scores labeled clips with the model and its controls. Training recordings of the model are left out and counted.
/// Errors: not_enough_data (a class is empty), canceled; the first file's error if no file can be scored.
Result<Evaluation> evaluate_model(const std::shared_ptr<const Model>& model, const std::vector<Clip>& clips, int jobs,
                                  const JobControl& control = {});

/// The means over the rows that count.
std::map<std::string, MeanScore> mean_scores(const std::vector<EvaluationRow>& rows);

/// Combines the rows of several trainings: auc and pauc become means, auc_sd the standard deviation over trainings, and
/// fused is compared with every other score, training by training.
Evaluation combine_seeds(const std::vector<Evaluation>& trainings);
/// Combines machines of one run in one table.
Evaluation combine_machines(const std::vector<Evaluation>& machines);
/// Combines presets evaluated on the same recordings in one table. A single one is returned unchanged.
Evaluation combine_presets(const std::vector<Evaluation>& presets);

/// {"rows": [...], "mean": {...}, "false_alarms": {...}}; keys that do not apply are left out.
std::string to_json(const Evaluation& evaluation);
/// For people: one line per machine and group, one column per score (AUC / pAUC), the means with the fused score's lead
/// over each other score, false alarms and wall time. Kinds of fault are averaged over machines if there are several.
std::string to_table(const Evaluation& evaluation);
/// A complete page with the table and a histogram of both classes.
std::string to_html(const Evaluation& evaluation, const std::string& title);

}  // namespace auscult
