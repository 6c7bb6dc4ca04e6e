#include "model/controls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "gaussian_mixture.h"
#include "model/local_controls.h"
#include "row_kernels.h"

namespace auscult {
namespace {

constexpr std::int64_t kMaxComponents = 64;
constexpr std::int64_t kMaxRows = 20000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double squares(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return sum;
}

}  // namespace

struct FeatureControls::Parts {
  std::size_t width = 0;
  nn::RowProduct whitening;     // L^-1 of the shrunk covariance
  nn::GaussianMixture mixture;  // empty in files of schema 1, as are the rows
  nn::RowProduct rows;          // training rows, as a product with a row
  std::vector<double> row_squares;
  std::optional<LocalControls> local;  // none in files of older versions
};

FeatureControls::FeatureControls() = default;
FeatureControls::~FeatureControls() = default;

Result<std::shared_ptr<const FeatureControls>> FeatureControls::restore(TensorMap& tensors, const std::string& prefix,
                                                                        int width) {
  const auto holds = [&](const char* name) { return tensors.contains(prefix + name); };
  const bool others = holds("mixture.phi") || holds("mixture.mu") || holds("mixture.cholesky") || holds("rows");
  if (!others && !holds("whitening")) return std::shared_ptr<const FeatureControls>();
  auto parts = std::make_unique<Parts>();
  parts->width = static_cast<std::size_t>(width);
  AUSCULT_TRY_ASSIGN(const std::vector<double> whitening, take_tensor(tensors, prefix + "whitening", {width, width}));
  parts->whitening = nn::RowProduct(width, width, whitening);
  if (others) {
    const auto phi = tensors.find(prefix + "mixture.phi");
    const std::int64_t components = phi != tensors.end() && phi->second.shape.size() == 1 ? phi->second.shape[0] : 0;
    if (components < 1 || components > kMaxComponents)
      return damaged_model("tensor " + prefix + "mixture.phi is missing or has the wrong shape");
    AUSCULT_TRY_ASSIGN(parts->mixture, nn::GaussianMixture::restore(tensors, prefix + "mixture.", components, width,
                                                                    nn::GaussianMixture::Sigma::absent));
    const auto rows = tensors.find(prefix + "rows");
    const std::int64_t count = rows != tensors.end() && rows->second.shape.size() == 2 ? rows->second.shape[0] : 0;
    if (count < 1 || count > kMaxRows)
      return damaged_model("tensor " + prefix + "rows is missing or has the wrong shape");
    AUSCULT_TRY_ASSIGN(const std::vector<double> values, take_tensor(tensors, prefix + "rows", {count, width}));
    parts->rows = nn::RowProduct(count, width, values);
    for (std::size_t begin = 0; begin < values.size(); begin += parts->width)
      parts->row_squares.push_back(squares(std::span(values).subspan(begin, parts->width)));
    AUSCULT_TRY_ASSIGN(parts->local, LocalControls::restore(tensors, prefix + "local.", values, width));
  }
  std::shared_ptr<FeatureControls> controls(new FeatureControls);
  controls->parts_ = std::move(parts);
  return std::shared_ptr<const FeatureControls>(std::move(controls));
}

void FeatureControls::save(TensorMap& tensors, const std::string& prefix) const {
  const auto width = static_cast<std::int64_t>(parts_->width);
  tensors[prefix + "whitening"] = {{width, width}, parts_->whitening.weights()};
  if (!parts_->mixture.empty()) parts_->mixture.save(tensors, prefix + "mixture.");
  if (!parts_->rows.empty()) tensors[prefix + "rows"] = {{parts_->rows.outputs(), width}, parts_->rows.weights()};
  if (parts_->local) parts_->local->save(tensors, prefix + "local.");
}

void FeatureControls::energies(std::span<const double> rows, std::span<ControlEnergies> out) const {
  const std::size_t width = parts_->width;
  std::vector<double> whitened(rows.size()), products(out.size() * static_cast<std::size_t>(parts_->rows.outputs()));
  parts_->whitening.apply(rows, whitened);
  if (!parts_->rows.empty()) parts_->rows.apply(rows, products);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto x = rows.subspan(i * width, width);
    const double own = squares(x);
    out[i] = {own / static_cast<double>(width),
              squares(std::span<const double>(whitened).subspan(i * width, width)) / static_cast<double>(width),
              kNone,
              kNone,
              kNone,
              kNone,
              kNone};
    if (!parts_->mixture.empty()) out[i].gmm = parts_->mixture.energy(x);
    if (parts_->rows.empty()) continue;
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < parts_->row_squares.size(); ++row)
      nearest =
          std::min(nearest, own + parts_->row_squares[row] - 2.0 * products[i * parts_->row_squares.size() + row]);
    out[i].knn1 = std::sqrt(std::max(nearest, 0.0));
  }
  if (parts_->local) parts_->local->energies(rows, out);
}

std::size_t control_detector(const Preset& preset) {
  const auto merit = [&](const DetectorConfig& d) {
    return std::tuple(input_width(d, preset.frontend) <= kWidestControls, d.input == Representation::summary, d.window);
  };
  std::size_t best = 0;
  for (std::size_t d = 1; d < preset.detectors.size(); ++d)
    if (merit(preset.detectors[d]) > merit(preset.detectors[best])) best = d;
  return best;
}

}  // namespace auscult
