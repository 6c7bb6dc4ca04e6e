#include "scoring/scorer.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "model/contributions.h"

namespace auscult {
namespace {

// Feature vectors of a detector evaluated together: enough to share the loads of the weights, few enough for the cache.
// The number does not affect any bit of the result.
constexpr std::size_t kBatchRows = 32;

// Feature vectors of one detector waiting to be evaluated.
struct PendingRows {
  std::vector<float> values;  // count x width
  std::size_t count = 0;
};

std::vector<DetectorConfig> configs_of(const Model& model) {
  std::vector<DetectorConfig> configs;
  for (const Detector& detector : model.detectors) configs.push_back(detector.config);
  return configs;
}

}  // namespace

struct EnergyStage::Impl {
  struct PendingHop {
    std::int64_t index;
    double time_s;
    bool running;
    std::vector<int> detectors;  // that have a new vector
  };

  Impl(std::shared_ptr<const Model> m, const ScorerOptions& o)
      : model(std::move(m)), mode(o.mode), parts(o.parts), with_controls(o.controls), with_why(o.why) {
    for (const Detector& detector : model->detectors) {
      waiting_rows.emplace_back();
      latest.push_back(0.0);
      latest_why.emplace_back();
      seen.push_back(false);
      results.emplace_back();
      if (with_why) contributions.emplace_back(detector, model->preset.frontend);
    }
  }

  void push(const FeatureHop& hop, const HopSink& sink) {
    PendingHop waiting{hop.index, hop.time_s, hop.running, {}};
    for (const FeatureVector& vector : hop.vectors) {
      PendingRows& rows = waiting_rows[static_cast<std::size_t>(vector.detector)];
      rows.values.insert(rows.values.end(), vector.values.begin(), vector.values.end());
      ++rows.count;
      waiting.detectors.push_back(vector.detector);
    }
    pending.push_back(std::move(waiting));
    const bool full = std::any_of(waiting_rows.begin(), waiting_rows.end(),
                                  [](const PendingRows& rows) { return rows.count == kBatchRows; });
    if (mode == ScorerMode::live || full) flush(sink, mode == ScorerMode::live ? hop.frame : nullptr);
  }

  void evaluate(std::size_t d) {
    PendingRows& rows = waiting_rows[d];
    const Detector& detector = model->detectors[d];
    std::vector<Energies> energies(rows.count), untrained(rows.count);
    std::vector<ControlEnergies> controls(rows.count);
    detector.energies(rows.values, energies, parts);
    if (with_controls) {
      detector.untrained_energies(rows.values, untrained, parts);
      detector.control_energies(rows.values, controls);
    }
    const auto bins = static_cast<std::size_t>(with_why ? contributions[d].bins() : 0);
    std::vector<float> why(rows.count * bins);
    if (bins > 0) contributions[d].per_bin(rows.values, why);
    for (std::size_t i = 0; i < rows.count; ++i) {
      StepEnergy step;
      step.detector = static_cast<int>(d);
      step.energies = energies[i];
      step.energy = energies[i].reported(detector.config.energy);
      step.u = detector.window_calibration.u(step.energy);
      step.untrained = untrained[i].reported(detector.config.energy);
      step.controls = controls[i];
      step.why.assign(why.begin() + static_cast<std::ptrdiff_t>(i * bins),
                      why.begin() + static_cast<std::ptrdiff_t>((i + 1) * bins));
      results[d].push_back(std::move(step));
    }
    rows.values.clear();
    rows.count = 0;
  }

  // Evaluates the waiting vectors and reports the pending hops in order.
  void flush(const HopSink& sink, const FrameView* frame) {
    for (std::size_t d = 0; d < waiting_rows.size(); ++d)
      if (waiting_rows[d].count > 0) evaluate(d);
    for (const PendingHop& hop : pending) report(hop, frame, sink);
    pending.clear();
  }

  void report(const PendingHop& hop, const FrameView* frame, const HopSink& sink) {
    fresh.clear();
    for (const int detector : hop.detectors) {
      const auto d = static_cast<std::size_t>(detector);
      StepEnergy step = std::move(results[d].front());
      results[d].pop_front();
      step.frame = hop.index;
      step.time_s = hop.time_s;
      latest[d] = step.u;
      seen[d] = true;
      if (with_why) latest_why[d] = step.why;
      fresh.push_back(std::move(step));
    }
    if (with_why && !fresh.empty()) fused_why = fused_shares(latest_why, latest);
    Hop out;
    out.frame = frame;
    out.index = hop.index;
    out.time_s = hop.time_s;
    out.fresh = fresh;
    out.running = hop.running;
    out.why = fused_why;
    fuse_latest(out);
    sink(out);
  }

