#include "auscult/engine/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_set>

#include "auscult/dataset/split.h"
#include "auscult/detect/metrics.h"
#include "auscult/engine/batch_job.h"

namespace auscult {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Every score of one recording, by name, in the order in which tables show them.
using NamedScores = std::vector<std::pair<std::string, double>>;

// The network with the longest window carries most detection power; the single-network scores and controls are its.
std::size_t slow_detector(const Model& model) {
  std::size_t slow = 0;
  for (std::size_t d = 0; d < model.detectors.size(); ++d) {
    const Detector& detector = model.detectors[d];
    const bool longer = detector.config.window > model.detectors[slow].config.window;
    if (!detector.members.empty() && (longer || model.detectors[slow].members.empty())) slow = d;
  }
  return slow;
}

NamedScores named_scores(const Model& model, const ClipScore& clip) {
  NamedScores scores = {{"fused", clip.score}};
  for (std::size_t d = 0; d < model.detectors.size(); ++d) scores.emplace_back(model.detectors[d].config.name, clip.detectors[d].energy);
  const PooledEnergies& slow = clip.detectors[slow_detector(model)];
  scores.emplace_back("dagmm", slow.dagmm);
  scores.emplace_back("untrained", clip.untrained_score);
  scores.emplace_back("mahalanobis", slow.controls.mahalanobis);
  scores.emplace_back("template", slow.controls.template_distance);
  return scores;
}

struct LabelledScores {
  const Clip* clip;
  NamedScores scores;
};

using Selection = std::vector<const LabelledScores*>;

std::vector<double> column(const Selection& selection, std::size_t score) {
  std::vector<double> values;
  for (const LabelledScores* item : selection)
    if (!std::isnan(item->scores[score].second)) values.push_back(item->scores[score].second);
  return values;
}

void append_rows(const std::string& machine, const std::string& group, bool per_fault, const Selection& normal, const Selection& abnormal,
                 double threshold, std::vector<EvaluationRow>& rows) {
  if (normal.empty() || abnormal.empty()) return;
  for (std::size_t s = 0; s < normal.front()->scores.size(); ++s) {
    const auto normals = column(normal, s), abnormals = column(abnormal, s);
    EvaluationRow row{machine, group, normal.front()->scores[s].first, per_fault, roc_auc(normals, abnormals), kNone, partial_auc(normals, abnormals),
                      kNone, kNone, kNone, normals.size(), abnormals.size(), 1};
    if (row.score == "fused") {
      const Confusion confusion = confusion_at(normals, abnormals, threshold);
      row.precision = confusion.precision();
      row.recall = confusion.recall();
      row.f1 = confusion.f1();
    }
    rows.push_back(std::move(row));
  }
}

// A machine's rows: all its abnormal clips together, then each fault kind where more than one is known.
void append_machine(const std::vector<LabelledScores>& all, const std::string& key, double threshold, std::vector<EvaluationRow>& rows) {
  Selection normal, abnormal;
  std::map<std::string, Selection> faults;
  const Clip* any = nullptr;
  for (const LabelledScores& item : all) {
    if (item.clip->machine_key() != key) continue;
    any = item.clip;
    (item.clip->label == Label::normal ? normal : abnormal).push_back(&item);
    if (item.clip->label == Label::abnormal && !item.clip->fault.empty()) faults[item.clip->fault].push_back(&item);
  }
  if (!any) return;
  append_rows(any->machine_id, any->group, false, normal, abnormal, threshold, rows);
  for (const auto& [fault, clips] : faults)
    append_rows(any->machine_id, any->group.empty() ? fault : any->group + " " + fault, true, normal, clips, threshold, rows);
}

std::map<std::string, MeanScore> means(const std::vector<EvaluationRow>& rows) {
  // Where no machine is named (one machine, several fault folders), the fault kinds are what is averaged over.
  const bool over_faults = std::none_of(rows.begin(), rows.end(), [](const EvaluationRow& r) { return !r.machine.empty(); }) &&
                           std::any_of(rows.begin(), rows.end(), [](const EvaluationRow& r) { return r.per_fault; });
  std::map<std::string, MeanScore> mean;
  std::map<std::string, double> count;
  for (const EvaluationRow& row : rows) {
    if (row.per_fault != over_faults) continue;
    mean[row.score].auc += row.auc;
    mean[row.score].pauc += row.pauc;
    count[row.score] += 1.0;
  }
  for (auto& [score, value] : mean) {
    value.auc /= count[score];
    value.pauc /= count[score];
  }
  return mean;
}

FalseAlarmReport false_alarms(std::size_t flagged, std::size_t normals, double promised) {
  const Interval interval = wilson_interval(flagged, normals);
  return {promised, normals ? static_cast<double>(flagged) / static_cast<double>(normals) : 0.0, interval.low, interval.high, flagged, normals};
}

// Clips whose label is known and that did not train the model.
Result<std::vector<Clip>> usable_clips(const Model& model, const std::vector<Clip>& clips, Evaluation& evaluation) {
  const std::unordered_set<std::string> trained(model.training.file_digests.begin(), model.training.file_digests.end());
  std::vector<Clip> usable;
  for (const Clip& clip : clips) {
    if (clip.label == Label::unknown) continue;
    const auto digest = file_digest(clip.path);
    if (!digest) {
      evaluation.skipped.push_back({clip.path, digest.error()});
    } else if (trained.contains(*digest)) {
      ++evaluation.excluded;
    } else {
      usable.push_back(clip);
    }
  }
  return usable;
}

}  // namespace

