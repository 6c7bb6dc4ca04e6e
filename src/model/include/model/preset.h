// Settings of a model: frontend, detectors with their networks, calibration and alarm policy. Presets are JSON files
// (models/presets/*.json, compiled into the program); a model file contains the preset that it was trained with.
// Thread rule: plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "detect/event_detector.h"
#include "dsp/log_mel_frontend.h"
#include "model/dagmm_config.h"

namespace auscult {

/// Content of a detector's feature vector, the input of its DAGMM.
enum class Representation {
  frames,    ///< `window` stacked log-mel frames: window * n_mels values
  summary,   ///< per-bin mean and mean absolute difference of neighboring frames: 2 * n_mels values
  patch,     ///< 64 log-mel frames of 64 bins as a picture, for convolutional networks: 4096 values
  mel,       ///< `window` log-mel frames (seconds of them), flattened: window * n_mels values
  waveform,  ///< `window` raw samples
};

/// Scaling of a network's inputs. Values that differ only in time (the same bin of a patch or mel, every sample of a
/// waveform) share one offset and scale; in frames and summary each value has its own.
enum class Scaling {
  standardise,  ///< mean 0 and standard deviation 1 over the training set
  min_max,      ///< 0..1 between the extremes of the training set
};

enum class Pooling { mean, max };
/// The energy that a detector reports.
enum class EnergyKind {
  dagmm,      ///< the paper's E(z)
  joint,      ///< E(z) plus the negative log-likelihood of the residual x - x' under a shrunk Gaussian
  neighbour,  ///< no network: distance to the nearest training vector in units of the local spread (members must be 0)
  contrast,  ///< log Bayes factor of "some band got louder" against "normal" for that residual, under the same Gaussian
};

/// Distance from the nearest training vectors, of the energy `neighbour`.
enum class NeighbourDistance {
  nearest,   ///< the mean of the squared distances to them, each over that vector's own distance to its neighbours
  centroid,  ///< the squared distance to their mean, over the like distances of these vectors
  both,      ///< the mean of both, `nearest` with one neighbour
};

/// Local density (model/local_density.h), part of any detector.
struct LocalConfig {
  /// Training vectors nearest to a feature vector. An energy of networks is less the mean of theirs; the energy
  /// `neighbour` is the mean of this many distances (0 means 1 there). 0: none.
  int neighbours = 0;
  NeighbourDistance distance = NeighbourDistance::nearest;  ///< of the energy `neighbour`
  double whitening = 0.0;  ///< power of the metric in which they are found, 0 to 0.5 (model/partial_whitening.h)
  bool operator==(const LocalConfig&) const = default;
};

/// How the amount of normal sound changes the training of a detector's networks (docs/decisions/amount-of-sound.md).
struct AmountConfig {
  int few_recordings = 0;          ///< below this many, the four values that follow are used; 0: never
  double few_lambda_energy = 1.0;  ///< instead of ObjectiveConfig::lambda_energy
  int few_components = 1;          ///< instead of NetworkConfig::components
  int few_steps = 0;               ///< instead of ScheduleConfig::max_steps; 0: the same
  double few_weight = 0.0;         ///< instead of DetectorConfig::weight; 0: the same
  int fewest_vectors = 0;          ///< below this many feature vectors, gradient steps do harm and are left out
  int scarce_vectors = 0;          ///< below this many feature vectors, `scarce_weight` is used; 0: never
  double scarce_weight = 0.0;      ///< instead of DetectorConfig::weight, and of few_weight
  bool operator==(const AmountConfig&) const = default;
};

struct DetectorConfig {
  std::string name = "summary";
  Representation input = Representation::summary;
  int window = 62;  ///< frames; samples for waveform
  int step = 16;    ///< frames; samples for waveform
  /// A clip shorter than the window, but of at least this many frames, gives one value at its end (summary only).
  /// 0: only whole windows.
  int min_window = 0;
  Scaling scaling = Scaling::standardise;
  EnergyKind energy = EnergyKind::joint;
  Pooling pooling = Pooling::mean;  ///< over a clip's energies
  int members = 1;                  ///< networks with different seeds whose energies are averaged; 0 for neighbour
  double weight = 1.0;              ///< in the fused score; not used by Fusion::max
  LocalConfig local;
  int memory = 2000;              ///< training vectors that a detector with neighbours keeps
  int max_training_rows = 60000;  ///< above this, rows are thinned evenly
  AmountConfig amount;
  DagmmConfig dagmm;
  bool operator==(const DetectorConfig&) const = default;
};

/// Combines the detectors' u into one score.
enum class Fusion {
  max,   ///< the largest: one detector suffices for an alarm
  mean,  ///< the weighted mean: agreement between detectors raises the score
  /// The fourth root of the weighted mean fourth power: close to the largest, so that a detector that sees a fault
  /// alone is not outvoted, but agreement still counts.
  power,
};

struct CalibrationConfig {
  /// Above 1: the normals are split into this many time-contiguous blocks; each is scored by a model trained on the
  /// others, and the final model is trained on all. 1: a single block, of held_out_fraction, is held out and not used
  /// for training.
  int folds = 1;
  double held_out_fraction = 0.2;
  double clip_false_alarm_rate = 0.05;  ///< sets the clip threshold
  double false_alarms_per_hour = 1.0;   ///< sets the live threshold
  bool operator==(const CalibrationConfig&) const = default;
};

/// Slowest frontend of the high band, in Hz.
inline constexpr int kLowestHighRate = 96000;

/// Most detectors of a model, and so of a live hop and of the window.
inline constexpr int kMaxDetectors = 4;

/// Instead of a channel number: the mean of all channels.
inline constexpr int kMeanOfChannels = -1;

struct Preset {
  std::string name;
  std::string description;
  FrontendConfig frontend;
  int channel = 0;  ///< of a multi-channel input, from 0, or kMeanOfChannels
  std::vector<DetectorConfig> detectors;
  Fusion fusion = Fusion::max;
  CalibrationConfig calibration;
  EventPolicy policy;  ///< its threshold is replaced by the calibrated one
};

/// Names of the presets that ship with the program.
std::vector<std::string> preset_names();
/// A shipped preset by name, or a preset file by path (a name with a dot or slash). Errors: usage, bad_input.
Result<Preset> load_preset(const std::string& name_or_path);
/// Errors: bad_input naming the field. Unknown fields are refused, so that a typo does not pass unnoticed.
Result<Preset> parse_preset(std::string_view json);
std::string to_json(const Preset& preset);

/// Values in one feature vector.
int input_width(const DetectorConfig& detector, const FrontendConfig& frontend);
/// Duration of a window, and from one window to the next.
double window_seconds(const DetectorConfig& detector, const FrontendConfig& frontend);
double step_seconds(const DetectorConfig& detector, const FrontendConfig& frontend);

}  // namespace auscult
