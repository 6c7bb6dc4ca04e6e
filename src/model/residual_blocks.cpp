#include "residual_blocks.h"

namespace auscult::nn {
namespace {

void add(std::span<double> to, std::span<const double> what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

// Nearest neighbor: each pixel becomes four. `side`: of the small picture.
std::vector<double> upsampled(std::span<const double> small, std::int64_t side) {
  std::vector<double> large(4 * small.size());
  const std::size_t n = static_cast<std::size_t>(side);
  for (std::size_t line = 0; line * n < small.size(); ++line)
    for (std::size_t i = 0; i < 2 * n; ++i)
      large[4 * line * n + i] = large[4 * line * n + 2 * n + i] = small[line * n + i / 2];
  return large;
}

std::vector<double> summed_down(std::span<const double> large, std::int64_t side) {
  std::vector<double> small(large.size() / 4, 0.0);
  const std::size_t n = static_cast<std::size_t>(side);
  for (std::size_t line = 0; line * n < small.size(); ++line)
    for (std::size_t i = 0; i < 4 * n; ++i) small[line * n + (i % (2 * n)) / 2] += large[4 * line * n + i];
  return small;
}

template <class Each>
void for_each_row(std::int64_t in_size, std::span<const double> in, Each&& each) {
  const auto n = static_cast<std::size_t>(in_size);
  for (std::size_t row = 0; row * n < in.size(); ++row) each(row);
}

}  // namespace

std::vector<double> ResidualBlock::inner(std::span<const double> in) const {
  std::vector<double> values(in.size() / static_cast<std::size_t>(down_.inputs()) *
                             static_cast<std::size_t>(down_.outputs()));
  down_.forward(in, values);
  activate(values, activation_);
  return values;
}

void ResidualBlock::forward(std::span<const double> in, std::span<double> out) const {
  std::vector<double> skipped(out.size());
  shortcut_.forward(in, skipped);
  const auto size = static_cast<std::size_t>(outputs());
  for_each_row(inputs(), in, [&](std::size_t row) { norm_.apply(std::span(skipped).subspan(row * size, size)); });
  conv_.forward(inner(in), out);
  add(out, skipped);
  activate(out, activation_);
}

void ResidualBlock::backward(std::span<const double> in, std::span<const double> out,
                             std::span<const double> out_gradient, std::span<double> in_gradient) const {
  std::vector<double> gradient(out_gradient.begin(), out_gradient.end());
  activate_backward(out, activation_, gradient);
  const std::vector<double> between = inner(in);
  std::vector<double> between_gradient(between.size());
  conv_.backward({}, {}, gradient, between_gradient);
  activate_backward(between, activation_, between_gradient);
  down_.backward({}, {}, between_gradient, in_gradient);

  const auto size = static_cast<std::size_t>(outputs());
  for_each_row(inputs(), in,
               [&](std::size_t row) { norm_.apply_to_gradient(std::span(gradient).subspan(row * size, size)); });
  std::vector<double> skipped(in_gradient.size());
  shortcut_.backward({}, {}, gradient, skipped);
  add(in_gradient, skipped);
}

std::vector<double> ResidualUpBlock::inner(std::span<const double> in) const {
  std::vector<double> values(in.size());
  conv_.forward(in, values);
  activate(values, activation_);
  return values;
}

void ResidualUpBlock::forward(std::span<const double> in, std::span<double> out) const {
  up_.forward(inner(in), out);
  std::vector<double> skipped(out.size());
  shortcut_.forward(upsampled(in, side_), skipped);
  add(out, skipped);
  activate(out, last_);
}

void ResidualUpBlock::backward(std::span<const double> in, std::span<const double> out,
                               std::span<const double> out_gradient, std::span<double> in_gradient) const {
  std::vector<double> gradient(out_gradient.begin(), out_gradient.end());
  activate_backward(out, last_, gradient);
  const std::vector<double> between = inner(in);
  std::vector<double> between_gradient(between.size());
  up_.backward({}, {}, gradient, between_gradient);
  activate_backward(between, activation_, between_gradient);
  conv_.backward({}, {}, between_gradient, in_gradient);

  std::vector<double> large(4 * in.size());
  shortcut_.backward({}, {}, gradient, large);
  add(in_gradient, summed_down(large, side_));
}

void Activated::forward(std::span<const double> in, std::span<double> out) const {
  layer_->forward(in, out);
  activate(out, activation_);
}

void Activated::backward(std::span<const double> in, std::span<const double> out, std::span<const double> out_gradient,
                         std::span<double> in_gradient) const {
  std::vector<double> gradient(out_gradient.begin(), out_gradient.end());
  activate_backward(out, activation_, gradient);
  layer_->backward(in, out, gradient, in_gradient);
}

}  // namespace auscult::nn
