// The installed interface of the frontend, implemented with the programs' classes.
#include "auscult/frontend.h"
#include "dsp/log_mel_frontend.h"
#include "model/model.h"
#include "scoring/recording_frames.h"

namespace auscult {
namespace {

FrontendConfig frontend_of(const std::shared_ptr<const Model>& model) {
  return model ? model->preset.frontend : FrontendConfig{};
}

}  // namespace

Result<LogMels> log_mels_of_recording(const std::filesystem::path& path, const LogMelOptions& options) {
  const FrontendConfig frontend = frontend_of(options.model);
  FeatureStreamOptions stream;
  stream.channel = options.channel.value_or(options.model ? options.model->preset.channel : 0);
  stream.scale = options.scale;
  AUSCULT_TRY_ASSIGN(RecordingFrames frames, read_frames(path, frontend, stream));
  return LogMels{.values = std::move(frames.log_mels),
                 .mels = frontend.n_mels,
                 .seconds_per_frame = frontend.seconds_per_frame(),
                 .invalid_samples = frames.input.invalid};
}

struct LogMelStream::Impl {
  explicit Impl(const FrontendConfig& config) : frontend(config) {}
  FrontendConfig frontend;
  FeatureStream stream{frontend};
};

LogMelStream::LogMelStream(const std::shared_ptr<const Model>& model)
    : impl_(std::make_unique<Impl>(frontend_of(model))) {}
LogMelStream::~LogMelStream() = default;
LogMelStream::LogMelStream(LogMelStream&&) noexcept = default;
LogMelStream& LogMelStream::operator=(LogMelStream&&) noexcept = default;

int LogMelStream::sample_rate() const {
  return impl_->frontend.sample_rate;
}
int LogMelStream::mels() const {
  return impl_->frontend.n_mels;
}
void LogMelStream::push(std::span<const float> samples, const Sink& sink) {
  impl_->stream.push_samples(samples, {.hop = [&](const FeatureHop& hop) { sink(hop.time_s, hop.frame->log_mel); }});
}
void LogMelStream::gap(std::int64_t lost) {
  impl_->stream.gap(lost, {});
}

}  // namespace auscult
