#include "scoring/clip_score.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "audio/audio_file.h"
#include "model/contributions.h"

namespace auscult {
namespace {

constexpr double ControlEnergies::*kControlFields[] = {&ControlEnergies::template_distance, &ControlEnergies::mahalanobis, &ControlEnergies::gmm, &ControlEnergies::knn1};

// Mean over steps, or the maximum, as the detector's preset says; NaN, for what a detector does not have, stays.
void pool(Pooling pooling, double& sum, double value) {
  if (pooling == Pooling::mean) {
    sum += value;
  } else {
    sum = std::isnan(value) ? value : std::max(sum, value);
  }
}

// The same for contributions: those of all steps, or those of the step with the largest energy.
void pool_why(Pooling pooling, std::vector<double>& sums, std::span<const float> why, bool largest) {
  sums.resize(why.size(), 0.0);
  for (std::size_t i = 0; i < why.size(); ++i) {
    if (pooling == Pooling::mean) sums[i] += static_cast<double>(why[i]);
    else if (largest) sums[i] = static_cast<double>(why[i]);
  }
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

tl::unexpected<Error> no_energy(const Preset& preset, const InputAdapter& adapter, double seconds, const std::filesystem::path& path) {
  if (adapter.invalid() > 0) {
    const bool huge = adapter.largest() > kLargestSample;
    return fail(ErrorCode::invalid_samples, std::to_string(adapter.invalid()) + " of " + std::to_string(adapter.samples()) + " samples are not finite or larger than 8: no usable stretch is left", path.string(),
                huge ? "are the samples integers stored as float? try --scale 3.0517578125e-05 (1/32768)" : "record again, or cut the damaged part out");
  }
  return fail(ErrorCode::too_short, "is too short: it has " + seconds_text(seconds) + ", the model needs " + seconds_text(shortest_clip_seconds(preset)), path.string(), "use a longer recording");
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
    all_[d] = {lowest, lowest, lowest, lowest, {lowest, lowest, lowest, lowest}, 0, {}};
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
    for (const auto control : kControlFields) pool(pooling, sums.controls.*control, step.controls.*control);
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
  std::vector<double> u, untrained, why_u(all_.size(), 0.0);
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
    for (const auto control : kControlFields) pooled.controls.*control = pools[d].controls.*control / n;
    u.push_back(detector.clip_calibration.u(pooled.energy));
    for (const double sum : pools[d].why) pooled.why.push_back(static_cast<float>(sum / n));
    why[d] = pooled.why;
    why_u[d] = u.back();
    untrained.push_back(detector.untrained_clip_calibration.u(pooled.untrained));
  }
  result.score = fuse(model_->preset.fusion, u);
  result.why = fused_shares(why, why_u);
  result.untrained_score = fuse(model_->preset.fusion, untrained);
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

Status read_through_adapter(const FilePart& part, InputAdapter& adapter, const AdapterSink& sink, const CancelFlag* cancel) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(part.path));
  const int channels = reader.info().channels, rate = reader.info().sample_rate;
  if (part.first_frame > 0) AUSCULT_TRY(reader.seek(part.first_frame));
  std::vector<float> buffer(static_cast<std::size_t>(8192) * static_cast<std::size_t>(channels));
  std::int64_t left = part.frames < 0 ? std::numeric_limits<std::int64_t>::max() : part.frames;
  while (left > 0) {
    if (cancel && cancel->requested()) return fail(ErrorCode::cancelled, "interrupted");
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(left, 8192)) * static_cast<std::size_t>(channels);
    AUSCULT_TRY_ASSIGN(const std::int64_t got, reader.read(std::span(buffer).first(wanted)));
    if (got == 0) break;
    left -= got;
    if (auto pushed = adapter.push(std::span(buffer).first(static_cast<std::size_t>(got * channels)), channels, rate, 0, sink); !pushed) {
      pushed.error().context = part.path.string();
      return pushed;
    }
  }
  adapter.finish(sink);
  return {};
}

Result<std::int64_t> score_through(Scorer& scorer, const FilePart& part, InputAdapter& adapter, const HopSink& on_hop, const CancelFlag* cancel) {
  std::int64_t samples = 0;
  const AdapterSink sink{[&](std::span<const float> s) { samples += static_cast<std::int64_t>(s.size()); scorer.push(s, on_hop); },
                         [&](std::int64_t lost) { samples += lost; scorer.gap(lost, on_hop); }};
  AUSCULT_TRY(read_through_adapter(part, adapter, sink, cancel));
  scorer.finish(on_hop);
  return samples;
}

Result<ClipScore> score_file(const std::shared_ptr<const Model>& model, const std::filesystem::path& path, const ScoreFileOptions& options) {
  InputAdapter adapter({model->preset.frontend.sample_rate, options.channel.value_or(model->preset.channel), options.scale});
  Scorer scorer(model, {ScorerMode::batch, options.controls, options.why});
  ClipAccumulator accumulator(*model);
  std::vector<StepEnergy> steps;
  const HopSink on_hop = [&](const Hop& hop) {
    accumulator.add(hop);
    if (options.keep_steps) steps.insert(steps.end(), hop.fresh.begin(), hop.fresh.end());
  };
  AUSCULT_TRY_ASSIGN(const std::int64_t samples, score_through(scorer, {path}, adapter, on_hop, options.cancel));
  const double seconds = static_cast<double>(samples) / model->preset.frontend.sample_rate;
  if (!accumulator.any()) return no_energy(model->preset, adapter, seconds, path);
  ClipScore result = accumulator.result();
  result.steps = std::move(steps);
  result.seconds = seconds;
  result.invalid_samples = adapter.invalid();
  return result;
}

}  // namespace auscult
