// The one path from sound to energies: live, batch and training all run it. A Scorer is a FeatureStream
// (scoring/feature_stream.h) and an EnergyStage behind it. Sound in; out come, hop by hop, the frame, each detector's
// new energies, u and the live fused score. Any chunking of the same sound gives bit-identical energies. Thread rule:
// one object, one thread (whose libtorch thread count it sets to 1); the model may be shared.
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

/// The detectors' u as one score; 0 for none.
double fuse(Fusion fusion, std::span<const double> u);

/// What one frame brought. Spans are valid inside the sink only.
struct Hop {
  const FrameView* frame = nullptr;   ///< null in batch mode and for a stream shorter than a window
  std::int64_t index = 0;             ///< of the frame
  double time_s = 0.0;                ///< stream time at the end of the frame
  std::span<const StepEnergy> fresh;  ///< new energies of this hop
  double fused = 0.0;                 ///< the detectors' latest u, fused; 0 before the first
  int leading_detector = -1;          ///< the one with the largest u; -1 before the first
  std::span<const float> why;  ///< with ScorerOptions::why: each mel bin's share in what is unusual now, n_mels values
                               ///< (fused_shares of the detectors' latest); empty before the first
  bool running = true;         ///< false: the machine is off, or a window still reaches into that time; not judged
};
using HopSink = std::function<void(const Hop&)>;

enum class ScorerMode {
  live,   ///< every hop is reported before push() returns; feature vectors are evaluated one at a time
  batch,  ///< hops are reported, in the same order and with the same bits, when a block is full or at a gap or the end
};
struct ScorerOptions {
  ScorerMode mode = ScorerMode::live;
  bool controls = false;  ///< also compute the untrained network's and the controls' energies
  bool why = false;       ///< also compute what each mel bin adds to the energies, which stay the same to the bit
  std::optional<int> channel = {};  ///< of what a source delivers, from 0, or kMeanOfChannels; instead of the model's
  double scale = 1.0;               ///< multiplies every sample that a source delivers (integer-scaled float files)
  /// The adapted samples and gaps, for a level meter, a recorder or an event's sound; each may be empty. See
  /// FeatureSink.
  std::function<void(std::span<const float>)> samples_tap = {};
  std::function<void(std::int64_t lost)> gap_tap = {};
};

/// The second half of a Scorer: from feature vectors to energies, u and the fused score. Training feeds it with hops
/// that it kept. Thread rule as for Scorer.
class EnergyStage {
 public:
  /// Of the options, only mode, controls and why matter here.
  explicit EnergyStage(std::shared_ptr<const Model> model, const ScorerOptions& options = {});
  ~EnergyStage();
  EnergyStage(EnergyStage&&) noexcept;
  EnergyStage& operator=(EnergyStage&&) noexcept;

  const Model& model() const;
  /// Precondition: the hop's vectors are those of model().detectors.
  void push(const FeatureHop& hop, const HopSink& sink);
  /// Sound is missing here: reports what waits and forgets the detectors' latest energies, which say nothing about now.
  void gap(const HopSink& sink);
  /// The end: reports what waits.
  void finish(const HopSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class Scorer {
 public:
  explicit Scorer(const std::shared_ptr<const Model>& model, ScorerOptions options = {});

  const Model& model() const { return energies_.model(); }
  /// What a source delivers, see FeatureStream::push. Errors: bad_input (no such channel, rate out of range).
  Status push(std::span<const float> interleaved, int channels, int sample_rate, std::int64_t lost_before,
              const HopSink& sink);
  /// Finite samples of one channel at model().preset.frontend.sample_rate.
  void push(std::span<const float> samples, const HopSink& sink);
  /// `lost` samples at that rate are missing here: windows do not reach across, time does.
  void gap(std::int64_t lost, const HopSink& sink);
  /// The end: a detector with min_window that has given no value since the start or the last gap may give one now.
  void finish(const HopSink& sink);

  /// Multiplies what a source delivers next, after unusable samples were left out: a microphone's calibration.
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
