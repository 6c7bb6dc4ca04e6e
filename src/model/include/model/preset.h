// What a model is made of before it is trained: a preset names the frontend, the detectors with their networks, the
// calibration and the alarm policy. Presets are JSON files (models/presets/*.json, compiled into the program); a model
// file keeps the whole preset that it was trained with. Thread rule: plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "detect/event_detector.h"
#include "dsp/log_mel_frontend.h"

namespace auscult {

enum class Activation { linear, tanh, relu };

/// What encoder and decoder are made of.
enum class Network {
  dense,  ///< fully connected layers of widths `hidden`
  conv,   ///< on 64 x 64 inputs (`patch`): 4x4 convolutions with stride 2 to `hidden` channels, a linear code, mirrored
  residual,  ///< the same with two convolutions a block (4x4 stride 2, then 3x3) beside a shortcut (1x1 stride 2, batch
             ///< norm)
};

/// The network and objective of Zong et al., "Deep Autoencoding Gaussian Mixture Model for Unsupervised Anomaly
/// Detection", ICLR 2018, general in its sizes. The decoder mirrors the encoder; codes are linear, and so are
/// reconstructions without `sigmoid`.
struct DagmmConfig {
  Network network = Network::dense;
  std::vector<int> hidden = {
      64, 64};      ///< widths of the encoder's hidden layers; channels of its blocks in convolutional ones
  int latent = 16;  ///< width of the code z_c
  Activation activation = Activation::tanh;
  std::vector<int> estimation = {10};  ///< widths of the estimation network's hidden layers (tanh)
  int components = 4;                  ///< K
  double dropout = 0.5;                ///< in the estimation network, while training only
  double lambda_energy = 0.1;          ///< lambda_1
  double lambda_covariance = 0.005;    ///< lambda_2
  bool log_reconstruction =
      true;  ///< z_r = [log(relative Euclidean + 1e-6), log(1 - cosine + 1e-6)] instead of [relative Euclidean, cosine]
  bool reconstruction_features =
      true;             ///< z = [z_c, z_r]; without: z = z_c, for a code that loses nothing, whose error is rounding
  double ridge = 1e-3;  ///< added to every covariance's diagonal
  int em_steps = 10;    ///< EM steps on the whole training set after training; 0: the estimation network's mixture
  int em_starts =
      1;  ///< EM runs, the first from the best of ten k-means, each other from one of its own; the likeliest is kept
  double learning_rate = 1e-3;  ///< Adam
  int batch = 256;
  int epochs = 300;
  int max_steps = 3000;   ///< epochs are cut so that no more gradient steps than this are taken; 0: no limit
  double held_out = 0.0;  ///< share of the training rows on which a descent must keep improving; 0: none. Tables only
  int patience = 20;      ///< looks at them (200 in all epochs) without a worthwhile gain that end it
  double min_phi = 0.0;   ///< a component of less weight on them has died: that ends it too
  double gradient_clip = 5.0;  ///< largest norm of the gradient; 0: no clipping
  /// Weights start uniform within sqrt(6 / (inputs + outputs)) and biases at 0 (Glorot and Bengio, "Understanding the
  /// difficulty of training deep feedforward neural networks", 2010; TensorFlow's default), instead of both within 1 /
  /// sqrt(inputs) (PyTorch's); dense only.
  bool glorot = false;
  bool orthogonal =
      false;  ///< encoder layers start with orthonormal rows or columns, the decoder as their mirror image; dense only
  bool single_precision =
      false;  ///< gradient steps in float32 (for large networks: half the time and memory), weights kept as such
  bool sigmoid = false;  ///< the reconstruction ends in a sigmoid: for inputs scaled to 0..1
  // A denoising autoencoder in the whitened metric. Directions of small variance are where faults show; measured in raw
  // units, a reconstruction error all but ignores them.
  bool whitened = false;  ///< the networks see W x, with W'W the inverse of the shrunk covariance of the training
                          ///< vectors, and reconstruct that
  double shortcut = 0.0;  ///< share of W x that reaches the reconstruction beside the code: 1 / (1 + noise^2) is what
                          ///< noise alone asks for
  double noise = 0.0;   ///< deviation of the Gaussian noise that is added to inputs in training; the clean ones are to
                        ///< be reconstructed
  double faults = 0.0;  ///< greatest length of a made-up fault (a louder band) that is added likewise, in deviations of
                        ///< what is normal
  bool operator==(const DagmmConfig&) const = default;
};

/// What a detector's feature vector is made of (DagmmConfig's input).
enum class Representation {
  frames,    ///< `window` stacked log-mel frames: window * n_mels values
  summary,   ///< per-bin mean and mean absolute difference of neighbouring frames: 2 * n_mels values
  patch,     ///< 64 log-mel frames of 64 bins as a picture, for convolutional networks: 4096 values
  mel,       ///< `window` log-mel frames (seconds of them), flattened: window * n_mels values
  waveform,  ///< `window` samples as they are
};

/// How values are scaled before they meet a network. Values that differ only in when they were heard (the same bin of a
/// patch or mel, every sample of a waveform) share their numbers; in frames and summary each value has its own.
enum class Scaling {
  standardise,  ///< to mean 0 and deviation 1 in training
  min_max,      ///< to 0..1 by the smallest and largest value in training
};

enum class Pooling { mean, max };
/// Which energy of the network is the detector's energy.
enum class EnergyKind {
  dagmm,      ///< the paper's E(z)
  joint,      ///< E(z) plus the negative log-likelihood of the residual x - x' under a shrunk Gaussian
  neighbour,  ///< no network: distance to the nearest training vector in units of the local spread (members must be 0)
  contrast,  ///< log Bayes factor of "some band got louder" against "normal" for that residual, under the same Gaussian
};

struct DetectorConfig {
  std::string name = "summary";
  Representation input = Representation::summary;
  int window = 62;  ///< frames; samples for waveform
  int step = 16;    ///< frames; samples for waveform
  int min_window =
      0;  ///< frames that a shorter clip must have to give one value at its end (summary only); 0: the whole window
  Scaling scaling = Scaling::standardise;
  EnergyKind energy = EnergyKind::joint;
  Pooling pooling = Pooling::mean;  ///< of a clip's energies
  int members = 1;                  ///< networks with different seeds whose energies are averaged; 0 for neighbour
  int memory = 2000;                ///< training vectors that a neighbour detector keeps
  int max_training_rows = 60000;    ///< more are thinned evenly
  DagmmConfig dagmm;
  bool operator==(const DetectorConfig&) const = default;
};

/// How the detectors' u become one score.
enum class Fusion {
  max,   ///< the largest: any detector alone may raise an alarm
  mean,  ///< their mean: what several detectors find unusual counts more
};

struct CalibrationConfig {
  /// Above 1: the normals are cut into so many time-contiguous blocks; each is scored by a model that was trained on
  /// the others, and the final model learns from all. 1: only one block, of held_out_fraction, is held out, and lost to
  /// training.
  int folds = 1;
  double held_out_fraction = 0.2;
  double clip_false_alarm_rate = 0.05;  ///< sets the clip threshold
  double false_alarms_per_hour = 1.0;   ///< sets the live threshold
  bool operator==(const CalibrationConfig&) const = default;
};

/// Detectors that a model may have, and that a live hop and the window can show.
inline constexpr int kMaxDetectors = 4;

struct Preset {
  std::string name;
  std::string description;
  FrontendConfig frontend;
  int channel = 0;  ///< of a multi-channel input; -1: the mean of all
  std::vector<DetectorConfig> detectors;
  Fusion fusion = Fusion::max;
  CalibrationConfig calibration;
  EventPolicy policy;  ///< its threshold is replaced by the calibrated one
};

/// Names of the presets that ship with the program.
std::vector<std::string> preset_names();
/// A shipped preset by name, or a preset file by path (a name with a dot or slash). Errors: usage, bad_input.
Result<Preset> load_preset(const std::string& name_or_path);
/// Errors: bad_input naming the field. Unknown fields are refused: a typing error must not be silently ignored.
Result<Preset> parse_preset(std::string_view json);
std::string to_json(const Preset& preset);

/// Values in one feature vector.
int input_width(const DetectorConfig& detector, const FrontendConfig& frontend);
/// Sound in one window, and from one window to the next.
double window_seconds(const DetectorConfig& detector, const FrontendConfig& frontend);
double step_seconds(const DetectorConfig& detector, const FrontendConfig& frontend);

/// Side of a patch.
inline constexpr int kPatchSide = 64;
/// A covariance of feature vectors (joint and contrast energy, Mahalanobis control) has width^2 numbers and needs about
/// as many vectors to be worth anything: wider inputs have none, and their only energy is E(z).
inline constexpr int kWidestCovariance = 2048;
bool has_covariance(const DagmmConfig& config, int width);

}  // namespace auscult
