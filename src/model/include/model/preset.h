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
#include "model/dagmm_config.h"

namespace auscult {

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

}  // namespace auscult
