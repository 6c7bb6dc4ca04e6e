// The attribution of an event: the mel bins' shares summed over its hops, as bands. Hops above the threshold before the
// event is confirmed belong to it. Thread rule: one object, one thread. Internal to the module.
#pragma once

#include <span>
#include <vector>

#include "dsp/frequency_bands.h"

namespace auscult {

class AttributionSum {
 public:
  /// The sums are reset after this many consecutive usual hops.
  explicit AttributionSum(int patience) : patience_(patience) {}

  /// A hop that is not above the threshold.
  void add_usual() {
    ++quiet_;
    if (quiet_ >= patience_) sums_.clear();
  }
  /// The shares of a hop above it; empty if unknown.
  void add_unusual(std::span<const float> shares) {
    quiet_ = 0;
    sums_.resize(shares.size(), 0.0);
    for (std::size_t i = 0; i < shares.size(); ++i) sums_[i] += static_cast<double>(shares[i]);
  }
  void clear() { sums_.clear(); }

  std::vector<FrequencyBand> bands(const FrontendConfig& frontend) const {
    double total = 0.0;
    for (const double sum : sums_) total += sum;
    std::vector<float> shares;
    for (const double sum : sums_) shares.push_back(total > 0.0 ? static_cast<float>(sum / total) : 0.0F);
    if (shares.empty()) return {};
    return strongest_bands(shares, frontend);
  }

 private:
  std::vector<double> sums_;
  int patience_, quiet_ = 0;
};

}  // namespace auscult
