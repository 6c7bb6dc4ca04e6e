#include "single_contrast.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "simd_kernels.h"

namespace auscult::nn {
namespace {

// Below half a unit in the last place of the band's largest weight.
constexpr double kSmallestWeight = 0x1p-26;

std::size_t padded(std::size_t count) {
  constexpr auto kPanel = static_cast<std::size_t>(kLanes<float>);
  return (count + kPanel - 1) / kPanel * kPanel;
}

// a (rows x n) b (n x columns), by the row kernels, whose bits do not depend on the machine.
std::vector<double> multiplied(const std::vector<double>& a, const std::vector<double>& b, std::size_t n) {
  const std::size_t rows = a.size() / n, columns = b.size() / n;
  std::vector<double> turned(b.size()), product(rows * columns);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < columns; ++j) turned[j * n + i] = b[i * columns + j];
  RowProduct(static_cast<std::int64_t>(columns), static_cast<std::int64_t>(n), turned).apply(a, product);
  return product;
}

SingleRowProduct single(std::size_t outputs, std::size_t inputs, std::span<const double> weights,
                        std::span<const double> bias = {}) {
  return {static_cast<std::int64_t>(outputs), static_cast<std::int64_t>(inputs), weights, bias};
}

const DenseLayer& dense(const LayerPointer& layer) {
  return static_cast<const DenseLayer&>(*layer);
}

void activate(std::span<float> values, Activation activation) {
  if (activation == Activation::tanh) hyperbolic_tangent(values);
  if (activation == Activation::relu)
    for (float& value : values) value = value > 0.0F ? value : 0.0F;
}

}  // namespace

bool SingleContrast::fits(const DagmmConfig& config) {
  return config.schedule.single_precision && config.network.kind == NetworkKind::dense && !config.network.sigmoid;
}

SingleContrast::SingleContrast(const Network& network, const RowProduct& metric, const RowProduct& whitening,
                               const ResidualDensity& residual)
    : width_(static_cast<std::size_t>(whitening.inputs())) {
  std::vector<LayerPointer> layers = network.encoder().layers();
  layers.insert(layers.end(), network.decoder().layers().begin(), network.decoder().layers().end());
  const RowProduct& last = dense(layers.back()).product();
  layers.pop_back();
  for (const LayerPointer& layer : layers) {
    const RowProduct& product = dense(layer).product();
    std::vector<double> weights = product.weights();
    if (layers_.empty() && !metric.empty()) weights = multiplied(weights, metric.weights(), width_);
    layers_.push_back({single(static_cast<std::size_t>(product.outputs()), static_cast<std::size_t>(product.inputs()),
                              weights, product.bias()),
                       dense(layer).activation()});
  }
  hidden_width_ = static_cast<std::size_t>(last.inputs());
  const std::vector<double> from_hidden = multiplied(whitening.weights(), last.weights(), width_),
                            own = residual.whitening().weights();
  std::vector<double> constant(width_), weights;
  whitening.apply(last.bias(), constant);
  const double kept = 1.0 - network.config().skip_connection;
  for (std::size_t i = 0; i < width_; ++i) {
    constant[i] = 2.0 * whitening.bias()[i] - constant[i];  // apply() has added the bias to the product
    for (std::size_t j = 0; j < hidden_width_; ++j) weights.push_back(-from_hidden[i * hidden_width_ + j]);
    for (std::size_t j = 0; j < width_; ++j) weights.push_back(kept * own[i * width_ + j]);
  }
  residual_ = single(width_, hidden_width_ + width_, weights, constant);
  pulling_ = single(width_, width_, residual.pulling().weights());

  const FaultTemplates& templates = residual.templates();
  blocks_ = static_cast<std::size_t>(templates.blocks);
  bins_ = static_cast<std::size_t>(templates.bins);
  templates_ = templates.count();
  const std::size_t bands = templates.bands.size() / bins_, row = padded(bands);
  std::vector<double> shapes(row * bins_, 0.0);
  std::transform(templates.bands.begin(), templates.bands.end(), shapes.begin(),
                 [](double weight) { return weight < kSmallestWeight ? 0.0 : weight; });
  bands_ = single(row, bins_, shapes);
  scales_.assign((blocks_ + 1) * row, -1.0F);
  const std::size_t of_band = blocks_ + (templates.across_blocks ? 1 : 0);
  for (std::size_t t = 0; t < templates_; ++t)
    scales_[t % of_band * row + t / of_band] = static_cast<float>(residual.evidence_scale(t));
}

void SingleContrast::energies(std::span<const double> rows, std::span<double> out) const {
  const std::size_t count = out.size(), joined_width = hidden_width_ + width_;
  std::vector<float> x(rows.size()), y, joined(count * joined_width);
  std::transform(rows.begin(), rows.end(), x.begin(), [](double value) { return static_cast<float>(value); });
  for (std::size_t row = 0; row < count; ++row)
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(row * width_), width_,
                joined.begin() + static_cast<std::ptrdiff_t>(row * joined_width + hidden_width_));
  for (const Layer& layer : layers_) {
    y.resize(count * static_cast<std::size_t>(layer.product.outputs()));
    layer.product.apply(x, y);
    activate(y, layer.activation);
    std::swap(x, y);
  }
  for (std::size_t row = 0; row < count; ++row)
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(row * hidden_width_), hidden_width_,
                joined.begin() + static_cast<std::ptrdiff_t>(row * joined_width));
  x.resize(count * width_);
  y.resize(count * width_);
  residual_.apply(joined, x);
  pulling_.apply(x, y);

  const std::size_t bands = static_cast<std::size_t>(bands_.outputs());
  std::vector<float> sums(blocks_ * bands), work((blocks_ + 1) * bands);
  for (std::size_t row = 0; row < count; ++row) {
    bands_.apply(std::span<const float>(y).subspan(row * width_, blocks_ * bins_),
                 sums);  // each block is a row of bins
    const double evidence = kernels<float>().evidence(
        {sums.data(), scales_.data(), static_cast<std::int64_t>(blocks_), static_cast<std::int64_t>(bands)},
        work.data());
    out[row] = evidence - std::log(static_cast<double>(templates_));
  }
}

}  // namespace auscult::nn
