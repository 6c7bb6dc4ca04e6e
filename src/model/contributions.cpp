#include "model/contributions.h"

#include <algorithm>
#include <cassert>

#include "model/dagmm.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"

namespace auscult {

namespace {

// The mean of the ensemble's contributions, times `share`.
void add_member_contributions(const Detector& detector, std::span<const double> x, double share,
                              std::span<double> out) {
  std::vector<double> part(x.size());
  for (const auto& member : detector.members) {
    member->contributions(detector.config.energy, x, part);
    for (std::size_t i = 0; i < x.size(); ++i) out[i] += share * part[i] / static_cast<double>(detector.members.size());
  }
}

// What is usual in the state of the machine nearest to x: spread over the values as the energy of that state is.
void take_off_state(const Detector& detector, std::span<const double> x, std::span<double> out) {
  const std::size_t nearest = detector.states->nearest(x).front();
  const double usual = detector.states->energies()[nearest];
  if (usual == 0.0) return;
  std::vector<double> part(x.size(), 0.0);
  add_member_contributions(detector, detector.states->memory().row(nearest), 1.0, part);
  double sum = 0.0;
  for (double& value : part) sum += value = std::max(0.0, value);
  for (std::size_t i = 0; i < x.size() && sum > 0.0; ++i) out[i] -= usual * part[i] / sum;
}

}  // namespace

Contributions::Contributions(const Detector& detector, const FrontendConfig& frontend)
    : detector_(&detector), frontend_(frontend) {}

int Contributions::bins() const {
  return mel_bin_of(detector_->config, frontend_, 0) < 0 ? 0 : frontend_.n_mels;
}

void Contributions::per_value(std::span<const float> rows, std::span<double> out) const {
  const Detector& detector = *detector_;
  const auto width = static_cast<std::size_t>(detector.width);
  assert(out.size() == rows.size());
  const std::vector<double> x = detector.standardized(rows);
  std::fill(out.begin(), out.end(), 0.0);
  if (detector.memory) {
    for (std::size_t i = 0; i < x.size(); i += width)
      detector.memory->add_contributions(std::span(x).subspan(i, width), out.subspan(i, width));
    return;
  }
  add_member_contributions(detector, x, 1.0, out);
  if (detector.states) {
    for (std::size_t i = 0; i < x.size(); i += width)
      take_off_state(detector, std::span(x).subspan(i, width), out.subspan(i, width));
  }
  if (!detector.local) return;
  const double share = -1.0 / static_cast<double>(detector.config.local.neighbours);
  for (std::size_t i = 0; i < x.size(); i += width)
    for (const std::size_t kept : detector.local->nearest(std::span(x).subspan(i, width)))
      add_member_contributions(detector, detector.local->memory().row(kept), share, out.subspan(i, width));
}

void Contributions::per_bin(std::span<const float> rows, std::span<float> out) const {
  const auto width = static_cast<std::size_t>(detector_->width), bins_per_row = static_cast<std::size_t>(bins());
  std::vector<double> values(rows.size()), sums(out.size(), 0.0);
  per_value(rows, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bin =
        static_cast<std::size_t>(mel_bin_of(detector_->config, frontend_, static_cast<std::int64_t>(i % width)));
    sums[i / width * bins_per_row + bin] += values[i];
  }
  std::copy(sums.begin(), sums.end(), out.begin());
}

int mel_bin_of(const DetectorConfig& detector, const FrontendConfig& frontend, std::int64_t value) {
  return detector.input == Representation::waveform ? -1 : static_cast<int>(value % frontend.n_mels);
}

std::vector<float> positive_shares(std::span<const float> contributions) {
  double sum = 0.0;
  for (const float value : contributions) sum += std::max(0.0, static_cast<double>(value));
  std::vector<float> shares;
  for (const float value : contributions)
    shares.push_back(sum > 0.0 ? static_cast<float>(std::max(0.0, static_cast<double>(value)) / sum) : 0.0F);
  return shares;
}

std::vector<float> fused_shares(std::span<const std::vector<float>> contributions, std::span<const double> u) {
  std::vector<double> sums;
  double weight = 0.0;
  for (std::size_t d = 0; d < contributions.size(); ++d) {
    if (contributions[d].empty()) continue;
    const std::vector<float> shares = positive_shares(contributions[d]);
    sums.resize(shares.size(), 0.0);
    const double unusual = std::max(0.0, u[d]);
    weight += unusual;
    for (std::size_t i = 0; i < shares.size(); ++i) sums[i] += unusual * static_cast<double>(shares[i]);
  }
  std::vector<float> fused;
  for (const double sum : sums) fused.push_back(weight > 0.0 ? static_cast<float>(sum / weight) : 0.0F);
  return fused;
}

}  // namespace auscult
