// The one path from sound to energies, used by live monitoring, batch scoring and training. A Scorer is a FeatureStream
// (scoring/feature_stream.h) followed by an EnergyStage. It takes sound and reports, hop by hop, the frame, each
// detector's new energies, u and the live fused score. Any chunking of the same sound gives bit-identical energies.
// Thread rule: one object, one thread (whose libtorch thread count it sets to 1); the model may be shared.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "dsp/log_mel_frontend.h"
#include "model/model.h"
#include "scoring/feature_stream.h"

namespace auscult {

/// One new energy of one detector, for the window that ends with frame `frame`.
struct StepEnergy {
  int detector = 0;        ///< index into Model::detectors
  std::int64_t frame = 0;  ///< last frame of the window
  double time_s = 0.0;     ///< stream time at the end of the window
  Energies energies;
  double energy = 0.0;  ///< the detector's energy (dagmm or joint, as its preset says)
  double u = 0.0;
  double untrained = 0.0;    ///< the untrained network's energy, with ScorerOptions::controls
  ControlEnergies controls;  ///< with ScorerOptions::controls
  std::vector<float> why;    ///< with ScorerOptions::why: each mel bin's contribution to `energy` (contributions.h),
                             ///< n_mels values; empty for a detector without mel bins
};

/// The detectors' u as one score; 0 if there are none.
double fuse(Fusion fusion, std::span<const double> u, std::span<const double> weights);

/// The results of one frame. Spans are valid only inside the sink.
struct Hop {
  const FrameView* frame = nullptr;          ///< null in batch mode and for a stream shorter than a window
  std::int64_t index = 0;                    ///< of the frame
  double time_s = 0.0;                       ///< stream time at the end of the frame
  std::span<const StepEnergy> fresh;         ///< new energies of this hop
  double fused = 0.0;                        ///< the detectors' latest u, fused; 0 before the first
  std::optional<int> leading_detector = {};  ///< index of the detector with the largest u; none before the first
  std::span<const float> why;  ///< with ScorerOptions::why: each mel bin's share in the score, n_mels values
                               ///< (fused_shares of the detectors' latest contributions); empty before the first
  bool running = true;         ///< false: the machine is off, or a window still reaches into the time when it was
  /// Whether `fused` can be compared with the threshold: a machine that runs, and at least one energy.
  bool judged() const { return running && leading_detector; }
};
using HopSink = std::function<void(const Hop&)>;

enum class ScorerMode {
  live,   ///< every hop is reported before push() returns; feature vectors are evaluated one at a time
  batch,  ///< hops are reported in the same order and with the same bits, but only when a block is full, at a gap or at
          ///< the end
};
struct ScorerOptions {
  ScorerMode mode = ScorerMode::live;
  bool controls = false;  ///< also compute the energies of the untrained networks and the controls
  bool why = false;       ///< also compute each mel bin's contribution to the energies, which stay bit-identical
  EnergyParts parts = EnergyParts::all;  ///< of StepEnergy::energies; `energy` and `u` are the same either way
  std::optional<int> channel = {};       ///< of the source, from 0, or kMeanOfChannels; overrides the model's
  double scale = 1.0;                    ///< multiplies every sample from the source (integer-scaled float files)
  /// The adapted samples and gaps, for a level meter, a recorder or an event's sound; each may be empty. See
  /// FeatureSink.
  std::function<void(std::span<const float>)> samples_tap = {};
  std::function<void(std::int64_t lost)> gap_tap = {};
};

/// The second half of a Scorer: from feature vectors to energies, u and the fused score. Training feeds it with stored
/// hops. Thread rule as for Scorer.
class EnergyStage {
 public:
  /// Only mode, controls, why and parts of the options apply here.
  explicit EnergyStage(std::shared_ptr<const Model> model, const ScorerOptions& options = {});
  ~EnergyStage();
  EnergyStage(EnergyStage&&) noexcept;
  EnergyStage& operator=(EnergyStage&&) noexcept;

  const Model& model() const;
  /// Precondition: the hop's vectors are those of model().detectors.
  void push(const FeatureHop& hop, const HopSink& sink);
  /// Sound is missing here: reports pending hops and discards the detectors' latest energies, which are out of date.
  void gap(const HopSink& sink);
  /// The end of the stream: reports pending hops.
  void finish(const HopSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Scorer {
 public:
  explicit Scorer(const std::shared_ptr<const Model>& model, ScorerOptions options = {});

  const Model& model() const { return energies_.model(); }
  /// Input from a source, see FeatureStream::push. Errors: bad_input (no such channel, rate out of range).
  Status push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
              const HopSink& sink);
  /// Finite samples of one channel at model().preset.frontend.sample_rate.
  void push(std::span<const float> samples, const HopSink& sink);
  /// `lost` samples at that rate are missing here: no window spans the gap, but stream time advances.
  void gap(std::int64_t lost, const HopSink& sink);
  /// The end of the stream: a detector with min_window that has produced no value since the start or the last gap may
  /// produce one now.
  void finish(const HopSink& sink);

  /// Multiplies the following samples from the source, after unusable ones were removed: a microphone's calibration.
  void set_gain(double factor) { features_.set_gain(factor); }
  /// Its counters: samples, unusable ones, delay, position in the stream.
  const FeatureStream& features() const { return features_; }

 private:
  FeatureSink into_energies(const HopSink& sink);

  std::function<void(std::span<const float>)> samples_tap_;
  std::function<void(std::int64_t)> gap_tap_;
  FeatureStream features_;
  EnergyStage energies_;
};

}  // namespace auscult
