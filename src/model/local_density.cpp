#include "model/local_density.h"

#include <algorithm>
#include <cmath>

namespace auscult {
namespace {

Result<std::vector<double>> take_energies(TensorMap& tensors, const std::string& name, std::size_t count) {
  AUSCULT_TRY_ASSIGN(std::vector<double> values, take_tensor(tensors, name, {static_cast<std::int64_t>(count)}));
  if (!std::all_of(values.begin(), values.end(), [](double e) { return std::isfinite(e); }))
    return damaged_model("tensor " + name + " has an energy that is not finite");
  return values;
}

}  // namespace

Result<std::shared_ptr<const LocalDensity>> LocalDensity::restore(TensorMap& tensors, const std::string& prefix,
                                                                  int width, const LocalConfig& config) {
  AUSCULT_TRY_ASSIGN(VectorMemory memory, VectorMemory::restore(tensors, prefix, width, config.whitening > 0.0));
  AUSCULT_TRY_ASSIGN(std::vector<double> energies, take_energies(tensors, prefix + "energies", memory.size()));
  AUSCULT_TRY_ASSIGN(std::vector<double> untrained, take_energies(tensors, prefix + "untrained", memory.size()));
  return std::make_shared<const LocalDensity>(std::move(memory), std::move(energies), std::move(untrained),
                                              config.neighbours);
}

LocalDensity LocalDensity::with(std::span<const double> rows, std::span<const double> energies,
                                std::span<const double> untrained) const {
  std::vector<double> all = energies_, all_untrained = untrained_;
  all.insert(all.end(), energies.begin(), energies.end());
  all_untrained.insert(all_untrained.end(), untrained.begin(), untrained.end());
  return {memory_.with(rows), std::move(all), std::move(all_untrained), static_cast<int>(neighbours_)};
}

void LocalDensity::save(TensorMap& tensors, const std::string& prefix) const {
  memory_.save(tensors, prefix);
  const auto count = static_cast<std::int64_t>(memory_.size());
  tensors[prefix + "energies"] = {{count}, energies_};
  tensors[prefix + "untrained"] = {{count}, untrained_};
}

std::vector<std::size_t> LocalDensity::nearest(std::span<const double> row) const {
  return smallest(memory_.squared_distances(row), neighbours_);
}

void LocalDensity::mean_near(std::span<const double> energies, std::span<const double> rows,
                             std::span<double> out) const {
  const std::vector<double> distances = memory_.squared_distances(rows);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto near = smallest(std::span(distances).subspan(i * memory_.size(), memory_.size()), neighbours_);
    double sum = 0.0;
    for (const std::size_t row : near) sum += energies[row];
    out[i] = sum / static_cast<double>(near.size());
  }
}

}  // namespace auscult
