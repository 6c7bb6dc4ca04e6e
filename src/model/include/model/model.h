// A trained model: everything needed to reproduce its scores. Immutable after training or loading, except for the two
// thresholds, which a user can tune. Thread rule: const methods from any thread at once. Share by shared_ptr<const
// Model>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "detect/calibration.h"
#include "model/preset.h"

namespace auscult {

/// Energies of one feature vector, see EnergyKind. All may be negative; NaN where a detector has no such part.
/// `usual` is what a detector with local density subtracts from the energy that it reports: the mean of that energy
/// over the nearest training vectors. 0 without local density.
struct Energies {
  double dagmm = 0.0;
  double joint = 0.0;
  double contrast = 0.0;
  double neighbour = 0.0;
  double usual = 0.0;
  /// The energy that a detector of this kind reports.
  double reported(EnergyKind kind) const { return of(kind) - usual; }
  double of(EnergyKind kind) const {
    switch (kind) {
      case EnergyKind::dagmm:
        return dagmm;
      case EnergyKind::joint:
        return joint;
      case EnergyKind::contrast:
        return contrast;
      case EnergyKind::neighbour:
        break;
    }
    return neighbour;
  }
};

/// Simple detectors on the same feature vectors, reported beside the DAGMM for comparison. Larger is more abnormal; NaN
/// if a detector has no such control.
struct ControlEnergies {
  double template_distance = 0.0;  ///< mean square of the standardized values: z-scored distance to the mean
  double mahalanobis = 0.0;        ///< squared distance under the Ledoit-Wolf shrunk covariance, divided by the width
  double gmm = 0.0;                ///< minus the log-density of a full-covariance mixture fitted by EM from k-means
  double knn1 = 0.0;               ///< Euclidean distance to the nearest training row
  // The same with local density (model/local_controls.h):
  double knn1_local = 0.0;         ///< squared distance to the nearest training row, over that row's own such distances
  double mahalanobis_local = 0.0;  ///< squared length after partial whitening, less that of the nearest training rows
  double lof = 0.0;                ///< local outlier factor (Breunig et al. 2000)
};

/// Which energies of a vector are wanted. What a detector reports has the same bits either way.
enum class EnergyParts {
  all,
  reported,  ///< those of another kind than DetectorConfig::energy may be NaN; saves their time
};

/// One network of a detector with its fixed mixture (model/dagmm.h).
class Dagmm;

/// Training vectors that a neighbor detector keeps.
class NeighbourMemory;

/// Energies of training vectors, for local density (model/local_density.h).
class LocalDensity;

/// Learned parameters of the controls (auscult/model/controls.h).
class FeatureControls;

/// One input representation with its networks and calibration.
struct Detector {
  DetectorConfig config;
  int width = 0;                    ///< values in a feature vector
  std::vector<double> mean, scale;  ///< standardization per value: (x - mean) / scale
  std::vector<std::shared_ptr<const Dagmm>> members;
  std::vector<std::shared_ptr<const Dagmm>> untrained;  ///< the same at their initial weights: a control
  std::shared_ptr<const NeighbourMemory> memory;        ///< of a neighbor detector, which has no members
  std::shared_ptr<const LocalDensity> local;            ///< null without local density, and in a neighbor detector
  /// In a model that was adapted to another state of the machine (scoring/adaptation.h), and only in a detector without
  /// local density: by how much the energies are higher near vectors of that state; 0 near those of training.
  std::shared_ptr<const LocalDensity> states;
  std::shared_ptr<const FeatureControls>
      controls;  ///< of the detector chosen by control_detector(); otherwise null: template only
  EnergyCalibration window_calibration;  ///< of held-out energies: gives u live
  EnergyCalibration clip_calibration;    ///< of held-out clips' pooled energies: gives u of a clip
  EnergyCalibration untrained_clip_calibration;

  /// rows: out.size() x width raw feature vectors, row-major. A row's energies depend only on the row, so any number of
  /// them may be evaluated together.
  void energies(std::span<const float> rows, std::span<Energies> out, EnergyParts parts = EnergyParts::all) const;
  void untrained_energies(std::span<const float> rows, std::span<Energies> out,
                          EnergyParts parts = EnergyParts::all) const;
  void control_energies(std::span<const float> rows, std::span<ControlEnergies> out) const;
  /// (x - mean) / scale of every value: the input of networks, memory and controls.
  std::vector<double> standardized(std::span<const float> rows) const;
};

/// The machine's level in training: for warnings, and for detecting that the machine is off.
struct LevelRange {
  float low_dbfs = -200.0F;  ///< 1 % quantile of frame levels
  float high_dbfs = 0.0F;    ///< 99 % quantile
  float off_dbfs = -200.0F;  ///< below this (mean of the last second) the machine counts as not running
};

/// Where the training sound came from.
struct TrainingInfo {
  std::string machine;     ///< "6dB/pump/id_00"; empty when unknown
  std::int64_t clips = 0;  ///< used for training and calibration
  std::int64_t held_out_clips = 0;
  double seconds = 0.0;
  double held_out_seconds = 0.0;
  int source_rate = 0;  ///< Hz, of the first clip
  int source_channels = 0;
  std::string device;  ///< name of the input device; empty for files
  std::uint64_t seed = 0;
  int threads = 1;     ///< libtorch threads of one detector's training; another number would give other bytes
  std::string digest;  ///< XXH3-128 over the sorted file digests
  std::vector<std::string> file_digests;     ///< sorted; of all files
  std::vector<std::string> added_digests;    ///< sorted; those that were added only for training (refit_model)
  std::vector<std::string> adapted_digests;  ///< sorted, not among file_digests: recordings that the trained model was
                                             ///< adapted to (adapt_model)
  std::string tool_version;
};

enum class Purpose {
  monitor,  ///< trained on one user's machine
  demo,     ///< trained on a simulated pump: on a live device it draws energies but raises no alarm
};
const char* to_string(Purpose purpose);

struct Model {
  Purpose purpose = Purpose::monitor;
  Preset preset;  ///< parameters of frontend and detectors, the policy with the live threshold
  std::vector<Detector> detectors;
  LevelRange level;
  TrainingInfo training;
  double clip_threshold = 0.0;   ///< on the clip score
  FalseAlarmCurve false_alarms;  ///< of the live threshold; unknown if held-out clips were too short for an event

  /// On the live fused score; calibrated, or tuned by the user.
  double live_threshold() const { return preset.policy.threshold; }
};

/// Writes a safetensors file atomically; equal models give equal bytes. Errors: write_failed.
Status save_model(const Model& model, const std::filesystem::path& path);

/// Reads and fully validates a model file. Errors: file_not_found, model_damaged (with the reason), model_schema.
Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path);

/// As JSON for people and programs: everything except the tensors and the file digests.
std::string describe_json(const Model& model);

}  // namespace auscult
