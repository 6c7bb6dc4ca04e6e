// The one path from samples to energies: live, batch and training all run it. Samples in at the model's rate, one
// channel; out come, hop by hop, the frame, each detector's new energies, u and the live fused score.
// Any chunking of the same samples gives bit-identical energies. Thread rule: one object, one thread (whose libtorch
// thread count it sets to 1); the model may be shared.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "dsp/log_mel_frontend.h"
#include "model/model.h"

namespace auscult {

/// One new energy of one detector, for the window that ends with frame `frame`.
struct StepEnergy {
  int detector = 0;            ///< index into Model::detectors
  std::int64_t frame = 0;      ///< last frame of the window
  double time_s = 0.0;         ///< stream time at the end of the window
  Energies energies;
  double energy = 0.0;         ///< the detector's energy (dagmm or joint, as its preset says)
  double u = 0.0;
  double untrained = 0.0;      ///< the untrained network's energy, with ScorerOptions::controls
  ControlEnergies controls;    ///< with ScorerOptions::controls
  std::vector<float> why;      ///< with ScorerOptions::why: each mel bin's contribution to `energy` (contributions.h), n_mels values; empty for a detector without mel bins
};

/// The detectors' u as one score; 0 for none.
double fuse(Fusion fusion, std::span<const double> u);

/// What one frame brought. Spans are valid inside the sink only.
struct Hop {
  const FrameView* frame = nullptr;       ///< null in batch mode and for a stream shorter than a window
  std::int64_t index = 0;                 ///< of the frame
  double time_s = 0.0;                    ///< stream time at the end of the frame
  std::span<const StepEnergy> fresh;      ///< new energies of this hop
  double fused = 0.0;                     ///< the detectors' latest u, fused; 0 before the first
  int leading_detector = -1;              ///< the one with the largest u; -1 before the first
  std::span<const float> why;             ///< with ScorerOptions::why: each mel bin's share in what is unusual now, n_mels values (fused_shares of the detectors' latest); empty before the first
  bool running = true;                    ///< false: the machine is off, or a window still reaches into that time; not judged
};
using HopSink = std::function<void(const Hop&)>;

enum class ScorerMode {
  live,   ///< every hop is reported before push() returns; a block of kBlockRows holds one feature vector
  batch,  ///< hops are reported, in the same order and with the same bits, when a block is full or at a gap or the end
};
struct ScorerOptions {
  ScorerMode mode = ScorerMode::live;
  bool controls = false;  ///< also compute the untrained network's and the controls' energies
  bool why = false;       ///< also compute what each mel bin adds to the energies, which stay the same to the bit
};

class Scorer {
 public:
  explicit Scorer(std::shared_ptr<const Model> model, ScorerOptions options = {});
  ~Scorer();
  Scorer(Scorer&&) noexcept;
  Scorer& operator=(Scorer&&) noexcept;

  const Model& model() const;
  /// Finite samples at model().preset.frontend.sample_rate.
  void push(std::span<const float> samples, const HopSink& sink);
  /// `lost` samples are missing here: windows do not reach across, time does.
  void gap(std::int64_t lost, const HopSink& sink);
  /// The end: a detector with min_window that has given no value since the start or the last gap may give one now.
  void finish(const HopSink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
