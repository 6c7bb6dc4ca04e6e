#include "scoring/feature_stream.h"

#include <algorithm>
#include <string>
#include <utility>

namespace auscult {

FeatureWindows::FeatureWindows(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors,
                               double off_dbfs)
    : frontend_(frontend), level_(frontend, detectors, off_dbfs) {
  windows_.reserve(detectors.size());
  for (const DetectorConfig& detector : detectors) windows_.emplace_back(detector, frontend);
  fresh_.reserve(detectors.size());
}

void FeatureWindows::push_samples(std::span<const float> samples) {
  for (FeatureWindow& window : windows_) window.push_samples(samples);
}

bool FeatureWindows::needs_samples() const {
  return std::any_of(windows_.begin(), windows_.end(), [](const FeatureWindow& w) { return w.needs_samples(); });
}

void FeatureWindows::push_frame(const FrameView& frame, const FeatureHopSink& sink) {
  const double end_s = static_cast<double>(frame.first_sample + frontend_.n_fft) / frontend_.sample_rate;
  last_ = {
      .frame = nullptr, .index = frame.index, .time_s = end_s, .running = level_.push(frame.level_dbfs), .vectors = {}};
  fresh_.clear();
  for (std::size_t d = 0; d < windows_.size(); ++d)
    if (windows_[d].push(frame.log_mel)) fresh_.push_back({static_cast<int>(d), windows_[d].vector()});
  if (!sink) return;
  FeatureHop hop = last_;
  hop.frame = &frame;
  hop.vectors = fresh_;
  sink(hop);
}

void FeatureWindows::end_stretch(const FeatureHopSink& sink) {
  fresh_.clear();
  for (std::size_t d = 0; d < windows_.size(); ++d)
    if (windows_[d].finish()) fresh_.push_back({static_cast<int>(d), windows_[d].vector()});
  if (fresh_.empty() || !sink) return;
  FeatureHop hop = last_;
  hop.vectors = fresh_;
  sink(hop);
}

void FeatureWindows::reset() {
  level_.reset();
  for (FeatureWindow& window : windows_) window.reset();
}

FeatureStream::FeatureStream(const FrontendConfig& frontend, std::span<const DetectorConfig> detectors,
                             const FeatureStreamOptions& options)
    : adapter_({.output_rate = frontend.sample_rate, .channel = options.channel, .scale = options.scale}),
      meter_(options.scale),
      frontend_(frontend),
      windows_(frontend, detectors, options.off_dbfs) {}

AdapterSink FeatureStream::adapted(const FeatureSink& sink) {
  return {[this, &sink](std::span<const float> samples) { push_samples(samples, sink); },
          [this, &sink](std::int64_t lost) { gap(lost, sink); }};
}

Status FeatureStream::push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
                           const FeatureSink& sink) {
  meter_.push(interleaved, channels, sample_rate);
  return adapter_.push(interleaved, channels, sample_rate, lost_before, adapted(sink));
}

void FeatureStream::push_samples(std::span<const float> samples, const FeatureSink& sink) {
  // One hop at a time where samples are wanted: a tap's samples belong to their hop, and a window of samples is emitted
  // with a frame, so neither may run ahead of the other. Otherwise all at once, which the frontend transforms faster.
  const bool by_hops = sink.samples || windows_.needs_samples();
  const auto most = by_hops ? static_cast<std::size_t>(frontend_.config().hop_length) : samples.size();
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(most, samples.size()));
    if (sink.samples) sink.samples(piece);
    windows_.push_samples(piece);
    position_ += static_cast<std::int64_t>(piece.size());
    frontend_.push(piece, [&](const FrameView& frame) { windows_.push_frame(frame, sink.hop); });
    samples = samples.subspan(piece.size());
  }
}

void FeatureStream::gap(std::int64_t lost, const FeatureSink& sink) {
  windows_.end_stretch(sink.hop);
  position_ += lost;
  frontend_.reset(position_);
  windows_.reset();
  if (sink.gap) sink.gap(lost);
}

void FeatureStream::finish(const FeatureSink& sink) {
  adapter_.finish(adapted(sink));
  windows_.end_stretch(sink.hop);
}

void InputCounts::add(const InputCounts& other) {
  samples += other.samples;
  invalid += other.invalid;
  largest = std::max(largest, other.largest);
}

Error no_usable_sound(const InputCounts& input, std::string context) {
  const bool huge = input.largest > kLargestSample;
  return {ErrorCode::invalid_samples,
          std::to_string(input.invalid) + " of " + std::to_string(input.samples) +
              " samples are not finite or larger than 8, and no usable stretch is left",
          std::move(context),
          huge ? "if the samples are integers stored as float, use --scale 3.0517578125e-05 (1/32768)"
               : "record again, or cut out the damaged part"};
}

}  // namespace auscult
