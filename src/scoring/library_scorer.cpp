// The installed interface of scoring, implemented with the programs' classes.
#include <utility>

#include "auscult/scorer.h"
#include "scoring/clip_score.h"
#include "scoring/scorer.h"

namespace auscult {

Result<RecordingScore> score_recording(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                                       const RecordingOptions& options) {
  ScoreFileOptions file_options;
  file_options.channel = options.channel;
  file_options.scale = options.scale;
  AUSCULT_TRY_ASSIGN(const ClipScore clip, score_file(model, path, file_options));
  return RecordingScore{.score = clip.score,
                        .threshold = clip.threshold,
                        .anomalous = clip.anomalous,
                        .running = clip.running,
                        .seconds = clip.seconds};
}

struct SampleScorer::Impl {
  explicit Impl(std::shared_ptr<const Model> m) : model(std::move(m)), scorer(model) {}
  static HopSink translated(const Sink& sink) {
    return [&sink](const Hop& hop) { sink({.time_s = hop.time_s, .score = hop.fused, .judged = hop.judged()}); };
  }
  std::shared_ptr<const Model> model;
  Scorer scorer;
};

SampleScorer::SampleScorer(std::shared_ptr<const Model> model) : impl_(std::make_unique<Impl>(std::move(model))) {}
SampleScorer::~SampleScorer() = default;
SampleScorer::SampleScorer(SampleScorer&&) noexcept = default;
SampleScorer& SampleScorer::operator=(SampleScorer&&) noexcept = default;

int SampleScorer::sample_rate() const {
  return impl_->model->preset.frontend.sample_rate;
}
double SampleScorer::live_threshold() const {
  return impl_->model->live_threshold();
}
void SampleScorer::push(std::span<const float> samples, const Sink& sink) {
  impl_->scorer.push(samples, Impl::translated(sink));
}
void SampleScorer::gap(std::int64_t lost, const Sink& sink) {
  impl_->scorer.gap(lost, Impl::translated(sink));
}
void SampleScorer::finish(const Sink& sink) {
  impl_->scorer.finish(Impl::translated(sink));
}

}  // namespace auscult
