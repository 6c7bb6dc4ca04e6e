#include "scoring/clip_score.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/audio_file.h"
#include "model/contributions.h"
#include "model/controls.h"
#include "scoring/file_blocks.h"

namespace auscult {
namespace {

// Mean over steps, or the maximum, by the detector's preset; NaN, for parts that a detector lacks, stays.
void pool(Pooling pooling, double& sum, double value) {
  if (pooling == Pooling::mean) {
    sum += value;
  } else {
    sum = std::isnan(value) ? value : std::max(sum, value);
  }
}

// The same for contributions: the mean over all steps, or those of the step with the largest energy.
void pool_why(Pooling pooling, std::vector<double>& sums, std::span<const float> why, bool largest) {
  sums.resize(why.size(), 0.0);
  for (std::size_t i = 0; i < why.size(); ++i) {
    if (pooling == Pooling::mean)
      sums[i] += static_cast<double>(why[i]);
    else if (largest)
      sums[i] = static_cast<double>(why[i]);
  }
}

}  // namespace

ClipAccumulator::ClipAccumulator(const Model& model) : model_(&model) {
  clear();
}

void ClipAccumulator::clear() {
  all_.assign(model_->detectors.size(), {});
  for (std::size_t d = 0; d < all_.size(); ++d) {
    if (model_->detectors[d].config.pooling != Pooling::max) continue;
    const double lowest = std::numeric_limits<double>::lowest();
    Sums& sums = all_[d];
    sums.energy = sums.dagmm = sums.joint = sums.untrained = lowest;
    for (const NamedControl& control : kControls) sums.controls.*control.energy = lowest;
  }
  running_ = all_;
  ran_ = false;
}

void ClipAccumulator::add(const Hop& hop) {
  add_to(all_, hop);
  if (!hop.running) return;
  ran_ = true;
  add_to(running_, hop);
}

void ClipAccumulator::add_to(std::vector<Sums>& all, const Hop& hop) const {
  for (const StepEnergy& step : hop.fresh) {
    const auto d = static_cast<std::size_t>(step.detector);
    const Pooling pooling = model_->detectors[d].config.pooling;
    Sums& sums = all[d];
    pool_why(pooling, sums.why, step.why, step.energy > sums.energy);
    pool(pooling, sums.energy, step.energy);
    pool(pooling, sums.dagmm, step.energies.dagmm);
    pool(pooling, sums.joint, step.energies.joint);
    pool(pooling, sums.untrained, step.untrained);
    for (const NamedControl& control : kControls)
      pool(pooling, sums.controls.*control.energy, step.controls.*control.energy);
    ++sums.steps;
  }
}

bool ClipAccumulator::any() const {
  return std::any_of(all_.begin(), all_.end(), [](const Sums& s) { return s.steps > 0; });
}

ClipScore ClipAccumulator::result() const {
  ClipScore result;
  result.threshold = model_->clip_threshold;
  result.running = ran_;
  std::vector<double> u, untrained, weights, why_u(all_.size(), 0.0);
  std::vector<std::vector<float>> why(all_.size());
  const bool judged = std::any_of(running_.begin(), running_.end(), [](const Sums& s) { return s.steps > 0; });
  const std::vector<Sums>& pools = judged ? running_ : all_;
  for (std::size_t d = 0; d < pools.size(); ++d) {
    const Detector& detector = model_->detectors[d];
    PooledEnergies& pooled = result.detectors.emplace_back();
    pooled.steps = pools[d].steps;
    if (pooled.steps == 0) continue;
    const double n = detector.config.pooling == Pooling::mean ? static_cast<double>(pooled.steps) : 1.0;
    pooled.energy = pools[d].energy / n;
    pooled.dagmm = pools[d].dagmm / n;
    pooled.untrained = pools[d].untrained / n;
    pooled.joint = pools[d].joint / n;
    for (const NamedControl& control : kControls)
      pooled.controls.*control.energy = pools[d].controls.*control.energy / n;
    u.push_back(detector.clip_calibration.u(pooled.energy));
    weights.push_back(detector.config.weight);
    for (const double sum : pools[d].why) pooled.why.push_back(static_cast<float>(sum / n));
    why[d] = pooled.why;
    why_u[d] = u.back();
    untrained.push_back(detector.untrained_clip_calibration.u(pooled.untrained));
  }
  result.score = fuse(model_->preset.fusion, u, weights);
  result.why = fused_shares(why, why_u);
  result.untrained_score = fuse(model_->preset.fusion, untrained, weights);
  result.anomalous = result.running && result.score > result.threshold;
  return result;
}

double shortest_clip_seconds(const Preset& preset) {
  double shortest = std::numeric_limits<double>::infinity();
  for (DetectorConfig detector : preset.detectors) {
    if (detector.min_window > 0) detector.window = detector.min_window;
    shortest = std::min(shortest, window_seconds(detector, preset.frontend));
  }
  return shortest;
}

Status score_through(Scorer& scorer, const std::filesystem::path& path, const HopSink& on_hop, const CancelFlag* cancel,
                     SoundProgress* progress) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  std::int64_t frames = 0, told_ms = 0;
  if (progress) {
    progress->announced_ms += static_cast<std::int64_t>(1000.0 * reader.info().seconds());
    ++progress->begun;
  }
  AUSCULT_TRY(read_blocks(reader, path, std::nullopt, cancel, [&](const FileBlock& block) {
    frames += static_cast<std::int64_t>(block.interleaved.size()) / block.channels;
    const std::int64_t heard_ms = 1000 * frames / block.sample_rate;
    if (progress) progress->heard_ms += heard_ms - std::exchange(told_ms, heard_ms);
    return scorer.push(block.interleaved, block.channels, block.sample_rate, 0, on_hop);
  }));
  scorer.finish(on_hop);
  return {};
}

}  // namespace auscult
