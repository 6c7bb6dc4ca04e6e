// One score per recording: energies pooled per detector, converted to u by the calibration on held-out clips, and fused
// by their maximum. Thread rule: score_file() from any number of threads with one shared model; a ClipAccumulator
// belongs to one thread.
#pragma once

#include <atomic>
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

/// A detector's pooled energies of a clip; NaN if it produced none.
struct PooledEnergies {
  double energy = std::numeric_limits<double>::quiet_NaN();
  double dagmm = std::numeric_limits<double>::quiet_NaN();
  double joint = std::numeric_limits<double>::quiet_NaN();
  double untrained = std::numeric_limits<double>::quiet_NaN();
  ControlEnergies controls;
  std::int64_t steps = 0;
  std::vector<float>
      why;  ///< on request: each mel bin's contribution to `energy`, pooled in the same way; n_mels values, or none
};

struct ClipScore {
  double score = 0.0;      ///< fused u on the scale of held-out clips
  double threshold = 0.0;  ///< the model's clip threshold
  bool anomalous = false;  ///< score above threshold, and the machine was running
  bool running = true;     ///< false: the level never reached that of a running machine
  std::vector<PooledEnergies> detectors;
  double untrained_score = 0.0;   ///< fused in the same way, from the untrained networks (with controls)
  std::vector<StepEnergy> steps;  ///< every energy, in order (on request)
  std::vector<float>
      why;  ///< each mel bin's share in the score: fused_shares() of the detectors' contributions (on request)
  double seconds = 0.0;
  int source_rate = 0;                ///< Hz, of the file
  SoundFacts sound;                   ///< of the file as it is, before any conversion
  std::vector<OddSound> odd;          ///< what is odd about it
  std::uint64_t invalid_samples = 0;  ///< non-finite or beyond +-8, left out as gaps
};

/// Pools the energies at which the machine was running, or those of the whole clip if it never was.
class ClipAccumulator {
 public:
  explicit ClipAccumulator(const Model& model);
  void add(const Hop& hop);
  /// False until a detector has produced an energy.
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
  std::vector<Sums> all_, running_;  // of every hop, and of those at which the machine was running
  bool ran_ = false;
};

/// How far a batch of recordings has come, in seconds of sound. Thread rule: any thread.
struct SoundProgress {
  std::atomic<std::int64_t> heard_ms{0};      ///< scored so far
  std::atomic<std::int64_t> announced_ms{0};  ///< length of the recordings that have been begun
  std::atomic<std::int64_t> begun{0};         ///< recordings
};

struct ScoreFileOptions {
  bool keep_steps = false;
  bool spool_steps = false;  ///< every energy in RecordingScore::spool; only for score_recording()
  bool spool_why = false;    ///< with spool_steps and why: also each mel bin's contribution to each energy
  bool controls = false;
  bool why = false;                      ///< also compute each mel bin's contribution to the energies
  EnergyParts parts = EnergyParts::all;  ///< reported: PooledEnergies::dagmm and joint may be NaN
  double scale = 1.0;
  std::optional<int> channel = {};     ///< from 0, or kMeanOfChannels; overrides the model's
  std::optional<double> every_s = {};  ///< also score each span of this length; only for score_recording()
  const CancelFlag* cancel = nullptr;
  SoundProgress* progress = nullptr;
};

/// Errors: those of AudioFileReader, invalid_samples (no usable window, with a hint), too_short ("needs N s"),
/// bad_input (no such channel), canceled.
Result<ClipScore> score_file(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                             const ScoreFileOptions& options = {});

/// Seconds of sound that the model's least demanding detector needs for one value.
double shortest_clip_seconds(const Preset& preset);

/// Runs a file through a scorer to its end. Errors: those of AudioFileReader and of Scorer::push, canceled.
Status score_through(Scorer& scorer, const std::filesystem::path& path, const HopSink& on_hop, const CancelFlag* cancel,
                     SoundProgress* progress = nullptr);

}  // namespace auscult
