#include "scoring/input_adapter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace auscult {
namespace {

// How many usable samples there are before the first that is not; `largest` becomes the largest of them, if it is more.
std::size_t usable_prefix(std::span<const float> samples, float& largest) {
  constexpr std::size_t kBlock = 16;  // several at a time, which the compiler turns into vectors
  std::array<float, kBlock> most{};
  std::size_t i = 0;
  for (; i + kBlock <= samples.size(); i += kBlock) {
    std::array<float, kBlock> size;
    int unusable = 0;
    for (std::size_t j = 0; j < kBlock; ++j) size[j] = std::abs(samples[i + j]);
    for (std::size_t j = 0; j < kBlock; ++j) unusable += size[j] <= kLargestSample ? 0 : 1;  // 1 also for NaN
    if (unusable > 0) break;
    for (std::size_t j = 0; j < kBlock; ++j) most[j] = size[j] > most[j] ? size[j] : most[j];
  }
  largest = std::max(largest, *std::max_element(most.begin(), most.end()));
  for (; i < samples.size() && std::abs(samples[i]) <= kLargestSample; ++i)
    largest = std::max(largest, std::abs(samples[i]));
  return i;
}

}  // namespace

InputAdapter::InputAdapter(const InputAdapterOptions& options) : options_(options) {}

double InputAdapter::delay_seconds() const {
  return resampler_ ? resampler_->delay_seconds() : 0.0;
}

Status InputAdapter::use_rate(int sample_rate) {
  if (resampler_ && sample_rate == rate_) return {};
  auto resampler = Resampler::create(sample_rate, options_.output_rate);
  if (!resampler) return tl::unexpected(resampler.error());
  resampler_.emplace(std::move(*resampler));
  rate_ = sample_rate;
  return {};
}

// Reduces each sample frame to one sample: the channel, or the mean of all.
void InputAdapter::mix(std::span<const float> interleaved, std::size_t width) {
  const auto scale = static_cast<float>(options_.scale);
  mixed_.resize(interleaved.size() / width);
  if (options_.channel != kMeanOfChannels) {
    const float* from = interleaved.data() + options_.channel;
    for (std::size_t i = 0; i < mixed_.size(); ++i) mixed_[i] = from[i * width] * scale;
    return;
  }
  for (std::size_t i = 0; i < mixed_.size(); ++i) {
    float sum = 0.0F;
    for (const float sample : interleaved.subspan(i * width, width)) sum += sample * scale;
    mixed_[i] = sum / static_cast<float>(width);
  }
}

Status InputAdapter::push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
                          const AdapterSink& sink) {
  if (channels < 1 || options_.channel >= channels)
    return fail(ErrorCode::bad_input,
                "has no channel " + std::to_string(options_.channel) + ": it has " + std::to_string(channels) +
                    " channel(s), counted from 0",
                {}, "choose another channel, or a model trained on this input");
  if (rate_ != 0 && sample_rate != rate_) flush(sink);
  AUSCULT_TRY(use_rate(sample_rate));
  if (lost_before > 0) {
    flush(sink);
    pending_gap_ += lost_before;
  }
  const auto width = static_cast<std::size_t>(channels);
  mix(interleaved, width);
  take(mixed_, sink);
  if (!mono_.empty()) convert(sink);
  return {};
}

void InputAdapter::take(std::span<const float> samples, const AdapterSink& sink) {
  while (!samples.empty()) {
    const auto usable = samples.first(usable_prefix(samples, largest_));
    if (!usable.empty()) {
      if (pending_gap_ > 0) report_gap(pending_gap_, sink);
      samples_ += usable.size();
      const std::size_t held = mono_.size();
      mono_.resize(held + usable.size());
      for (std::size_t i = 0; i < usable.size(); ++i) mono_[held + i] = usable[i] * gain_;
    }
    if (usable.size() == samples.size()) return;
    take_unusable(samples[usable.size()], sink);
    samples = samples.subspan(usable.size() + 1);
  }
}

void InputAdapter::take_unusable(float sample, const AdapterSink& sink) {
  ++samples_;
  ++invalid_;
  if (std::isfinite(sample)) largest_ = std::max(largest_, std::abs(sample));
  if (!mono_.empty()) convert(sink);
  if (pending_gap_ == 0) flush(sink);
  ++pending_gap_;
}

// Converts the collected samples and passes them on.
void InputAdapter::convert(const AdapterSink& sink) {
  converted_.clear();
  resampler_->process(mono_, converted_);
  mono_.clear();
  if (!converted_.empty()) sink.samples(converted_);
}

// Ends a stretch of sound: what the conversion still holds belongs before the gap.
void InputAdapter::flush(const AdapterSink& sink) {
  if (!resampler_) return;
  converted_.clear();
  resampler_->finish(converted_);
  resampler_->reset();
  if (!converted_.empty()) sink.samples(converted_);
}

void InputAdapter::report_gap(std::int64_t input_frames, const AdapterSink& sink) {
  const double exact = static_cast<double>(input_frames) * options_.output_rate / rate_ + gap_remainder_;
  const auto whole = static_cast<std::int64_t>(std::floor(exact));
  gap_remainder_ = exact - static_cast<double>(whole);
  pending_gap_ = 0;
  sink.gap(whole);
}

void InputAdapter::finish(const AdapterSink& sink) {
  flush(sink);
  if (pending_gap_ > 0 && rate_ > 0) report_gap(pending_gap_, sink);
}

}  // namespace auscult
