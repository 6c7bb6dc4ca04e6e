#include "scoring/feature_window.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace auscult {

FeatureWindow::FeatureWindow(const DetectorConfig& detector, const FrontendConfig& frontend)
    : kind_(detector.input),
      n_mels_(frontend.n_mels),
      window_(detector.window),
      step_(detector.step),
      min_window_(detector.min_window),
      n_fft_(frontend.n_fft),
      hop_(frontend.hop_length),
      history_(kind_ == Representation::waveform ? 0 : static_cast<std::size_t>(window_) * n_mels_),
      vector_(static_cast<std::size_t>(input_width(detector, frontend))) {
  if (kind_ == Representation::waveform)
    samples_.reserve(2U * static_cast<std::size_t>(window_) + static_cast<std::size_t>(2 * n_fft_));
}

void FeatureWindow::push_samples(std::span<const float> samples) {
  if (kind_ != Representation::waveform) return;
  // Data before the next window are no longer needed; removed occasionally, not with every piece.
  const auto unused =
      std::min<std::int64_t>(emitted_ * step_ - first_sample_, static_cast<std::int64_t>(samples_.size()));
  if (samples_.size() + samples.size() > samples_.capacity() && unused > 0) {
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(unused));
    first_sample_ += unused;
  }
  samples_.insert(samples_.end(), samples.begin(), samples.end());
}

// Emits the next window if it ends at or before position `end` and its samples are available.
bool FeatureWindow::take_samples(std::int64_t end) {
  const std::int64_t begin = emitted_ * step_, available = first_sample_ + static_cast<std::int64_t>(samples_.size());
  if (begin + window_ > std::min(end, available)) return false;
  std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(begin - first_sample_), window_, vector_.begin());
  ++emitted_;
  return true;
}

bool FeatureWindow::push(std::span<const float> log_mel) {
  if (kind_ == Representation::waveform) return take_samples(n_fft_ + hop_ * pushed_++);
  std::copy(log_mel.begin(), log_mel.end(),
            history_.begin() + static_cast<std::ptrdiff_t>((pushed_ % window_) * n_mels_));
  ++pushed_;
  if (pushed_ < window_ || (pushed_ - window_) % step_ != 0) return false;
  compute(window_);
  ++emitted_;
  return true;
}

bool FeatureWindow::finish() {
  if (kind_ == Representation::waveform) return take_samples(std::numeric_limits<std::int64_t>::max());
  // Stacked frames have a fixed width; only statistics can be computed over fewer frames.
  if (kind_ != Representation::summary || emitted_ > 0 || min_window_ <= 0 || pushed_ < min_window_) return false;
  compute(std::min<std::int64_t>(pushed_, window_));
  ++emitted_;
  return true;
}

void FeatureWindow::reset() {
  pushed_ = emitted_ = first_sample_ = 0;
  samples_.clear();
}

std::span<const float> FeatureWindow::frame_before_newest(std::int64_t age) const {
  const std::int64_t slot = (pushed_ - 1 - age) % window_;
  return {history_.data() + slot * n_mels_, static_cast<std::size_t>(n_mels_)};
}

void FeatureWindow::compute(std::int64_t frames) {
  if (kind_ != Representation::summary) {
    for (std::int64_t i = 0; i < frames; ++i) {
      const auto frame = frame_before_newest(frames - 1 - i);
      std::copy(frame.begin(), frame.end(), vector_.begin() + static_cast<std::ptrdiff_t>(i * n_mels_));
    }
    return;
  }
  // Frame by frame, so that the sums of neighboring bins do not wait for each other.
  std::array<double, kMaxMels> sums{}, changes{}, previous{};
  const auto bins = static_cast<std::size_t>(n_mels_);
  for (std::int64_t i = 0; i < frames; ++i) {
    const float* frame = frame_before_newest(frames - 1 - i).data();
    for (std::size_t bin = 0; bin < bins; ++bin) {
      const double value = frame[bin];
      sums[bin] += value;
      if (i > 0) changes[bin] += std::abs(value - previous[bin]);
      previous[bin] = value;
    }
  }
  const auto count = static_cast<double>(frames);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    vector_[bin] = static_cast<float>(sums[bin] / count);
    vector_[bins + bin] = static_cast<float>(frames > 1 ? changes[bin] / (count - 1.0) : 0.0);
  }
}

}  // namespace auscult
