#include "auscult/model/representation.h"

#include <algorithm>
#include <cmath>

namespace auscult {

FeatureWindow::FeatureWindow(const DetectorConfig& detector, const FrontendConfig& frontend)
    : kind_(detector.input),
      n_mels_(frontend.n_mels),
      window_(detector.window),
      step_(detector.step),
      min_window_(detector.min_window),
      history_(static_cast<std::size_t>(window_) * n_mels_),
      vector_(static_cast<std::size_t>(input_width(detector, frontend))) {}

bool FeatureWindow::push(std::span<const float> log_mel) {
  std::copy(log_mel.begin(), log_mel.end(), history_.begin() + static_cast<std::ptrdiff_t>((pushed_ % window_) * n_mels_));
  ++pushed_;
  if (pushed_ < window_ || (pushed_ - window_) % step_ != 0) return false;
  compute(window_);
  ++emitted_;
  return true;
}

bool FeatureWindow::finish() {
  // Stacked frames have a fixed width; only statistics can be taken over fewer frames.
  if (kind_ != Representation::summary || emitted_ > 0 || min_window_ <= 0 || pushed_ < min_window_) return false;
  compute(std::min<std::int64_t>(pushed_, window_));
  ++emitted_;
  return true;
}

void FeatureWindow::reset() {
  pushed_ = emitted_ = 0;
}

std::span<const float> FeatureWindow::frame_before_newest(std::int64_t age) const {
  const std::int64_t slot = (pushed_ - 1 - age) % window_;
  return {history_.data() + slot * n_mels_, static_cast<std::size_t>(n_mels_)};
}

void FeatureWindow::compute(std::int64_t frames) {
  if (kind_ == Representation::frames) {
    for (std::int64_t i = 0; i < frames; ++i) {
      const auto frame = frame_before_newest(frames - 1 - i);
      std::copy(frame.begin(), frame.end(), vector_.begin() + static_cast<std::ptrdiff_t>(i * n_mels_));
    }
    return;
  }
  for (int bin = 0; bin < n_mels_; ++bin) {
    double sum = 0.0, sum_of_changes = 0.0, previous = 0.0;
    for (std::int64_t i = 0; i < frames; ++i) {
      const double value = frame_before_newest(frames - 1 - i)[static_cast<std::size_t>(bin)];
      sum += value;
      if (i > 0) sum_of_changes += std::abs(value - previous);
      previous = value;
    }
    vector_[static_cast<std::size_t>(bin)] = static_cast<float>(sum / static_cast<double>(frames));
    vector_[static_cast<std::size_t>(n_mels_ + bin)] =
        static_cast<float>(frames > 1 ? sum_of_changes / static_cast<double>(frames - 1) : 0.0);
  }
}

}  // namespace auscult
