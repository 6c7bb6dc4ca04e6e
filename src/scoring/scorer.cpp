#include "scoring/scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "model/contributions.h"
#include "scoring/feature_window.h"

namespace auscult {
namespace {

// Feature vectors of one detector that wait for their block, with where they came from.
struct PendingBlock {
  explicit PendingBlock(int width) : rows(static_cast<std::size_t>(kBlockRows * width), 0.0F) {}
  std::vector<float> rows;
  int count = 0;
};

// Mean power of the last second of frames, for telling whether the machine runs.
class RunningLevel {
 public:
  explicit RunningLevel(const FrontendConfig& frontend)
      : powers_(static_cast<std::size_t>(std::max(1L, std::lround(1.0 / frontend.seconds_per_frame())))) {}
  double push(float level_dbfs) {
    powers_[next_] = std::pow(10.0, level_dbfs / 10.0);
    next_ = (next_ + 1) % powers_.size();
    filled_ = std::min(filled_ + 1, powers_.size());
    double sum = 0.0;  // summed afresh: a running sum would depend on history
    for (std::size_t i = 0; i < filled_; ++i) sum += powers_[i];
    return 10.0 * std::log10(std::max(sum / static_cast<double>(filled_), 1e-20));
  }
  void reset() { next_ = filled_ = 0; }

 private:
  std::vector<double> powers_;
  std::size_t next_ = 0, filled_ = 0;
};

}  // namespace

struct Scorer::Impl {
  struct PendingHop {
    std::int64_t index;
    double time_s;
    bool running;
    std::array<bool, 8> fresh{};
  };

  Impl(std::shared_ptr<const Model> m, ScorerOptions o)
      : model(std::move(m)), options(o), frontend(model->preset.frontend), level(model->preset.frontend) {
    for (const Detector& detector : model->detectors) {
      windows.emplace_back(detector.config, model->preset.frontend);
      blocks.emplace_back(detector.width);
      latest.push_back(0.0);
      latest_why.emplace_back();
      seen.push_back(false);
      results.emplace_back();
      if (options.why) contributions.emplace_back(detector, model->preset.frontend);
      settle_hops = std::max<std::int64_t>(settle_hops, hops_in(detector.config, model->preset.frontend));
      wants_samples = wants_samples || detector.config.input == Representation::waveform;
    }
    // After the machine was off, neither the level's second nor the longest window may reach back into that time.
    settle_hops += std::lround(1.0 / model->preset.frontend.seconds_per_frame());
    hops_since_off = settle_hops;
  }

  // Frames that reach into a window.
  static std::int64_t hops_in(const DetectorConfig& config, const FrontendConfig& frontend) {
    return config.input == Representation::waveform ? config.window / frontend.hop_length + 1 : config.window;
  }

  void push(std::span<const float> samples, const HopSink& sink) {
    // A window of samples is handed out with a frame: neither may run ahead of the other by more than a hop.
    const std::size_t slice = wants_samples ? static_cast<std::size_t>(model->preset.frontend.hop_length) : samples.size();
    while (!samples.empty()) {
      const auto piece = samples.first(std::min(slice, samples.size()));
      for (FeatureWindow& window : windows) window.push_samples(piece);
      frontend.push(piece, [&](const FrameView& frame) { on_frame(frame, sink); });
      position += static_cast<std::int64_t>(piece.size());
      samples = samples.subspan(piece.size());
    }
  }

  double end_time(std::int64_t first_sample) const {
    const auto& config = model->preset.frontend;
    return static_cast<double>(first_sample + config.n_fft) / config.sample_rate;
  }

  // Switched on is not yet running: the first windows still hold silence and the run-up, and would raise an alarm each time.
  bool is_running(double level_dbfs) {
    hops_since_off = level_dbfs < model->level.off_dbfs ? 0 : std::min(hops_since_off + 1, settle_hops);
    return hops_since_off >= settle_hops;
  }

  void on_frame(const FrameView& frame, const HopSink& sink) {
    PendingHop hop{frame.index, end_time(frame.first_sample), is_running(level.push(frame.level_dbfs)), {}};
    last_running = hop.running;
    last_index = hop.index;
    last_time = hop.time_s;
    for (std::size_t d = 0; d < windows.size(); ++d)
      if (windows[d].push(frame.log_mel)) enqueue(d, hop);
    pending.push_back(hop);
    const bool full = std::any_of(blocks.begin(), blocks.end(), [](const PendingBlock& b) { return b.count == kBlockRows; });
    if (options.mode == ScorerMode::live || full) flush(sink, options.mode == ScorerMode::live ? &frame : nullptr);
  }

  void enqueue(std::size_t d, PendingHop& hop) {
    const auto vector = windows[d].vector();
    std::copy(vector.begin(), vector.end(), blocks[d].rows.begin() + static_cast<std::ptrdiff_t>(vector.size()) * blocks[d].count);
    ++blocks[d].count;
    hop.fresh[d] = true;
  }

