#include "held_out.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <optional>

#include "base/worker.h"
#include "detect/event_detector.h"
#include "scoring/clip_score.h"
#include "scoring/scorer.h"

namespace auscult {
namespace {

constexpr double kHighestThreshold = 1e6;  // limit of a model file
constexpr int kHistogramBins = 40;

enum class Controls { left_out, included };

// A hop with its own copy of what the scorer lends.
struct KeptHop {
  Hop hop;
  std::vector<StepEnergy> fresh;
};

struct ScoredSegment {
  std::vector<KeptHop> hops;
  std::optional<ClipScore> clip;  // none without an energy
};

// Scores the held-out sound that was kept while reading the files, each segment as one clip, on several threads.
class HeldOutScoring {
 public:
  HeldOutScoring(const TrainingMaterial& material, const TrainingFeatures& features,
                 const std::vector<std::shared_ptr<Model>>& fold_models, int threads, const JobControl& control)
      : features_(features), fold_models_(fold_models), threads_(std::max(1, threads)), control_(control) {
    for (std::size_t i = 0; i < material.segments.size(); ++i)
      if (material.segments[i].held_out())
        segments_.push_back({i, static_cast<std::size_t>(*material.segments[i].fold)});
  }

  /// Calls on_hop for every hop and on_clip after every segment that gave an energy, on the calling thread and in the
  /// order of the segments; with controls, also computes the untrained networks' energies.
  Status run(const char* stage, Controls controls, const HopSink& on_hop,
             const std::function<void(const ClipScore&)>& on_clip) const {
    // Not all at once: the hops of an hour take 50 MB.
    const std::size_t at_once = static_cast<std::size_t>(threads_) * kSegmentsPerThread;
    for (std::size_t begin = 0; begin < segments_.size(); begin += at_once) {
      if (control_.cancelled()) return fail(ErrorCode::cancelled, "interrupted");
      std::vector<ScoredSegment> scored(std::min(at_once, segments_.size() - begin));
      std::atomic<std::size_t> next{0};
      run_side_by_side("calibrate", threads_, [&] {
        for (std::size_t i = next++; i < scored.size(); i = next++) scored[i] = score(segments_[begin + i], controls);
      });
      for (ScoredSegment& segment : scored) {
        for (KeptHop& kept : segment.hops) {
          kept.hop.fresh = kept.fresh;
          on_hop(kept.hop);
        }
        if (segment.clip) on_clip(*segment.clip);
      }
      control_.report({.stage = stage, .done = begin + scored.size(), .total = segments_.size(), .unit = "clips"});
    }
    return {};
  }

 private:
  struct HeldOutSegment {
    std::size_t number, fold;
  };
  static constexpr std::size_t kSegmentsPerThread = 8;

  ScoredSegment score(const HeldOutSegment& segment, Controls controls) const {
    const std::shared_ptr<const Model> model = fold_models_[segment.fold];
    ClipAccumulator accumulator(*model);
    FeatureWindows windows(model->preset.frontend, model->preset.detectors, model->level.off_dbfs);
    EnergyStage energies(model, {.mode = ScorerMode::batch, .controls = controls == Controls::included});
    ScoredSegment scored;
    features_.held_out[segment.number].replay(windows, energies, [&](const Hop& hop) {
      accumulator.add(hop);
      scored.hops.push_back({hop, {hop.fresh.begin(), hop.fresh.end()}});
    });
    if (accumulator.any()) scored.clip = accumulator.result();
    return scored;
  }

