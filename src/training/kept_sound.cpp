#include "kept_sound.h"

namespace auscult {

void KeptSound::add_samples(std::span<const float> samples) {
  samples_.insert(samples_.end(), samples.begin(), samples.end());
}

void KeptSound::add_frame(const FrameView& frame) {
  n_mels_ = frame.log_mel.size();
  log_mels_.insert(log_mels_.end(), frame.log_mel.begin(), frame.log_mel.end());
  marks_.push_back({What::frame, frame.level_dbfs, frame.index, frame.first_sample, samples_.size()});
}

void KeptSound::add_gap() {
  marks_.push_back({What::gap, 0.0F, 0, 0, samples_.size()});
}

void KeptSound::replay(FeatureWindows& windows, EnergyStage& energies, const HopSink& sink) const {
  const FeatureHopSink into = [&](const FeatureHop& hop) { energies.push(hop, sink); };
  std::size_t frames = 0, replayed = 0;
  const auto samples_up_to = [&](std::size_t end) {
    if (end > replayed) windows.push_samples(std::span(samples_).subspan(replayed, end - replayed));
    replayed = end;
  };
  for (const Mark& mark : marks_) {
    samples_up_to(mark.samples_before);
    if (mark.what == What::gap) {
      windows.end_stretch(into);
      windows.reset();
      energies.gap(sink);
      continue;
    }
    windows.push_frame(
        {mark.index, mark.first_sample, std::span(log_mels_).subspan(frames * n_mels_, n_mels_), {}, mark.level_dbfs},
        into);
    ++frames;
  }
  samples_up_to(samples_.size());
  windows.end_stretch(into);
  energies.finish(sink);
}

}  // namespace auscult
