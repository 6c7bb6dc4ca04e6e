#include "model/network_shapes.h"

#include <cmath>
#include <utility>

namespace auscult::nn {
namespace {

using Kind = TensorShape::Kind;

class ShapeList {
 public:
  void layer(const std::string& name, std::vector<std::int64_t> weight, std::int64_t outputs,
             double values_per_output) {
    const double bound = 1.0 / std::sqrt(values_per_output);
    shapes_.push_back({name + ".weight", std::move(weight), Kind::weights, bound});
    shapes_.push_back({name + ".bias", {outputs}, Kind::weights, bound});
  }
  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side) {
    layer(name, {out, in, side, side}, out, static_cast<double>(in * side * side));
  }
  void transposed(const std::string& name, std::int64_t in, std::int64_t out) {
    layer(name, {in, out, 4, 4}, out,
          static_cast<double>(in * 4));  // with stride 2 each output uses 2x2 of the 4x4 weights
  }
  void batch_norm(const std::string& name, std::int64_t channels) {
    shapes_.push_back({name + ".weight", {channels}, Kind::gain});
    shapes_.push_back({name + ".bias", {channels}, Kind::shift});
    shapes_.push_back({name + ".running_mean", {channels}, Kind::mean});
    shapes_.push_back({name + ".running_var", {channels}, Kind::variance});
  }
  std::vector<TensorShape> take() { return std::move(shapes_); }

 private:
  std::vector<TensorShape> shapes_;
};

}  // namespace

std::int64_t smallest_side(const NetworkConfig& config) {
  return kPatchSide >> config.hidden.size();
}

int z_width(const NetworkConfig& config) {
  return config.latent + (config.reconstruction_features ? 2 : 0);
}

LayerWidths layer_widths(const NetworkConfig& config, int width) {
  LayerWidths widths;
  widths.encoder = {width};
  widths.encoder.insert(widths.encoder.end(), config.hidden.begin(), config.hidden.end());
  widths.encoder.push_back(config.latent);
  widths.decoder.assign(widths.encoder.rbegin(), widths.encoder.rend());
  widths.estimation = {z_width(config)};
  widths.estimation.insert(widths.estimation.end(), config.estimation.begin(), config.estimation.end());
  widths.estimation.push_back(config.components);
  return widths;
}

std::vector<TensorShape> convolutional_shapes(const NetworkConfig& config, int width) {
  ShapeList list;
  const bool residual = config.kind == NetworkKind::residual;
  const std::int64_t channels = width / (kPatchSide * kPatchSide);
  std::int64_t in = channels;
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    const std::string name = "encoder." + std::to_string(block);
    const std::int64_t out = config.hidden[block];
    list.convolution(residual ? name + ".down" : name, in, out, 4);
    if (residual) {
      list.convolution(name + ".conv", out, out, 3);
      list.convolution(name + ".shortcut", in, out, 1);
      list.batch_norm(name + ".norm", out);
    }
    in = out;
  }
  const std::int64_t flat = in * smallest_side(config) * smallest_side(config);
  list.layer("encoder.code", {config.latent, flat}, config.latent, static_cast<double>(flat));
  list.layer("decoder.code", {flat, config.latent}, flat, static_cast<double>(config.latent));
  for (std::size_t block = 0; block < config.hidden.size(); ++block) {
    const std::string name = "decoder." + std::to_string(block);
    const std::int64_t out =
        block + 1 < config.hidden.size() ? config.hidden[config.hidden.size() - 2 - block] : channels;
    if (residual) list.convolution(name + ".conv", in, in, 3);
    list.transposed(residual ? name + ".up" : name, in, out);
    if (residual) list.convolution(name + ".shortcut", in, out, 1);
    in = out;
  }
  return list.take();
}

}  // namespace auscult::nn
