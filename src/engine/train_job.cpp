#include "auscult/engine/train_job.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

#include "auscult/dataset/split.h"
#include "auscult/engine/clip_score.h"
#include "auscult/engine/input_adapter.h"
#include "auscult/engine/scorer.h"
#include "training_material.h"

namespace auscult {
namespace {

// A machine that is this much quieter than its quietest second in training is off.
constexpr double kOffMarginDb = 10.0;

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
  HeldOutScoring(const TrainRequest& request, const TrainingMaterial& material, const JobControl& control)
      : request_(request), material_(material), control_(control) {}

  /// on_hop for every hop, on_clip after every segment that gave an energy.
  Status run(const std::shared_ptr<const Model>& model, const char* stage, const HopSink& on_hop, const std::function<void(const ClipScore&)>& on_clip) const {
    std::uint64_t done = 0;
    for (const Segment& segment : material_.held_out) {
      Scorer scorer(model, {ScorerMode::batch, /*controls=*/true});
      ClipAccumulator accumulator(*model);
      const HopSink sink = [&](const Hop& hop) {
        accumulator.add(hop);
        on_hop(hop);
      };
      InputAdapter adapter({request_.preset.frontend.sample_rate, request_.preset.channel, request_.scale});
      const AdapterSink to_scorer{[&](std::span<const float> samples) { scorer.push(samples, sink); }, [&](std::int64_t lost) { scorer.gap(lost, sink); }};
      AUSCULT_TRY(read_through_adapter(request_.clips[segment.clip].path, segment.first_frame, segment.frames, adapter, to_scorer, control_.cancel));
      scorer.finish(sink);
      if (accumulator.any()) on_clip(accumulator.result());
      control_.report({stage, ++done, material_.held_out.size(), "clips", std::nan("")});
    }
    return {};
  }

 private:
  const TrainRequest& request_;
  const TrainingMaterial& material_;
  const JobControl& control_;
};

// Energies of held-out windows and clips become each detector's calibrations.
Status calibrate_detectors(const HeldOutScoring& held_out, const std::shared_ptr<Model>& model) {
  struct Collected {
    std::vector<double> windows, clips, untrained_clips;
  };
  std::vector<Collected> collected(model->detectors.size());
  AUSCULT_TRY(held_out.run(model, "calibrating",
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
  }
  return {};
}

// Largest fused score of each second: neighbouring hops share most of their sound, seconds hardly any, so that a rate an
// hour can be asked of them.
class SecondMaxima {
 public:
  void add(const Hop& hop) {
    if (hop.leading_detector < 0) return;
    const auto second = static_cast<std::int64_t>(hop.time_s);
    if (second != second_) end_second();
    second_ = second;
    largest_ = std::max(largest_, hop.fused);
  }
  void end_second() {
    if (largest_ >= 0.0) maxima_.push_back(largest_);
    largest_ = -1.0;
  }
  const std::vector<double>& maxima() const { return maxima_; }

 private:
  std::int64_t second_ = -1;
  double largest_ = -1.0;
  std::vector<double> maxima_;
};

// The two thresholds, from the rates of false alarms that the preset asks for.
Status calibrate_thresholds(const HeldOutScoring& held_out, const std::shared_ptr<Model>& model) {
  SecondMaxima seconds;
  std::vector<double> clip_scores;
  AUSCULT_TRY(held_out.run(model, "setting thresholds", [&](const Hop& hop) { seconds.add(hop); },
                           [&](const ClipScore& clip) {
                             seconds.end_second();
                             clip_scores.push_back(clip.score);
                           }));
  const CalibrationConfig& rates = model->preset.calibration;
  AUSCULT_TRY_ASSIGN(const EnergyCalibration live, EnergyCalibration::fit(seconds.maxima()));
  AUSCULT_TRY_ASSIGN(const EnergyCalibration clip, EnergyCalibration::fit(clip_scores));
  model->live_threshold = live.energy_at(-std::log10(rates.false_alarms_per_hour / 3600.0));
  model->clip_threshold = clip.energy_at(-std::log10(rates.clip_false_alarm_rate));
  model->preset.policy.threshold = model->live_threshold;
  return {};
}

TrainingInfo describe(const TrainRequest& request, const TrainingMaterial& material) {
  TrainingInfo info;
  info.machine = request.machine;
  info.clips = static_cast<std::int64_t>(material.train.size() + material.held_out.size());
  info.held_out_clips = static_cast<std::int64_t>(material.held_out.size());
  info.held_out_seconds = material.held_out_seconds();
  info.seconds = material.train_seconds() + info.held_out_seconds;
  info.source_rate = material.source_rate;
  info.source_channels = material.source_channels;
  info.device = request.device;
  info.seed = request.seed;
  info.file_digests = material.digests;
  std::string all;
  for (const std::string& digest : material.digests) all += digest + "\n";
  info.digest = text_digest(all);
  info.tool_version = AUSCULT_VERSION;
  return info;
}

// One progress out of several detectors' that train side by side.
class SharedProgress {
 public:
  SharedProgress(std::size_t detectors, const JobControl& control) : latest_(detectors), control_(control) {}
  JobControl for_detector(std::size_t d) {
    return {[this, d](const Progress& progress) { update(d, progress); }, control_.cancel};
  }

 private:
  void update(std::size_t d, const Progress& progress) {
    std::lock_guard lock(mutex_);
    latest_[d] = progress;
    Progress sum{"training", 0, 0, "steps", progress.loss};
    for (const Progress& one : latest_) {
      sum.done += one.done;
      sum.total += one.total;
    }
    control_.report(sum);
  }
  std::mutex mutex_;
  std::vector<Progress> latest_;
  const JobControl& control_;
};

// Every detector, `request.threads` at a time. Frees the features.
Status train_detectors(const TrainRequest& request, TrainingFeatures& features, const JobControl& control, Model& model, std::vector<TrainingReport>& reports) {
  const auto& configs = request.preset.detectors;
  std::vector<Result<Detector>> trained(configs.size(), fail(ErrorCode::internal, "not trained"));
  reports.resize(configs.size());
  SharedProgress progress(configs.size(), control);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t d = next++; d < configs.size(); d = next++) {
      try {
        trained[d] = train_detector(configs[d], features.rows[d], request.seed, progress.for_detector(d), &reports[d]);
      } catch (const std::exception& failure) {
        trained[d] = fail(ErrorCode::internal, std::string("training failed: ") + failure.what(), {}, "please report this with the command line");
      }
      features.rows[d] = {};
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < request.threads; ++i) helpers.emplace_back(work);
    work();
  }
  for (auto& detector : trained) {
    if (!detector) return tl::unexpected(detector.error());
    model.detectors.push_back(std::move(*detector));
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
  AUSCULT_TRY(train_detectors(request, features, control, *model, outcome.reports));
  const HeldOutScoring held_out(request, material, control);
  AUSCULT_TRY(calibrate_detectors(held_out, model));
  AUSCULT_TRY(calibrate_thresholds(held_out, model));
  outcome.model = std::move(model);
  outcome.skipped = std::move(material.skipped);
  return outcome;
}

}  // namespace auscult
