#include "training/train_job.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "dataset/split.h"
#include "scoring/clip_score.h"
#include "scoring/input_adapter.h"
#include "scoring/scorer.h"
#include "model/controls.h"
#include "training_material.h"

namespace auscult {
namespace {

// A machine that is this much quieter than its quietest second in training is off.
constexpr double kOffMarginDb = 10.0;
constexpr double kHighestThreshold = 1e6;  // what a model file may hold
constexpr int kHistogramBins = 40;

LevelRange level_range(TrainingFeatures& features) {
  auto& levels = features.frame_levels;
  std::sort(levels.begin(), levels.end());
  const auto at = [&](double q) { return levels[static_cast<std::size_t>(q * static_cast<double>(levels.size() - 1))]; };
  const double quietest = features.quietest_second < 1e8 ? features.quietest_second : levels.front();
  return {at(0.01), at(0.99), static_cast<float>(quietest - kOffMarginDb)};
}

// Runs the held-out segments through the Scorer, each as a clip of its own.
class HeldOutScoring {
 public:
  HeldOutScoring(const TrainRequest& request, const TrainingMaterial& material, const std::vector<std::shared_ptr<Model>>& fold_models, const JobControl& control)
      : request_(request), material_(material), fold_models_(fold_models), control_(control) {}

  /// on_hop for every hop, on_clip after every segment that gave an energy; with `controls`, also the untrained networks'.
  Status run(const char* stage, bool controls, const HopSink& on_hop, const std::function<void(const ClipScore&)>& on_clip) const {
    std::uint64_t done = 0;
    const auto total = static_cast<std::uint64_t>(material_.held_out_segments());
    for (const Segment& segment : material_.segments) {
      if (segment.fold < 0) continue;
      const std::shared_ptr<const Model> model = fold_models_[static_cast<std::size_t>(segment.fold)];
      Scorer scorer(model, {ScorerMode::batch, controls});
      ClipAccumulator accumulator(*model);
      const HopSink sink = [&](const Hop& hop) {
        accumulator.add(hop);
        on_hop(hop);
      };
      InputAdapter adapter({request_.preset.frontend.sample_rate, segment.channel, segment.scale});
      AUSCULT_TRY(score_through(scorer, {segment.path, segment.first_frame, segment.frames}, adapter, sink, control_.cancel));
      if (accumulator.any()) on_clip(accumulator.result());
      control_.report({stage, ++done, total, "clips", std::nan("")});
    }
    return {};
  }