Result<Evaluation> evaluate_model(const std::shared_ptr<const Model>& model, const std::vector<Clip>& clips, int jobs, const JobControl& control) {
  Evaluation evaluation;
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> usable, usable_clips(*model, clips, evaluation));
  std::vector<std::filesystem::path> files;
  for (const Clip& clip : usable) files.push_back(clip.path);

  std::vector<LabelledScores> all;
  std::size_t flagged = 0, normals = 0;
  BatchOptions options;
  options.jobs = jobs;
  options.score.controls = true;
  AUSCULT_TRY(score_files(model, files, options,
                          [&](std::size_t i, const Result<ClipScore>& score) {
                            if (!score) {
                              evaluation.skipped.push_back({files[i], score.error()});
                              return;
                            }
                            all.push_back({&usable[i], named_scores(*model, *score)});
                            evaluation.clips.push_back({usable[i], score->score, score->threshold});
                            if (usable[i].label != Label::normal) return;
                            ++normals;
                            flagged += score->anomalous;
                          },
                          control));
  if (all.empty() && !evaluation.skipped.empty()) return tl::unexpected(evaluation.skipped.front().error);
  if (normals == 0 || normals == all.size())
    return fail(ErrorCode::not_enough_data, std::string("there is no ") + (normals == 0 ? "normal" : "abnormal") + " recording to evaluate with" + (evaluation.excluded ? " (" + std::to_string(evaluation.excluded) + " recordings trained the model and were left out)" : ""), {},
                "give both kinds: a tree with normal/ and abnormal/, or --normal DIR --abnormal DIR");
  std::set<std::string> keys;
  for (const LabelledScores& item : all) keys.insert(item.clip->machine_key());
  for (const std::string& key : keys) append_machine(all, key, model->clip_threshold, evaluation.rows);
  if (evaluation.rows.empty())
    return fail(ErrorCode::not_enough_data, "no machine has both normal and abnormal recordings: those given belong to different machines", {},
                "give both kinds of one machine; --normal DIR --abnormal DIR take folders as one machine's, wherever they lie");
  evaluation.mean = means(evaluation.rows);
  evaluation.false_alarms = false_alarms(flagged, normals, model->preset.calibration.clip_false_alarm_rate);
  return evaluation;
}

Evaluation combine_seeds(const std::vector<Evaluation>& trainings) {
  Evaluation combined = trainings.back();
  const double n = static_cast<double>(trainings.size());
  for (std::size_t r = 0; r < combined.rows.size(); ++r) {
    EvaluationRow& row = combined.rows[r];
    const auto mean_of = [&](double EvaluationRow::*field) {
      double sum = 0.0;
      for (const Evaluation& training : trainings) sum += training.rows[r].*field;
      return sum / n;
    };
    row.auc = mean_of(&EvaluationRow::auc);
    row.pauc = mean_of(&EvaluationRow::pauc);
    row.precision = mean_of(&EvaluationRow::precision);
    row.recall = mean_of(&EvaluationRow::recall);
    row.f1 = mean_of(&EvaluationRow::f1);
    row.seeds = static_cast<int>(trainings.size());
    if (trainings.size() < 2) continue;
    double squares = 0.0;
    for (const Evaluation& training : trainings) squares += std::pow(training.rows[r].auc - row.auc, 2);
    row.auc_sd = std::sqrt(squares / (n - 1.0));
  }
  std::size_t flagged = 0, normals = 0;
  for (const Evaluation& training : trainings) {
    flagged += training.false_alarms->flagged;
    normals += training.false_alarms->normals;
  }
  combined.mean = means(combined.rows);
  combined.false_alarms = false_alarms(flagged, normals, combined.false_alarms->promised);
  return combined;
}

Evaluation combine_machines(const std::vector<Evaluation>& machines) {
  Evaluation combined;
  std::size_t flagged = 0, normals = 0;
  for (const Evaluation& machine : machines) {
    combined.rows.insert(combined.rows.end(), machine.rows.begin(), machine.rows.end());
    combined.clips.insert(combined.clips.end(), machine.clips.begin(), machine.clips.end());
    combined.skipped.insert(combined.skipped.end(), machine.skipped.begin(), machine.skipped.end());
    combined.excluded += machine.excluded;
    flagged += machine.false_alarms->flagged;
    normals += machine.false_alarms->normals;
  }
  combined.mean = means(combined.rows);
  if (!machines.empty()) combined.false_alarms = false_alarms(flagged, normals, machines.front().false_alarms->promised);
  return combined;
}

}  // namespace auscult
