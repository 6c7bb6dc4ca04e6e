#include "scoring/input_adapter.h"

#include <cmath>
#include <string>

namespace auscult {

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

// Reduces a sample frame to one sample: the channel, or the mean of all.
float InputAdapter::mixed(std::span<const float> frame) const {
  const float scale = static_cast<float>(options_.scale);
  if (options_.channel != kMeanOfChannels) return frame[static_cast<std::size_t>(options_.channel)] * scale;
  float sum = 0.0F;
  for (const float sample : frame) sum += sample * scale;
  return sum / static_cast<float>(frame.size());
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
  for (std::size_t i = 0; i + width <= interleaved.size(); i += width) take(mixed(interleaved.subspan(i, width)), sink);
  if (!mono_.empty()) convert(sink);
  return {};
}

void InputAdapter::take(float sample, const AdapterSink& sink) {
  ++samples_;
  if (std::isfinite(sample)) largest_ = std::max(largest_, std::abs(sample));
  if (!(std::abs(sample) <= kLargestSample)) {  // also true for NaN
    ++invalid_;
    if (!mono_.empty()) convert(sink);
    if (pending_gap_ == 0) flush(sink);
    ++pending_gap_;
    return;
  }
  if (pending_gap_ > 0) report_gap(pending_gap_, sink);
  mono_.push_back(sample * gain_);
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