 private:
  const TrainRequest& request_;
  const TrainingMaterial& material_;
  const std::vector<std::shared_ptr<Model>>& fold_models_;
  const JobControl& control_;
};

// Energies of held-out windows and clips become each detector's calibrations, of the final model and of every fold's.
Status calibrate_detectors(const HeldOutScoring& held_out, const std::shared_ptr<Model>& model, const std::vector<std::shared_ptr<Model>>& fold_models) {
  struct Collected {
    std::vector<double> windows, clips, untrained_clips;
  };
  std::vector<Collected> collected(model->detectors.size());
  AUSCULT_TRY(held_out.run("calibrating", /*controls=*/true,
                           [&](const Hop& hop) {
                             for (const StepEnergy& step : hop.fresh) collected[static_cast<std::size_t>(step.detector)].windows.push_back(step.energy);
                           },
                           [&](const ClipScore& clip) {
                             for (std::size_t d = 0; d < collected.size(); ++d) {
                               if (clip.detectors[d].steps == 0) continue;
                               collected[d].clips.push_back(clip.detectors[d].energy);
                               collected[d].untrained_clips.push_back(clip.detectors[d].untrained);
                             }
                           }));
  for (std::size_t d = 0; d < collected.size(); ++d) {
    Detector& detector = model->detectors[d];
    AUSCULT_TRY_ASSIGN(detector.window_calibration, EnergyCalibration::fit(collected[d].windows));
    AUSCULT_TRY_ASSIGN(detector.clip_calibration, EnergyCalibration::fit(collected[d].clips));
    AUSCULT_TRY_ASSIGN(detector.untrained_clip_calibration, EnergyCalibration::fit(collected[d].untrained_clips));
    for (const auto& fold : fold_models) {
      fold->detectors[d].window_calibration = detector.window_calibration;
      fold->detectors[d].clip_calibration = detector.clip_calibration;
      fold->detectors[d].untrained_clip_calibration = detector.untrained_clip_calibration;
    }
  }
  return {};
}

// The live fused scores of held-out clips, and what events they would have made.
class HeldOutEvents {
 public:
  explicit HeldOutEvents(const EventPolicy& policy) : policy_(policy), peak_(policy) {}
  void add(const Hop& hop) {
    const bool judged = hop.running && hop.leading_detector >= 0;
    peak_.push(hop.fused, judged);
    hops_.push_back({hop.time_s, hop.fused, judged});
  }
  void end_clip() {
    if (std::isfinite(peak_.value())) {
      peaks_.push_back(peak_.value());
      clips_.push_back(std::move(hops_));
    }
    hops_ = {};
    peak_.reset();
  }
  /// All judged scores in bins from 0 to `top`.
  HeldOutScores histogram(double top) const {
    HeldOutScores scores;
    scores.bin_width = std::max(top, 1e-3) / kHistogramBins;
    scores.histogram.assign(kHistogramBins, 0);
    for (const std::vector<Scored>& clip : clips_)
      for (const Scored& hop : clip) {
        if (!hop.judged || !std::isfinite(hop.fused)) continue;
        const double bin = std::clamp(hop.fused / scores.bin_width, 0.0, kHistogramBins - 1.0);
        ++scores.histogram[static_cast<std::size_t>(bin)];
      }
    scores.clip_peaks = peaks_;
    std::sort(scores.clip_peaks.begin(), scores.clip_peaks.end());
    return scores;
  }
  /// Of each clip that could have raised an event: the highest threshold at which it would have.
  const std::vector<double>& peaks() const { return peaks_; }
  /// Events of a clip that has any, at a threshold that the most unusual eighth of the clips exceeds: what is unusual in
  /// normal sound may return after a cool-down.
  double events_a_clip() const {
    std::vector<double> sorted = peaks_;
    std::sort(sorted.begin(), sorted.end());
    EventPolicy policy = policy_;
    policy.threshold = sorted[sorted.size() - 1 - std::max<std::size_t>(1, sorted.size() / 8)];
    double events = 0.0, clips = 0.0;
    for (const std::vector<Scored>& clip : clips_) {
      EventDetector detector(policy);
      double count = 0.0;
      for (const Scored& hop : clip) {
        const auto transition = detector.push(hop.time_s, hop.fused, 0, hop.judged);
        if (transition && transition->edge == EventEdge::began) count += 1.0;
      }
      events += count;
      clips += count > 0.0 ? 1.0 : 0.0;
    }
    return clips > 0.0 ? events / clips : 1.0;
  }