  const TrainingFeatures& features_;
  const std::vector<std::shared_ptr<Model>>& fold_models_;
  int threads_;
  const JobControl& control_;
  std::vector<HeldOutSegment> segments_;
};

// Fits each detector's calibrations, of the final model and of every fold's, to energies of held-out windows and clips.
Status calibrate_detectors(const HeldOutScoring& held_out, const std::shared_ptr<Model>& model,
                           const std::vector<std::shared_ptr<Model>>& fold_models) {
  struct Collected {
    std::vector<double> windows, clips, untrained_clips;
  };
  std::vector<Collected> collected(model->detectors.size());
  AUSCULT_TRY(held_out.run(
      stage::kCalibrating, Controls::included,
      [&](const Hop& hop) {
        for (const StepEnergy& step : hop.fresh)
          collected[static_cast<std::size_t>(step.detector)].windows.push_back(step.energy);
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

// The live fused scores of held-out clips, and the events that they would have caused.
class HeldOutEvents {
 public:
  explicit HeldOutEvents(const EventPolicy& policy) : policy_(policy), peak_(policy) {}
  void add(const Hop& hop) {
    hops_.push_back({.time_s = hop.time_s, .fused = hop.fused, .judged = hop.judged()});
    peak_.push(hops_.back());
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
    for (const std::vector<ScoredHop>& clip : clips_)
      for (const ScoredHop& hop : clip) {
        if (!hop.judged || !std::isfinite(hop.fused)) continue;
        const double bin = std::clamp(hop.fused / scores.bin_width, 0.0, kHistogramBins - 1.0);
        ++scores.histogram[static_cast<std::size_t>(bin)];
      }
    scores.clip_peaks = peaks_;
    std::sort(scores.clip_peaks.begin(), scores.clip_peaks.end());
    return scores;
  }
  /// For each clip long enough for an event: the highest threshold at which it would have raised one.
  const std::vector<double>& peaks() const { return peaks_; }
  /// Events per clip among the clips that have any, at a threshold that the highest-scoring eighth of the clips
  /// exceeds: what scores high in normal sound may return after a cool-down.
  double events_a_clip() const {
    std::vector<double> sorted = peaks_;
    std::sort(sorted.begin(), sorted.end());
    EventPolicy policy = policy_;
    policy.threshold = sorted[sorted.size() - 1 - std::max<std::size_t>(1, sorted.size() / 8)];
    double events = 0.0, clips = 0.0;
    for (const std::vector<ScoredHop>& clip : clips_) {
      EventDetector detector(policy);
      double count = 0.0;
      for (const ScoredHop& hop : clip) {
        const auto detection = detector.push(hop);
        if (detection && !detection->ended) count += 1.0;
      }
      events += count;
      clips += count > 0.0 ? 1.0 : 0.0;
    }
    return clips > 0.0 ? events / clips : 1.0;
  }

 private:
  EventPolicy policy_;
  ConfirmedPeak peak_;
  std::vector<double> peaks_;
  std::vector<std::vector<ScoredHop>> clips_;
  std::vector<ScoredHop> hops_;
};

// The lowest rate of false alarms that the held-out time supports, and higher ones to choose from.
std::vector<double> offered_rates(double finest) {
  std::vector<double> rates = {finest};
  for (const double rate : {0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 6.0, 10.0, 20.0, 30.0, 60.0, 120.0})
    if (rate > 1.2 * finest) rates.push_back(rate);
  return rates;
}

// Sets the two thresholds from the preset's false-alarm rates. Events are counted per held-out clip, not per hop or
// second: scores stay above a threshold in runs, and one run is one event (docs/decisions/live-threshold.md).
Result<HeldOutScores> calibrate_thresholds(const HeldOutScoring& held_out, const TrainingMaterial& material,
                                           const std::shared_ptr<Model>& model) {
  HeldOutEvents events(model->preset.policy);
  std::vector<double> clip_scores;
  AUSCULT_TRY(held_out.run(
      stage::kSettingThresholds, Controls::left_out, [&](const Hop& hop) { events.add(hop); },
      [&](const ClipScore& clip) {
        events.end_clip();
        clip_scores.push_back(clip.score);
      }));
  const CalibrationConfig& rates = model->preset.calibration;
  const double hours_a_clip = material.held_out_seconds() / 3600.0 / static_cast<double>(material.held_out_segments());
  // Clips too short for a confirmation (k of n hops) cannot raise an event; their scores are used instead.
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
  model->preset.policy.threshold = std::clamp(live, 0.0, kHighestThreshold);
  model->clip_threshold = std::clamp(clip, 0.0, kHighestThreshold);

  HeldOutScores scores = events.histogram(
      1.2 * std::max(model->live_threshold(),
                     events.peaks().empty() ? 0.0 : *std::max_element(events.peaks().begin(), events.peaks().end())));
  scores.finest_rate = 3600.0 / std::max(1.0, material.held_out_seconds());
  for (const double per_hour : offered_rates(scores.finest_rate)) {
    if (!long_enough) break;
    AUSCULT_TRY_ASSIGN(const double threshold, threshold_for(per_hour));
    scores.rates.push_back({per_hour, std::clamp(threshold, 0.0, kHighestThreshold)});
  }
  return scores;
}

}  // namespace

Result<HeldOutScores> calibrate(const TrainingMaterial& material, const TrainingFeatures& features,
                                const std::shared_ptr<Model>& model,
                                const std::vector<std::shared_ptr<Model>>& fold_models, int threads,
                                const JobControl& control) {
  const HeldOutScoring held_out(material, features, fold_models, threads, control);
  AUSCULT_TRY(calibrate_detectors(held_out, model, fold_models));
  return calibrate_thresholds(held_out, material, model);
}

}  // namespace auscult