  // Fuses u of the detectors that have an energy, and finds the one with the highest u.
  void fuse_latest(Hop& hop) {
    heard.clear();
    heard_weights.clear();
    double largest = 0.0;
    for (std::size_t d = 0; d < latest.size(); ++d) {
      if (!seen[d]) continue;
      heard.push_back(latest[d]);
      heard_weights.push_back(model->detectors[d].config.weight);
      if (hop.leading_detector && latest[d] <= largest) continue;
      largest = latest[d];
      hop.leading_detector = static_cast<int>(d);
    }
    hop.fused = fuse(model->preset.fusion, heard, heard_weights);
  }

  void gap(const HopSink& sink) {
    flush(sink, nullptr);
    seen.assign(seen.size(), false);
    for (std::vector<float>& why : latest_why) why.clear();
    fused_why.clear();
  }

  std::shared_ptr<const Model> model;
  ScorerMode mode;
  EnergyParts parts;
  bool with_controls, with_why;
  std::vector<PendingRows> waiting_rows;
  std::vector<PendingHop> pending;
  std::vector<std::deque<StepEnergy>> results;
  std::vector<StepEnergy> fresh;
  std::vector<double> latest;                // u
  std::vector<double> heard, heard_weights;  // those of `latest` that count, and their detectors' weights
  std::vector<bool> seen;
  std::vector<Contributions> contributions;    // empty without ScorerOptions::why
  std::vector<std::vector<float>> latest_why;  // of each detector with an energy since the start or the last gap
  std::vector<float> fused_why;
};

double fuse(Fusion fusion, std::span<const double> u, std::span<const double> weights) {
  if (u.empty()) return 0.0;
  if (fusion == Fusion::max) return *std::max_element(u.begin(), u.end());
  double sum = 0.0, weight = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    sum += weights[i] * (fusion == Fusion::power ? (u[i] * u[i]) * (u[i] * u[i]) : u[i]);
    weight += weights[i];
  }
  const double mean = sum / weight;
  return fusion == Fusion::power ? std::sqrt(std::sqrt(mean)) : mean;
}

EnergyStage::EnergyStage(std::shared_ptr<const Model> model, const ScorerOptions& options)
    : impl_(std::make_unique<Impl>(std::move(model), options)) {}
EnergyStage::~EnergyStage() = default;
EnergyStage::EnergyStage(EnergyStage&&) noexcept = default;
EnergyStage& EnergyStage::operator=(EnergyStage&&) noexcept = default;

const Model& EnergyStage::model() const {
  return *impl_->model;
}

void EnergyStage::push(const FeatureHop& hop, const HopSink& sink) {
  impl_->push(hop, sink);
}

void EnergyStage::gap(const HopSink& sink) {
  impl_->gap(sink);
}

void EnergyStage::finish(const HopSink& sink) {
  impl_->flush(sink, nullptr);
}

Scorer::Scorer(const std::shared_ptr<const Model>& model, ScorerOptions options)
    : samples_tap_(std::move(options.samples_tap)),
      gap_tap_(std::move(options.gap_tap)),
      features_(model->preset.frontend, configs_of(*model),
                {options.channel.value_or(model->preset.channel), options.scale, model->level.off_dbfs}),
      energies_(model, options) {}

FeatureSink Scorer::into_energies(const HopSink& sink) {
  FeatureSink into;
  into.hop = [this, &sink](const FeatureHop& hop) { energies_.push(hop, sink); };
  into.gap = [this, &sink](std::int64_t lost) {
    energies_.gap(sink);
    if (gap_tap_) gap_tap_(lost);
  };
  if (samples_tap_) into.samples = [this](std::span<const float> samples) { samples_tap_(samples); };
  return into;
}

Status Scorer::push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
                    const HopSink& sink) {
  return features_.push(interleaved, channels, sample_rate, lost_before, into_energies(sink));
}

void Scorer::push(std::span<const float> samples, const HopSink& sink) {
  features_.push_samples(samples, into_energies(sink));
}

void Scorer::gap(std::int64_t lost, const HopSink& sink) {
  features_.gap(lost, into_energies(sink));
}

void Scorer::finish(const HopSink& sink) {
  features_.finish(into_energies(sink));
  energies_.finish(sink);
}

}  // namespace auscult
