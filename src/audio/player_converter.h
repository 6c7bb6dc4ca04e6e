// Converts a sound's channels and rate to the output's, chunk by chunk. Mono goes to every channel. Rates are converted
// by linear interpolation, which is good enough for listening. Internal to the audio module. Thread rule: one object,
// one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace auscult {

class PlayConverter {
 public:
  PlayConverter(int in_channels, int in_rate, int out_channels, int out_rate)
      : in_(static_cast<std::size_t>(in_channels)),
        out_(static_cast<std::size_t>(out_channels)),
        step_(static_cast<double>(in_rate) / out_rate),
        last_(in_, 0.0F) {}

  std::vector<float> operator()(const std::vector<float>& chunk) {
    std::vector<float> result;
    const std::size_t frames = chunk.size() / in_;
    if (step_ == 1.0) {
      for (std::size_t i = 0; i < frames; ++i)
        for (std::size_t c = 0; c < out_; ++c) result.push_back(chunk[i * in_ + std::min(c, in_ - 1)]);
      return result;
    }
    // place_ counts from the last frame of the previous chunk, which is frame 0 here.
    for (; place_ < static_cast<double>(frames); place_ += step_) {
      const auto left = static_cast<std::size_t>(place_);
      const auto share = static_cast<float>(place_ - static_cast<double>(left));
      for (std::size_t c = 0; c < out_; ++c) {
        const std::size_t channel = std::min(c, in_ - 1);
        const float a = left == 0 ? last_[channel] : chunk[(left - 1) * in_ + channel];
        result.push_back(a + share * (chunk[left * in_ + channel] - a));
      }
    }
    place_ -= static_cast<double>(frames);
    if (frames > 0) last_.assign(chunk.end() - static_cast<std::ptrdiff_t>(in_), chunk.end());
    return result;
  }

 private:
  std::size_t in_, out_;
  double step_, place_ = 1.0;
  std::vector<float> last_;
};

}  // namespace auscult
