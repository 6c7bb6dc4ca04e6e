// What a DAGMM is made of and how it is trained: Zong et al., "Deep Autoencoding Gaussian Mixture Model for
// Unsupervised Anomaly Detection", ICLR 2018, general in its sizes. Part of a preset; JSON in dagmm_json.cpp. Thread
// rule: plain values.
#pragma once

#include <vector>

namespace auscult {

enum class Activation { linear, tanh, relu };

/// What encoder and decoder are made of.
enum class NetworkKind {
  dense,  ///< fully connected layers of widths `hidden`
  conv,   ///< on 64 x 64 inputs (`patch`): 4x4 convolutions with stride 2 to `hidden` channels, a linear code, mirrored
  residual,  ///< the same with two convolutions a block (4x4 stride 2, then 3x3) beside a shortcut (1x1 stride 2, batch
             ///< norm)
};

/// Encoder, decoder and estimation network. The decoder mirrors the encoder; codes are linear, and so are
/// reconstructions without `sigmoid`.
struct NetworkConfig {
  NetworkKind kind = NetworkKind::dense;
  std::vector<int> hidden = {
      64, 64};      ///< widths of the encoder's hidden layers; channels of its blocks in convolutional ones
  int latent = 16;  ///< width of the code z_c
  Activation activation = Activation::tanh;
  std::vector<int> estimation = {10};  ///< widths of the estimation network's hidden layers (tanh)
  int components = 4;                  ///< K of the mixture, and outputs of the estimation network
  bool reconstruction_features =
      true;  ///< z = [z_c, z_r]; without: z = z_c, for a code that loses nothing, whose error is rounding
  bool log_reconstruction =
      true;  ///< z_r = [log(relative Euclidean + 1e-6), log(1 - cosine + 1e-6)] instead of [relative Euclidean, cosine]
  bool sigmoid = false;  ///< the reconstruction ends in a sigmoid: for inputs scaled to 0..1
  /// The networks see W x, with W'W the inverse of the shrunk covariance of the training vectors, and reconstruct that.
  /// Directions of small variance are where faults show; measured in raw units, a reconstruction error all but ignores
  /// them.
  bool whitened = false;
  double skip_connection = 0.0;  ///< share of W x that reaches the reconstruction beside the code; needs `whitened`.
                                 ///< 1 / (1 + noise^2) is what noise alone asks for
  bool operator==(const NetworkConfig&) const = default;
};

/// Weights of the terms of equation 7.
struct ObjectiveConfig {
  double lambda_energy = 0.1;        ///< lambda_1
  double lambda_covariance = 0.005;  ///< lambda_2
  bool operator==(const ObjectiveConfig&) const = default;
};

/// The Gaussian mixture of z, during training and as it is fixed after it.
struct MixtureConfig {
  double ridge = 1e-3;  ///< added to every covariance's diagonal
  int em_steps = 10;    ///< EM steps on the whole training set after training; 0: the estimation network's mixture
  bool operator==(const MixtureConfig&) const = default;
};

/// Where weights and biases start.
enum class Initialization {
  uniform,  ///< both uniform within 1 / sqrt(inputs): PyTorch's default
  /// Weights uniform within sqrt(6 / (inputs + outputs)), biases 0: Glorot and Bengio, "Understanding the difficulty of
  /// training deep feedforward neural networks", 2010; TensorFlow's default. Dense only.
  glorot,
  orthogonal,  ///< encoder layers with orthonormal rows or columns, the decoder as their mirror image; dense only
};

/// Gradient steps with Adam, and when they end.
struct ScheduleConfig {
  Initialization initialization = Initialization::uniform;
  double dropout = 0.5;  ///< in the estimation network, while training only
  double learning_rate = 1e-3;
  int batch_size = 256;
  int epochs = 300;
  int max_steps = 3000;        ///< epochs are cut so that no more gradient steps than this are taken; 0: no limit
  double gradient_clip = 5.0;  ///< largest norm of the gradient; 0: no clipping
  bool single_precision =
      false;  ///< gradient steps in float32 (for large networks: half the time and memory), weights kept as such
  double held_out = 0.0;  ///< share of the training rows on which a descent must keep improving; 0: none. Tables only
  int patience = 20;      ///< looks at them (200 in all epochs) without a worthwhile gain that end it
  double min_phi = 0.0;   ///< a component of less weight on them has died: that ends it too
  bool operator==(const ScheduleConfig&) const = default;
};

/// Makes the network a denoising autoencoder: what is added to inputs in training, while the clean ones are to be
/// reconstructed. Needs NetworkConfig::whitened.
struct DenoisingConfig {
  double noise = 0.0;   ///< deviation of Gaussian noise
  double faults = 0.0;  ///< greatest length of a made-up fault (a louder band), in deviations of what is normal
  bool operator==(const DenoisingConfig&) const = default;
};

struct DagmmConfig {
  NetworkConfig network;
  ObjectiveConfig objective;
  MixtureConfig mixture;
  ScheduleConfig schedule;
  DenoisingConfig denoising;
  bool operator==(const DagmmConfig&) const = default;
};

/// Side of a patch.
inline constexpr int kPatchSide = 64;
/// A covariance of feature vectors (joint and contrast energy, Mahalanobis control) has width^2 numbers and needs about
/// as many vectors to be worth anything: wider inputs have none, and their only energy is E(z).
inline constexpr int kWidestCovariance = 2048;
bool has_covariance(const NetworkConfig& network, int width);

}  // namespace auscult
