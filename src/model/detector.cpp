#include <algorithm>
#include <limits>

#include "model/controls.h"
#include "model/dagmm.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"
#include "model/standardization.h"

namespace auscult {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::optional<EnergyKind> only(EnergyParts parts, const DetectorConfig& config) {
  return parts == EnergyParts::reported ? std::optional(config.energy) : std::nullopt;
}

// The mean of the ensemble's energies.
void mean_energies(const std::vector<std::shared_ptr<const Dagmm>>& members, std::span<const double> rows,
                   std::span<Energies> out, std::optional<EnergyKind> only) {
  std::fill(out.begin(), out.end(), Energies{});
  std::vector<Energies> one(out.size());
  for (const auto& member : members) {
    member->energies(rows, one, only);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].dagmm += one[i].dagmm;
      out[i].joint += one[i].joint;
      out[i].contrast += one[i].contrast;
    }
  }
  const double count = static_cast<double>(members.size());
  for (Energies& e : out) e = {e.dagmm / count, e.joint / count, e.contrast / count, kNone};
}

void set_usual(std::span<const double> usual, std::span<Energies> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i].usual = usual[i];
}

void neighbour_energies(const NeighbourMemory& memory, std::span<const double> rows, std::span<Energies> out) {
  std::vector<double> ratios(out.size());
  memory.energies(rows, ratios);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {kNone, kNone, kNone, ratios[i]};
}

}  // namespace

std::vector<double> Detector::standardized(std::span<const float> rows) const {
  return standard_scores(rows, mean, scale);
}

void Detector::energies(std::span<const float> rows, std::span<Energies> out, EnergyParts parts) const {
  const auto values = standardized(rows);
  if (memory) return neighbour_energies(*memory, values, out);
  mean_energies(members, values, out, only(parts, config));
  const LocalDensity* density = local ? local.get() : states.get();
  if (!density) return;
  std::vector<double> usual(out.size());
  density->usual(values, usual);
  set_usual(usual, out);
}

void Detector::untrained_energies(std::span<const float> rows, std::span<Energies> out, EnergyParts parts) const {
  if (memory) return energies(rows, out);  // no gradient steps to leave out
  const auto values = standardized(rows);
  mean_energies(untrained, values, out, only(parts, config));
  const LocalDensity* density = local ? local.get() : states.get();
  if (!density) return;
  std::vector<double> usual(out.size());
  density->usual_untrained(values, usual);
  set_usual(usual, out);
}

void Detector::control_energies(std::span<const float> rows, std::span<ControlEnergies> out) const {
  const auto values = standardized(rows);
  if (controls) return controls->energies(values, out);
  const auto n = static_cast<std::size_t>(width);
  for (std::size_t row = 0; row < out.size(); ++row) {
    double squares = 0.0;
    for (std::size_t i = 0; i < n; ++i) squares += values[row * n + i] * values[row * n + i];
    out[row] = {squares / static_cast<double>(n), kNone, kNone, kNone, kNone, kNone, kNone};
  }
}

}  // namespace auscult
