// What a Scorer reported, stored for bitwise comparison. Test-only, header-only; needs auscult_engine.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "scoring/scorer.h"
#include "support/sounds.h"

namespace auscult::test {

/// Every number of every hop, in order, as bits.
class HopRecord {
 public:
  HopSink sink() {
    return [this](const Hop& hop) { add(hop); };
  }
  void add(const Hop& hop) {
    ++hops;
    last_fused = hop.fused;
    ran = ran || hop.running;
    put(static_cast<double>(hop.index));
    put(hop.time_s);
    put(hop.fused);
    put(hop.leading_detector.value_or(-1));
    put(hop.running);
    for (const StepEnergy& step : hop.fresh) {
      steps.push_back(step);
      for (const double x :
           {static_cast<double>(step.detector), static_cast<double>(step.frame), step.time_s, step.energies.dagmm,
            step.energies.joint, step.energy, step.u, step.untrained, step.controls.template_distance,
            step.controls.mahalanobis, step.controls.gmm, step.controls.knn1})
        put(x);
    }
  }
  bool operator==(const HopRecord& other) const { return bits == other.bits; }

  std::vector<std::uint64_t> bits;
  std::vector<StepEnergy> steps;
  int hops = 0;
  double last_fused = 0.0;
  bool ran = false;

 private:
  void put(double x) { bits.push_back(std::bit_cast<std::uint64_t>(x)); }
};

/// Calls push(piece) for pieces of the given sizes, over and over, until the samples are used up.
template <class Push>
void in_pieces(std::span<const float> samples, const std::vector<std::size_t>& sizes, Push&& push) {
  for (std::size_t i = 0; !samples.empty(); ++i) {
    const auto piece = samples.first(std::min(sizes[i % sizes.size()], samples.size()));
    push(piece);
    samples = samples.subspan(piece.size());
  }
}

}  // namespace auscult::test