 private:
  struct Scored {
    double time_s, fused;
    bool judged;
  };
  EventPolicy policy_;
  ConfirmedPeak peak_;
  std::vector<double> peaks_;
  std::vector<std::vector<Scored>> clips_;
  std::vector<Scored> hops_;
};

// The finest rate of false alarms that the held-out time supports, and coarser ones to choose from.
std::vector<double> offered_rates(double finest) {
  std::vector<double> rates = {finest};
  for (const double rate : {0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 6.0, 10.0, 20.0, 30.0, 60.0, 120.0})
    if (rate > 1.2 * finest) rates.push_back(rate);
  return rates;
}

// The two thresholds, from the rates of false alarms that the preset asks for. Events are asked of whole held-out clips, not
// of hops or seconds: what is above a threshold there is above it in runs, and one run is one event
// (docs/decisions/live-threshold.md).
Result<HeldOutScores> calibrate_thresholds(const HeldOutScoring& held_out, const TrainingMaterial& material, const std::shared_ptr<Model>& model) {
  HeldOutEvents events(model->preset.policy);
  std::vector<double> clip_scores;
  AUSCULT_TRY(held_out.run("setting thresholds", /*controls=*/false, [&](const Hop& hop) { events.add(hop); },
                           [&](const ClipScore& clip) {
                             events.end_clip();
                             clip_scores.push_back(clip.score);
                           }));
  const CalibrationConfig& rates = model->preset.calibration;
  const double hours_a_clip = material.held_out_seconds() / 3600.0 / static_cast<double>(material.held_out_segments());
  // Clips too short for a confirmation (k of n hops) can raise no event; their scores are the next best thing.
  const bool long_enough = events.peaks().size() >= 4;
  const double hours_an_event = hours_a_clip / (long_enough ? events.events_a_clip() : 1.0);
  if (long_enough) {
    AUSCULT_TRY_ASSIGN(model->false_alarms, FalseAlarmCurve::make(events.peaks(), hours_an_event));
  }
  const auto threshold_for = [&](double per_hour) -> Result<double> {
    if (long_enough) return model->false_alarms.threshold_for(per_hour);
    return predictive_threshold(clip_scores, -std::expm1(-per_hour * hours_an_event), Tail::power);
  };
  AUSCULT_TRY_ASSIGN(const double live, threshold_for(rates.false_alarms_per_hour));
  AUSCULT_TRY_ASSIGN(const double clip, predictive_threshold(clip_scores, rates.clip_false_alarm_rate));
  model->live_threshold = std::clamp(live, 0.0, kHighestThreshold);
  model->clip_threshold = std::clamp(clip, 0.0, kHighestThreshold);
  model->preset.policy.threshold = model->live_threshold;

  HeldOutScores scores = events.histogram(1.2 * std::max(model->live_threshold, events.peaks().empty() ? 0.0 : *std::max_element(events.peaks().begin(), events.peaks().end())));
  scores.finest_rate = 3600.0 / std::max(1.0, material.held_out_seconds());
  for (const double per_hour : offered_rates(scores.finest_rate)) {
    if (!long_enough) break;
    AUSCULT_TRY_ASSIGN(const double threshold, threshold_for(per_hour));
    scores.rates.push_back({per_hour, std::clamp(threshold, 0.0, kHighestThreshold)});
  }
  return scores;
}

TrainingInfo describe(const TrainRequest& request, const TrainingMaterial& material) {
  TrainingInfo info;
  info.machine = request.machine;
  info.clips = static_cast<std::int64_t>(material.segments.size());
  info.held_out_clips = material.held_out_segments();
  info.held_out_seconds = material.held_out_seconds();
  info.seconds = material.seconds();
  info.source_rate = request.live.sample_rate > 0 ? request.live.sample_rate : material.source_rate;
  info.source_channels = request.live.channels > 0 ? request.live.channels : material.source_channels;
  info.device = request.device;
  info.seed = request.seed;
  info.file_digests = material.digests;
  info.added_digests = material.added_digests;
  std::string all;
  for (const std::string& digest : material.digests) all += digest + "\n";
  info.digest = text_digest(all);
  info.tool_version = AUSCULT_VERSION;
  return info;
}

// One progress out of several detectors' that train side by side.
class SharedProgress {
 public:
  /// Training i is of detector i % detectors.
  SharedProgress(std::size_t trainings, const TrainRequest& request, const JobControl& control)
      : request_(request), detectors_(request.preset.detectors.size()), latest_(trainings), control_(control) {}
  JobControl for_training(std::size_t d) {
    return {[this, d](const Progress& progress) { update(d, progress); }, control_.cancel};
  }

