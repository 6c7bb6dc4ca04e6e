#include "convolution.h"

#include <algorithm>
#include <utility>

namespace auscult::nn {
namespace {

// Calls visit(pixel of the picture, index in the row) for each position in the neighborhood of output pixel (y, x) that
// lies inside the picture.
template <class Visit>
void visit_neighbourhood(const ConvolutionGeometry& g, std::int64_t y, std::int64_t x, Visit&& visit) {
  for (std::int64_t channel = 0; channel < g.in_channels; ++channel) {
    for (std::int64_t ky = 0; ky < g.kernel; ++ky) {
      const std::int64_t in_y = y * g.stride + ky - g.padding;
      if (in_y < 0 || in_y >= g.in_side) continue;
      for (std::int64_t kx = 0; kx < g.kernel; ++kx) {
        const std::int64_t in_x = x * g.stride + kx - g.padding;
        if (in_x < 0 || in_x >= g.in_side) continue;
        visit((channel * g.in_side + in_y) * g.in_side + in_x, (channel * g.kernel + ky) * g.kernel + kx);
      }
    }
  }
}

std::int64_t neighbourhood_size(const ConvolutionGeometry& g) {
  return g.in_channels * g.kernel * g.kernel;
}

// Neighborhoods of all output pixels as rows; zero outside the picture.
std::vector<double> gather(const ConvolutionGeometry& g, std::span<const double> picture) {
  const std::int64_t side = g.out_side(), width = neighbourhood_size(g);
  std::vector<double> rows(static_cast<std::size_t>(side * side * width), 0.0);
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x) {
      double* row = rows.data() + (y * side + x) * width;
      visit_neighbourhood(g, y, x, [&](std::int64_t pixel, std::int64_t place) {
        row[place] = picture[static_cast<std::size_t>(pixel)];
      });
    }
  return rows;
}

// The reverse: each pixel is the sum of its values in all rows, output pixels ascending.
void scatter(const ConvolutionGeometry& g, std::span<const double> rows, std::span<double> picture) {
  const std::int64_t side = g.out_side(), width = neighbourhood_size(g);
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x) {
      const double* row = rows.data() + (y * side + x) * width;
      visit_neighbourhood(g, y, x, [&](std::int64_t pixel, std::int64_t place) {
        picture[static_cast<std::size_t>(pixel)] += row[place];
      });
    }
}

// (rows, columns) to (columns, rows): pixels by channels to channels by pixels, and back.
std::vector<double> transposed(std::span<const double> values, std::int64_t rows, std::int64_t columns) {
  std::vector<double> out(values.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      out[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
  return out;
}

template <class Each>
void for_each_picture(std::span<const double> in, std::int64_t in_size, std::span<double> out, std::int64_t out_size,
                      Each&& each) {
  const auto a = static_cast<std::size_t>(in_size), b = static_cast<std::size_t>(out_size);
  for (std::size_t row = 0; row * a < in.size(); ++row) each(in.subspan(row * a, a), out.subspan(row * b, b));
}

}  // namespace

Convolution::Convolution(const ConvolutionGeometry& geometry, std::span<const double> weights,
                         std::span<const double> bias)
    : geometry_(geometry), product_(geometry.out_channels, neighbourhood_size(geometry), weights, bias) {}

void Convolution::forward(std::span<const double> in, std::span<double> out) const {
  const std::int64_t pixels = geometry_.out_side() * geometry_.out_side();
  for_each_picture(in, inputs(), out, outputs(), [&](std::span<const double> picture, std::span<double> result) {
    std::vector<double> channels(result.size());
    product_.apply(gather(geometry_, picture), channels);
    const std::vector<double> planes = transposed(channels, pixels, geometry_.out_channels);
    std::copy(planes.begin(), planes.end(), result.begin());
  });
}

void Convolution::backward(std::span<const double>, std::span<const double>, std::span<const double> out_gradient,
                           std::span<double> in_gradient) const {
  const std::int64_t pixels = geometry_.out_side() * geometry_.out_side();
  for_each_picture(out_gradient, outputs(), in_gradient, inputs(),
                   [&](std::span<const double> gradient, std::span<double> result) {
                     std::vector<double> rows(static_cast<std::size_t>(pixels * product_.inputs()));
                     product_.apply_transposed(transposed(gradient, geometry_.out_channels, pixels), rows);
                     std::fill(result.begin(), result.end(), 0.0);
                     scatter(geometry_, rows, result);
                   });
}

TransposedConvolution::TransposedConvolution(std::int64_t in_channels, std::int64_t out_channels, std::int64_t in_side,
                                             std::span<const double> weights, std::span<const double> bias)
    : mirror_{out_channels, in_channels, 2 * in_side, 4, 2, 1},
      product_(out_channels * 16, in_channels, transposed(weights, in_channels, out_channels * 16)),
      bias_(bias.begin(), bias.end()) {}

void TransposedConvolution::forward(std::span<const double> in, std::span<double> out) const {
  const std::int64_t pixels = mirror_.out_side() * mirror_.out_side(), plane = mirror_.in_side * mirror_.in_side;
  for_each_picture(in, inputs(), out, outputs(), [&](std::span<const double> picture, std::span<double> result) {
    std::vector<double> rows(static_cast<std::size_t>(pixels * product_.outputs()));
    product_.apply(transposed(picture, mirror_.out_channels, pixels), rows);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = bias_[i / static_cast<std::size_t>(plane)];
    scatter(mirror_, rows, result);
  });
}

void TransposedConvolution::backward(std::span<const double>, std::span<const double>,
                                     std::span<const double> out_gradient, std::span<double> in_gradient) const {
  const std::int64_t pixels = mirror_.out_side() * mirror_.out_side();
  for_each_picture(out_gradient, outputs(), in_gradient, inputs(),
                   [&](std::span<const double> gradient, std::span<double> result) {
                     std::vector<double> channels(result.size());
                     product_.apply_transposed(gather(mirror_, gradient), channels);
                     const std::vector<double> planes = transposed(channels, pixels, mirror_.out_channels);
                     std::copy(planes.begin(), planes.end(), result.begin());
                   });
}

std::vector<double> TransposedConvolution::weights() const {
  return transposed(product_.weights(), product_.outputs(), product_.inputs());
}

void ChannelScale::apply(std::span<double> picture) const {
  const std::size_t plane = picture.size() / gain.size();
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = picture[i] * gain[i / plane] + shift[i / plane];
}

void ChannelScale::apply_to_gradient(std::span<double> picture) const {
  const std::size_t plane = picture.size() / gain.size();
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] *= gain[i / plane];
}

}  // namespace auscult::nn
