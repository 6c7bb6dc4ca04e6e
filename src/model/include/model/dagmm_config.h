// Settings of a DAGMM and its training: Zong et al., "Deep Autoencoding Gaussian Mixture Model for Unsupervised Anomaly
// Detection", ICLR 2018, with configurable sizes. Part of a preset; JSON in dagmm_json.cpp.
// Thread rule: plain values.
#pragma once

#include <vector>

namespace auscult {

enum class Activation { linear, tanh, relu };

/// Kind of the encoder and the decoder.
enum class NetworkKind {
  /// Fully connected layers of widths `hidden`.
  dense,
  /// On 64 x 64 inputs (`patch`): 4x4 convolutions with stride 2 to `hidden` channels, a linear code, mirrored.
  conv,
  /// The same with two convolutions per block (4x4 with stride 2, then 3x3) and a skip connection (1x1 with stride 2,
  /// batch norm).
  residual,
};

/// Encoder, decoder and estimation network. The decoder mirrors the encoder; codes are linear, and so are
/// reconstructions without `sigmoid`.
struct NetworkConfig {
  NetworkKind kind = NetworkKind::dense;
  /// Widths of the encoder's hidden layers; in convolutional networks, channels of its blocks.
  std::vector<int> hidden = {64, 64};
  int latent = 16;  ///< width of the code z_c
  Activation activation = Activation::tanh;
  std::vector<int> estimation = {10};  ///< widths of the estimation network's hidden layers (tanh)
  int components = 4;                  ///< K of the mixture, and outputs of the estimation network
  /// z = [z_c, z_r]. Without: z = z_c, for a code without loss, whose reconstruction error is only rounding.
  bool reconstruction_features = true;
  /// z_r = [log(relative Euclidean + 1e-6), log(1 - cosine + 1e-6)] instead of [relative Euclidean, cosine].
  bool log_reconstruction = true;
  bool sigmoid = false;  ///< a sigmoid ends the reconstruction, for inputs scaled to 0..1
  /// The networks see and reconstruct W x, with W'W the inverse of the shrunk covariance of the training vectors.
  /// Faults show in directions of small variance, which a reconstruction error in raw units almost ignores.
  bool whitened = false;
  /// Share of W x that reaches the reconstruction without passing the code; needs `whitened`. For noise alone,
  /// 1 / (1 + noise^2) is optimal.
  double skip_connection = 0.0;
  bool operator==(const NetworkConfig&) const = default;
};

/// Weights of the terms of equation 7.
struct ObjectiveConfig {
  double lambda_energy = 0.1;        ///< lambda_1
  double lambda_covariance = 0.005;  ///< lambda_2
  bool operator==(const ObjectiveConfig&) const = default;
};

/// The Gaussian mixture of z, during training and in the trained model.
struct MixtureConfig {
  double ridge = 1e-3;  ///< added to the diagonal of every covariance
  /// EM runs on z divided by its standard deviations, so that the ridge is a share of each value's variance. A single
  /// component's covariance is shrunk by as much as the number of rows requires (Ledoit and Wolf 2004) instead.
  bool relative_ridge = false;
  int em_steps = 10;  ///< EM steps on the whole training set after training; 0: the estimation network's mixture
  bool operator==(const MixtureConfig&) const = default;
};

/// Initial weights and biases.
enum class Initialization {
  /// Both uniform within 1 / sqrt(inputs), PyTorch's default.
  uniform,
  /// Weights uniform within sqrt(6 / (inputs + outputs)), biases 0: Glorot and Bengio, "Understanding the difficulty of
  /// training deep feedforward neural networks", 2010; TensorFlow's default. Dense only.
  glorot,
  /// Encoder layers with orthonormal rows or columns, mirrored in the decoder. Dense only.
  orthogonal,
};

/// Gradient steps with Adam, and when they end.
struct ScheduleConfig {
  Initialization initialization = Initialization::uniform;
  double dropout = 0.5;  ///< in the estimation network, only during training
  double learning_rate = 1e-3;
  int batch_size = 256;
  int epochs = 300;
  int max_steps = 3000;        ///< limits the epochs to this many gradient steps; 0: no limit
  double gradient_clip = 5.0;  ///< largest norm of the gradient; 0: no clipping
  /// Gradient steps in float32: half the time and memory of large networks. The weights are stored as float32.
  bool single_precision = false;
  double held_out = 0.0;  ///< share of the training rows used for early stopping; 0: none. For tables only
  int patience = 20;      ///< evaluations (200 in all epochs) without a worthwhile gain before training stops
  double min_phi = 0.0;   ///< training also stops once a component's weight on the held-out rows falls below this
  bool operator==(const ScheduleConfig&) const = default;
};

/// Added to the inputs in training; the clean inputs are the targets. Needs NetworkConfig::whitened.
struct DenoisingConfig {
  double noise = 0.0;  ///< standard deviation of Gaussian noise
  double faults =
      0.0;  ///< greatest length of a simulated fault (a louder band), in standard deviations of normal sound
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

inline constexpr int kPatchSide = 64;  ///< frames and mel bins of a patch
/// A covariance of feature vectors (joint and contrast energy, Mahalanobis control) has width^2 elements and needs
/// about as many vectors. Wider inputs have none, and E(z) is their only energy.
inline constexpr int kWidestCovariance = 2048;
bool has_covariance(const NetworkConfig& network, int width);

}  // namespace auscult
