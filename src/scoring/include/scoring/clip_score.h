// One recording, one score: energies pooled per detector, turned into u on held-out clips, and fused by their maximum.
// Thread rule: score_file() from any number of threads with one shared model; a ClipAccumulator belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "model/model.h"
#include "scoring/scorer.h"

namespace auscult {

/// A detector's pooled energies of a clip; NaN where it gave none.
struct PooledEnergies {
  double energy = std::numeric_limits<double>::quiet_NaN();
  double dagmm = std::numeric_limits<double>::quiet_NaN();
  double joint = std::numeric_limits<double>::quiet_NaN();
  double untrained = std::numeric_limits<double>::quiet_NaN();
  ControlEnergies controls;
  std::int64_t steps = 0;
  std::vector<float>
      why;  ///< on request: each mel bin's contribution to `energy`, pooled like it; n_mels values, or none
};

struct ClipScore {
  double score = 0.0;      ///< fused u on the scale of held-out clips
  double threshold = 0.0;  ///< the model's clip threshold
  bool anomalous = false;  ///< score above threshold, and the machine was running
  bool running = true;     ///< false: at no hop was the level that of a running machine
  std::vector<PooledEnergies> detectors;
  double untrained_score = 0.0;   ///< fused as score, from the untrained networks (with controls)
  std::vector<StepEnergy> steps;  ///< every energy, in order (on request)
  std::vector<float> why;  ///< each mel bin's share in what is unusual: fused_shares() of the detectors' (on request)
  double seconds = 0.0;
  std::uint64_t invalid_samples = 0;  ///< non-finite or beyond +-8, left out as gaps
};

/// Pools the energies at which the machine ran; those of the whole clip where it ran at none.
class ClipAccumulator {
 public:
  explicit ClipAccumulator(const Model& model);
  void add(const Hop& hop);
  /// False while no detector has given an energy.
  bool any() const;
  ClipScore result() const;
  void clear();

 private:
  struct Sums {
    double energy = 0.0, dagmm = 0.0, joint = 0.0, untrained = 0.0;
    ControlEnergies controls;
    std::int64_t steps = 0;
    std::vector<double> why;
  };
  void add_to(std::vector<Sums>& sums, const Hop& hop) const;
  const Model* model_;
  std::vector<Sums> all_, running_;  // of every hop, and of those at which the machine ran
  bool ran_ = false;
};

struct ScoreFileOptions {
  bool keep_steps = false;
  bool controls = false;
  bool why = false;  ///< also what each mel bin adds to the energies
  double scale = 1.0;
  std::optional<int> channel = {};  ///< from 0, or kMeanOfChannels; instead of the model's
  const CancelFlag* cancel = nullptr;
};

/// Errors: those of AudioFileReader, invalid_samples (no usable window, with a hint), too_short ("needs N s"),
/// bad_input (no such channel), cancelled.
Result<ClipScore> score_file(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                             const ScoreFileOptions& options = {});

/// Seconds of sound that the model's least demanding detector needs for one value.
double shortest_clip_seconds(const Preset& preset);

/// A file through a scorer, to its end. Errors: those of AudioFileReader and of Scorer::push, cancelled.
Status score_through(Scorer& scorer, const std::filesystem::path& path, const HopSink& on_hop,
                     const CancelFlag* cancel);

}  // namespace auscult
