#include "training/control_fit.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "model/standardization.h"
#include "torch_control_fit.h"

namespace auscult {

Result<TableControls> TableControls::fit(const FeatureMatrix& rows, const ControlOptions& options, std::uint64_t seed) {
  TableControls controls;
  const auto width = static_cast<std::size_t>(rows.width);
  const double count = static_cast<double>(rows.rows());
  controls.mean_.assign(width, 0.0);
  controls.scale_.assign(width, 0.0);
  for (std::size_t i = 0; i < rows.values.size(); ++i) controls.mean_[i % width] += static_cast<double>(rows.values[i]);
  for (double& mean : controls.mean_) mean /= count;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const double centered = static_cast<double>(rows.values[i]) - controls.mean_[i % width];
    controls.scale_[i % width] += centered * centered;
  }
  for (double& scale : controls.scale_) scale = std::max(std::sqrt(scale / count), options.smallest_scale);
  AUSCULT_TRY_ASSIGN(TensorMap tensors,
                     fit_control_tensors(controls.standardized(rows), rows.width, rows.groups, options, seed));
  AUSCULT_TRY_ASSIGN(controls.controls_, FeatureControls::restore(tensors, "", rows.width));
  return controls;
}

std::vector<double> TableControls::standardized(const FeatureMatrix& rows) const {
  return standard_scores(rows.values, mean_, scale_);
}

std::vector<ControlEnergies> TableControls::scores(const FeatureMatrix& rows) const {
  constexpr std::size_t kRowsAtOnce = 64;  // bounds memory, not results
  const std::vector<double> x = standardized(rows);
  std::vector<ControlEnergies> scores(static_cast<std::size_t>(rows.rows()));
  const auto width = static_cast<std::size_t>(rows.width);
  for (std::size_t begin = 0; begin < scores.size(); begin += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, scores.size() - begin);
    controls_->energies(std::span(x).subspan(begin * width, count * width), std::span(scores).subspan(begin, count));
  }
  return scores;
}

Status fit_controls(Detector& detector, const FeatureMatrix& rows, std::uint64_t seed) {
  if (rows.width > kWidestControls) return {};
  AUSCULT_TRY_ASSIGN(TensorMap tensors, fit_control_tensors(detector.standardized(rows.values), rows.width, rows.groups,
                                                            kModelControls, seed));
  AUSCULT_TRY_ASSIGN(detector.controls, FeatureControls::restore(tensors, "", rows.width));
  return {};
}

}  // namespace auscult
