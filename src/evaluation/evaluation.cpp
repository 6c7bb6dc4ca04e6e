#include "evaluation/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_set>

#include "dataset/split.h"
#include "detect/metrics.h"
#include "model/controls.h"
#include "scoring/batch.h"

namespace auscult {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Every score of one recording, by name, in table order.
using NamedScores = std::vector<std::pair<std::string, double>>;

// The network with the longest window has the most detection power; it provides the single-network scores.
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
  for (std::size_t d = 0; d < model.detectors.size(); ++d)
    scores.emplace_back(model.detectors[d].config.name, clip.detectors[d].energy);
  const PooledEnergies& slow = clip.detectors[slow_detector(model)];
  const auto add_unless_named = [&](const char* name, double energy) {
    if (std::none_of(scores.begin(), scores.end(), [&](const auto& score) { return score.first == name; }))
      scores.emplace_back(name, energy);
  };
  add_unless_named("dagmm", slow.dagmm);
  add_unless_named("joint", slow.joint);
  scores.emplace_back("untrained", clip.untrained_score);
  const ControlEnergies& controls = clip.detectors[control_detector(model.preset)].controls;
  for (const NamedControl& control : kControls) scores.emplace_back(control.name, controls.*control.energy);
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

// Which abnormal clips a row covers.
enum class Covers { all_faults, one_fault };

void append_rows(const Clip& machine, const std::string& group, Covers covers, const Selection& normal,
                 const Selection& abnormal, double threshold, std::vector<EvaluationRow>& rows) {
  if (normal.empty() || abnormal.empty()) return;
  for (std::size_t s = 0; s < normal.front()->scores.size(); ++s) {
    const auto normals = column(normal, s), abnormals = column(abnormal, s);
    if (normals.empty() && abnormals.empty()) continue;  // a score that this model does not have
    EvaluationRow row = {.machine = machine.machine_id,
                         .group = group,
                         .score = normal.front()->scores[s].first,
                         .per_fault = covers == Covers::one_fault,
                         .auc = roc_auc(normals, abnormals),
                         .auc_sd = kNone,
                         .pauc = partial_auc(normals, abnormals),
                         .precision = kNone,
                         .recall = kNone,
                         .f1 = kNone,
                         .normals = normals.size(),
                         .abnormals = abnormals.size(),
                         .machine_type = machine.machine_type};
    if (row.score == "fused") {
      const Confusion confusion = confusion_at(normals, abnormals, threshold);
      row.precision = confusion.precision();
      row.recall = confusion.recall();
      row.f1 = confusion.f1();
    }
    rows.push_back(std::move(row));
  }
}

// A machine's rows: all its abnormal clips together, then each fault kind if more than one is known.
void append_machine(const std::vector<LabelledScores>& all, const std::string& key, double threshold,
                    std::vector<EvaluationRow>& rows) {
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
  append_rows(*any, any->group, Covers::all_faults, normal, abnormal, threshold, rows);
  for (const auto& [fault, clips] : faults)
    append_rows(*any, any->group.empty() ? fault : any->group + " " + fault, Covers::one_fault, normal, clips,
                threshold, rows);
}

FalseAlarmReport false_alarms(std::size_t flagged, std::size_t normals, double promised) {
  const Interval interval = binomial_interval(flagged, normals);
  return {.promised = promised,
          .measured = normals ? static_cast<double>(flagged) / static_cast<double>(normals) : 0.0,
          .low = interval.low,
          .high = interval.high,
          .flagged = flagged,
          .normals = normals};
}

struct Moments {
  double mean = 0.0, deviation = kNone;
};

Moments moments(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  Moments m;
  for (const double value : values) m.mean += value / n;
  if (values.size() < 2) return m;
  double squares = 0.0;
  for (const double value : values) squares += (value - m.mean) * (value - m.mean);
  m.deviation = std::sqrt(squares / (n - 1.0));
  return m;
}

const EvaluationRow* find_row(const Evaluation& evaluation, const EvaluationRow& like) {
  const auto found = std::find_if(evaluation.rows.begin(), evaluation.rows.end(), [&](const EvaluationRow& row) {
    return row.score == like.score && row.machine_type == like.machine_type && row.machine == like.machine &&
           row.group == like.group;
  });
  return found == evaluation.rows.end() ? nullptr : &*found;
}

// One row's means and spread; nothing if a training lacks it (a control that could not be fitted).
std::optional<EvaluationRow> combined_row(const EvaluationRow& row, const std::vector<Evaluation>& trainings) {
  std::vector<const EvaluationRow*> same;
  for (const Evaluation& training : trainings) {
    same.push_back(find_row(training, row));
    if (!same.back()) return std::nullopt;
  }
  const auto over = [&](double EvaluationRow::*field) {
    std::vector<double> values;
    for (const EvaluationRow* one : same) values.push_back(one->*field);
    return moments(values);
  };
  EvaluationRow combined = row;
  for (const auto field : {&EvaluationRow::pauc, &EvaluationRow::precision, &EvaluationRow::recall, &EvaluationRow::f1})
    combined.*field = over(field).mean;
  const Moments auc = over(&EvaluationRow::auc);
  combined.auc = auc.mean;
  combined.auc_sd = auc.deviation;
  combined.seeds = static_cast<int>(trainings.size());
  return combined;
}

// Spread of the means and the fused score's leads over trainings.
void compare_scores(const std::vector<Evaluation>& trainings, Evaluation& combined) {
  std::vector<std::map<std::string, MeanScore>> means;
  for (const Evaluation& training : trainings) means.push_back(mean_scores(training.rows));
  const double root = std::sqrt(static_cast<double>(trainings.size()));
  for (auto& [score, mean] : combined.mean) {
    std::vector<double> values, auc_leads, pauc_leads;
    for (auto& one : means) {
      values.push_back(one[score].auc);
      auc_leads.push_back(one["fused"].auc - one[score].auc);
      pauc_leads.push_back(one["fused"].pauc - one[score].pauc);
    }
    mean.auc_sd = moments(values).deviation;
    if (score == "fused" || !combined.mean.contains("fused")) continue;
    const Moments auc = moments(auc_leads), pauc = moments(pauc_leads);
    combined.leads[score] = {auc.mean, auc.deviation / root, pauc.mean, pauc.deviation / root};
  }
}

// Clips whose label is known and that did not train the model.
Result<std::vector<Clip>> usable_clips(const Model& model, const std::vector<Clip>& clips, Evaluation& evaluation) {
  std::unordered_set<std::string> trained(model.training.file_digests.begin(), model.training.file_digests.end());
  trained.insert(model.training.adapted_digests.begin(), model.training.adapted_digests.end());
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

std::map<std::string, MeanScore> mean_scores(const std::vector<EvaluationRow>& rows) {
  // If no machine is named (one machine, several fault folders), the mean is over fault kinds.
  const bool over_faults =
      std::none_of(rows.begin(), rows.end(), [](const EvaluationRow& r) { return !r.machine.empty(); }) &&
      std::any_of(rows.begin(), rows.end(), [](const EvaluationRow& r) { return r.per_fault; });
  std::map<std::string, MeanScore> mean;
  std::map<std::string, double> count;
  for (const EvaluationRow& row : rows) {
    if (!row.counts || row.per_fault != over_faults) continue;
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

Result<Evaluation> evaluate_model(const std::shared_ptr<const Model>& model, const std::vector<Clip>& clips, int jobs,
                                  const JobControl& control) {
  Evaluation evaluation;
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> usable, usable_clips(*model, clips, evaluation));
  std::vector<std::filesystem::path> files;
  for (const Clip& clip : usable) files.push_back(clip.path);

  std::vector<LabelledScores> all;
  std::size_t flagged = 0, normals = 0;
  BatchOptions options;
  options.jobs = jobs;
  options.score.controls = true;
  AUSCULT_TRY(score_files(
      model, files, options,
      [&](std::size_t i, const Result<ClipScore>& score) {
        if (!score) {
          evaluation.skipped.push_back({files[i], score.error()});
          return;
        }
        evaluation.sound.add(files[i].string(), score->sound, score->odd);
        all.push_back({&usable[i], named_scores(*model, *score)});
        evaluation.clips.push_back({usable[i], score->score, score->threshold});
        if (usable[i].label != Label::normal) return;
        ++normals;
        flagged += score->anomalous;
      },
      control));
  if (all.empty() && !evaluation.skipped.empty()) return tl::unexpected(evaluation.skipped.front().error);
  if (normals == 0 || normals == all.size())
    return fail(ErrorCode::not_enough_data,
                std::string("no ") + (normals == 0 ? "normal" : "abnormal") + " recording to evaluate" +
                    (evaluation.excluded ? " (" + std::to_string(evaluation.excluded) +
                                               " recordings trained the model and were left out)"
                                         : ""),
                {}, "give both kinds: a tree with normal/ and abnormal/, or --normal DIR --abnormal DIR");
  std::set<std::string> keys;
  for (const LabelledScores& item : all) keys.insert(item.clip->machine_key());
  for (const std::string& key : keys) append_machine(all, key, model->clip_threshold, evaluation.rows);
  if (evaluation.rows.empty())
    return fail(ErrorCode::not_enough_data,
                "no machine has both normal and abnormal recordings: the given ones belong to different machines", {},
                "give both kinds for one machine; --normal DIR --abnormal DIR treat folders as one machine's, "
                "regardless of their path");
  evaluation.mean = mean_scores(evaluation.rows);
  evaluation.challenge = challenge_report(evaluation.clips);
  evaluation.preset = model->preset.name;
  Evaluation single;
  single.rows = evaluation.rows;
  compare_scores({single}, evaluation);
  evaluation.false_alarms = false_alarms(flagged, normals, model->preset.calibration.clip_false_alarm_rate);
  return evaluation;
}

Evaluation combine_seeds(const std::vector<Evaluation>& trainings) {
  Evaluation combined = trainings.back();
  combined.rows.clear();
  for (const EvaluationRow& row : trainings.front().rows)
    if (auto all = combined_row(row, trainings)) combined.rows.push_back(std::move(*all));
  std::size_t flagged = 0, normals = 0;
  std::vector<std::optional<ChallengeReport>> challenges;
  for (const Evaluation& training : trainings) {
    challenges.push_back(training.challenge);
    flagged += training.false_alarms->flagged;
    normals += training.false_alarms->normals;
  }
  combined.challenge = mean_of_trainings(challenges);
  combined.mean = mean_scores(combined.rows);
  combined.false_alarms = false_alarms(flagged, normals, combined.false_alarms->promised);
  compare_scores(trainings, combined);
  return combined;
}

Evaluation combine_machines(const std::vector<Evaluation>& machines) {
  Evaluation combined;
  std::size_t flagged = 0, normals = 0;
  std::vector<std::optional<ChallengeReport>> challenges;
  for (const Evaluation& machine : machines) {
    challenges.push_back(machine.challenge);
    combined.rows.insert(combined.rows.end(), machine.rows.begin(), machine.rows.end());
    combined.clips.insert(combined.clips.end(), machine.clips.begin(), machine.clips.end());
    combined.skipped.insert(combined.skipped.end(), machine.skipped.begin(), machine.skipped.end());
    combined.excluded += machine.excluded;
    combined.preset = machine.preset;
    flagged += machine.false_alarms->flagged;
    normals += machine.false_alarms->normals;
  }
  combined.challenge = combine_sections(challenges);
  combined.mean = mean_scores(combined.rows);
  if (!machines.empty())
    combined.false_alarms = false_alarms(flagged, normals, machines.front().false_alarms->promised);
  return combined;
}

Evaluation combine_presets(const std::vector<Evaluation>& presets) {
  Evaluation combined = presets.front();
  if (presets.size() == 1) return combined;
  combined.rows.clear();
  combined.seconds = 0.0;
  for (const Evaluation& one : presets) {
    for (EvaluationRow row : one.rows) {
      row.preset = one.preset;
      combined.rows.push_back(std::move(row));
    }
    combined.presets.push_back({one.preset, one.mean, one.leads, one.false_alarms, one.seconds, one.challenge});
    combined.seconds += one.seconds;
  }
  return combined;
}

}  // namespace auscult