 private:
  void update(std::size_t d, const Progress& progress) {
    std::lock_guard lock(mutex_);
    latest_[d] = progress;
    if (request_.on_loss && std::isfinite(progress.loss))
      request_.on_loss({request_.preset.detectors[d % detectors_].name, static_cast<int>(d / detectors_), progress.done, progress.loss});
    Progress sum{"training", 0, 0, "steps", progress.loss};
    for (std::size_t i = 0; i < latest_.size(); ++i) {
      sum.done += latest_[i].done;
      sum.total += expected_total(i);
    }
    control_.report(sum);
  }
  // A training that has not begun will take what its detector's others took.
  std::uint64_t expected_total(std::size_t i) const {
    std::uint64_t total = latest_[i].total;
    for (std::size_t other = i % detectors_; total == 0 && other < latest_.size(); other += detectors_) total = latest_[other].total;
    return total;
  }
  std::mutex mutex_;
  const TrainRequest& request_;
  std::size_t detectors_;
  std::vector<Progress> latest_;
  const JobControl& control_;
};

// The rows of the segments on which the model of `fold` trains.
FeatureMatrix rows_for(const FeatureMatrix& all, const TrainingMaterial& material, int fold) {
  FeatureMatrix rows{all.width, {}, {}};
  for (std::size_t i = 0; i < all.groups.size(); ++i) {
    if (!material.trains(fold, material.segments[static_cast<std::size_t>(all.groups[i])])) continue;
    const auto begin = all.values.begin() + static_cast<std::ptrdiff_t>(i) * all.width;
    rows.values.insert(rows.values.end(), begin, begin + all.width);
    rows.groups.push_back(all.groups[i]);
  }
  return rows;
}

// Trains every detector of every model (the folds' in order, then the final one), `request.threads` at a time.
Status train_models(const TrainRequest& request, const TrainingMaterial& material, const TrainingFeatures& features, const JobControl& control,
                    const std::vector<std::shared_ptr<Model>>& models, std::vector<TrainingReport>& reports) {
  const auto& configs = request.preset.detectors;
  const std::size_t count = models.size() * configs.size();
  std::vector<Result<Detector>> trained(count, fail(ErrorCode::internal, "not trained"));
  reports.resize(configs.size());
  SharedProgress progress(count, request, control);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      const std::size_t d = i % configs.size();
      // Without cross-fitting there is one model only, and its number makes no difference.
      const int fold = models.size() == 1 ? material.folds : static_cast<int>(i / configs.size());
      TrainingReport* report = i / configs.size() + 1 == models.size() ? &reports[d] : nullptr;
      try {
        const FeatureMatrix rows = rows_for(features.rows[d], material, fold);
        trained[i] = train_detector(configs[d], rows, request.seed, progress.for_training(i), report);
        // A control that cannot be fitted is left out of tables; the model is none the worse for it.
        if (trained[i] && report && d == control_detector(request.preset)) static_cast<void>(fit_controls(*trained[i], rows, request.seed));
      } catch (const std::exception& failure) {
        trained[i] = fail(ErrorCode::internal, std::string("training failed: ") + failure.what(), {}, "please report this with the command line");
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < request.threads; ++i) helpers.emplace_back(work);
    work();
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!trained[i]) return tl::unexpected(trained[i].error());
    models[i / configs.size()]->detectors.push_back(std::move(*trained[i]));
  }
  return {};
}

}  // namespace

Result<TrainOutcome> train_model(const TrainRequest& request, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(TrainingMaterial material, collect_material(request, control));
  AUSCULT_TRY_ASSIGN(TrainingFeatures features, extract_features(request, material, control));
  if (features.frame_levels.empty())
    return fail(ErrorCode::too_short, "the recordings are too short for one frame of " + std::to_string(request.preset.frontend.n_fft) + " samples", {}, "use longer recordings");

  TrainOutcome outcome;
  auto model = std::make_shared<Model>();
  model->purpose = request.purpose;
  model->preset = request.preset;
  model->level = level_range(features);
  model->training = describe(request, material);
  // One model a fold for calibration, then the one that is kept; without cross-fitting that one serves for both.
  std::vector<std::shared_ptr<Model>> fold_models;
  for (int fold = 0; material.folds > 1 && fold < material.folds; ++fold) fold_models.push_back(std::make_shared<Model>(*model));
  std::vector<std::shared_ptr<Model>> models = fold_models;
  models.push_back(model);
  AUSCULT_TRY(train_models(request, material, features, control, models, outcome.reports));
  if (fold_models.empty()) fold_models.push_back(model);
  const HeldOutScoring held_out(request, material, fold_models, control);
  AUSCULT_TRY(calibrate_detectors(held_out, model, fold_models));
  AUSCULT_TRY_ASSIGN(outcome.held_out, calibrate_thresholds(held_out, material, model));
  if (request.live.channel) model->preset.channel = *request.live.channel;  // the files had one; live there are more
  outcome.model = std::move(model);
  outcome.skipped = std::move(material.skipped);
  return outcome;
}

Result<TrainedModel> train_for_benchmark(const TrainingTask& task, const JobControl& control) {
  TrainRequest request;
  request.clips = task.clips;
  request.preset = task.preset;
  request.seed = task.seed;
  request.threads = task.threads;
  request.machine = task.machine;
  AUSCULT_TRY_ASSIGN(TrainOutcome outcome, train_model(request, control));
  return TrainedModel{std::move(outcome.model), std::move(outcome.skipped)};
}

}  // namespace auscult