  void evaluate(std::size_t d) {
    PendingBlock& block = blocks[d];
    const Detector& detector = model->detectors[d];
    std::array<Energies, kBlockRows> energies{}, untrained{};
    std::array<ControlEnergies, kBlockRows> controls{};
    detector.energies(block.rows, block.count, energies);
    if (options.controls) {
      detector.untrained_energies(block.rows, block.count, untrained);
      detector.control_energies(block.rows, block.count, controls);
    }
    const int bins = options.why ? contributions[d].bins() : 0;
    std::vector<float> why(static_cast<std::size_t>(block.count * bins));
    if (bins > 0) contributions[d].per_bin(block.rows, block.count, why);
    for (int row = 0; row < block.count; ++row) {
      const auto i = static_cast<std::size_t>(row);
      StepEnergy step;
      step.detector = static_cast<int>(d);
      step.energies = energies[i];
      step.energy = energies[i].of(detector.config.energy);
      step.u = detector.window_calibration.u(step.energy);
      step.untrained = untrained[i].of(detector.config.energy);
      step.controls = controls[i];
      step.why.assign(why.begin() + row * bins, why.begin() + (row + 1) * bins);
      results[d].push_back(std::move(step));
    }
    block.count = 0;
  }

  // Evaluates what waits and reports the pending hops in order.
  void flush(const HopSink& sink, const FrameView* frame) {
    for (std::size_t d = 0; d < blocks.size(); ++d)
      if (blocks[d].count > 0) evaluate(d);
    for (const PendingHop& hop : pending) {
      fresh.clear();
      for (std::size_t d = 0; d < windows.size(); ++d) {
        if (!hop.fresh[d]) continue;
        StepEnergy step = std::move(results[d].front());
        results[d].pop_front();
        step.frame = hop.index;
        step.time_s = hop.time_s;
        latest[d] = step.u;
        seen[d] = true;
        if (options.why) latest_why[d] = step.why;
        fresh.push_back(std::move(step));
      }
      if (options.why && !fresh.empty()) fused_why = fused_shares(latest_why, latest);
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
    pending.clear();
  }

  // Of the detectors that have spoken: their fused u, and which of them finds the sound most unusual.
  void fuse_latest(Hop& hop) {
    heard.clear();
    double largest = 0.0;
    for (std::size_t d = 0; d < latest.size(); ++d) {
      if (!seen[d]) continue;
      heard.push_back(latest[d]);
      if (hop.leading_detector >= 0 && latest[d] <= largest) continue;
      largest = latest[d];
      hop.leading_detector = static_cast<int>(d);
    }
    hop.fused = fuse(model->preset.fusion, heard);
  }

  // Detectors that allow shorter windows may speak at the end of a stretch of sound.
  void finish_stretch(const HopSink& sink) {
    flush(sink, nullptr);
    PendingHop hop{last_index, last_time, last_running, {}};
    bool any = false;
    for (std::size_t d = 0; d < windows.size(); ++d) {
      if (!windows[d].finish()) continue;
      enqueue(d, hop);
      any = true;
    }
    if (!any) return;
    pending.push_back(hop);
    flush(sink, nullptr);
  }

  std::shared_ptr<const Model> model;
  ScorerOptions options;
  LogMelFrontend frontend;
  RunningLevel level;
  std::vector<FeatureWindow> windows;
  std::vector<PendingBlock> blocks;
  std::vector<PendingHop> pending;
  std::vector<std::deque<StepEnergy>> results;
  std::vector<StepEnergy> fresh;
  std::vector<double> latest;  // u
  std::vector<double> heard;   // of these, the ones that count
  std::vector<bool> seen;
  std::vector<Contributions> contributions;    // empty unless asked for
  std::vector<std::vector<float>> latest_why;  // of each detector that has spoken since the start or the last gap
  std::vector<float> fused_why;
  bool wants_samples = false;  // a detector looks at the waveform
  std::int64_t position = 0;   // samples taken and lost
  std::int64_t last_index = 0;
  double last_time = 0.0;
  bool last_running = true;
  std::int64_t settle_hops = 0;     // hops of running machine before it is judged again
  std::int64_t hops_since_off = 0;
};

double fuse(Fusion fusion, std::span<const double> u) {
  if (u.empty()) return 0.0;
  if (fusion == Fusion::max) return *std::max_element(u.begin(), u.end());
  double sum = 0.0;
  for (const double one : u) sum += one;
  return sum / static_cast<double>(u.size());
}

Scorer::Scorer(std::shared_ptr<const Model> model, ScorerOptions options) : impl_(std::make_unique<Impl>(std::move(model), options)) {}
Scorer::~Scorer() = default;
Scorer::Scorer(Scorer&&) noexcept = default;
Scorer& Scorer::operator=(Scorer&&) noexcept = default;

const Model& Scorer::model() const {
  return *impl_->model;
}

void Scorer::push(std::span<const float> samples, const HopSink& sink) {
  impl_->push(samples, sink);
}

void Scorer::gap(std::int64_t lost, const HopSink& sink) {
  impl_->finish_stretch(sink);
  impl_->position += lost;
  impl_->frontend.reset(impl_->position);
  impl_->level.reset();
  impl_->hops_since_off = impl_->settle_hops;
  for (std::size_t d = 0; d < impl_->windows.size(); ++d) {
    impl_->windows[d].reset();
    impl_->seen[d] = false;  // what was heard before the gap says nothing about now
    impl_->latest_why[d].clear();
  }
  impl_->fused_why.clear();
}

void Scorer::finish(const HopSink& sink) {
  impl_->finish_stretch(sink);
}

}  // namespace auscult
