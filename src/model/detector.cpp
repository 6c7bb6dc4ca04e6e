#include <algorithm>
#include <array>
#include <limits>

#include "model/controls.h"
#include "dagmm.h"
#include "neighbours.h"

namespace auscult {
namespace {

// Standardised copy of the block; rows that are not meant are zero, whatever the caller left there.
std::vector<double> standardise(const Detector& detector, std::span<const float> rows, int count) {
  const auto width = static_cast<std::size_t>(detector.width);
  std::vector<double> block(kBlockRows * width, 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count) * width; ++i)
    block[i] = (rows[i] - detector.mean[i % width]) / detector.scale[i % width];
  return block;
}

void mean_energies(const std::vector<std::shared_ptr<const Dagmm>>& members, std::span<const double> block, std::span<Energies> out) {
  std::array<Energies, kBlockRows> sum{}, one{};
  for (const auto& member : members) {
    member->energies(block, std::span(one).first(out.size()));
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i].dagmm += one[i].dagmm;
      sum[i].joint += one[i].joint;
      sum[i].contrast += one[i].contrast;
    }
  }
  const double count = static_cast<double>(members.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {sum[i].dagmm / count, sum[i].joint / count, sum[i].contrast / count, std::numeric_limits<double>::quiet_NaN()};
}

void neighbour_energies(const NeighbourMemory& memory, std::span<const double> block, std::size_t width, std::span<Energies> out) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {kNone, kNone, kNone, neighbour_energy(memory, block.subspan(i * width, width))};
}

}  // namespace

void Detector::energies(std::span<const float> rows, int count, std::span<Energies> out) const {
  const auto block = standardise(*this, rows, count);
  out = out.first(static_cast<std::size_t>(count));
  if (memory) return neighbour_energies(*memory, block, static_cast<std::size_t>(width), out);
  mean_energies(members, block, out);
}

void Detector::untrained_energies(std::span<const float> rows, int count, std::span<Energies> out) const {
  if (memory) return energies(rows, count, out);  // no gradient step to leave out
  mean_energies(untrained, standardise(*this, rows, count), out.first(static_cast<std::size_t>(count)));
}

void Detector::control_energies(std::span<const float> rows, int count, std::span<ControlEnergies> out) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto block = standardise(*this, rows, count);
  if (controls) {
    std::array<ControlEnergies, kBlockRows> all{};
    controls->energies(block, all);
    std::copy_n(all.begin(), count, out.begin());
    return;
  }
  const auto n = static_cast<std::size_t>(width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(count); ++row) {
    double squares = 0.0;
    for (std::size_t i = 0; i < n; ++i) squares += block[row * n + i] * block[row * n + i];
    out[row] = {squares / static_cast<double>(n), kNone, kNone, kNone};
  }
}

}  // namespace auscult
