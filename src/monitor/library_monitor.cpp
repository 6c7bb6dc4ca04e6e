// The installed interface of the monitor, implemented with the programs' classes.
#include <utility>

#include "audio/file_source.h"
#include "audio/portaudio_source.h"
#include "auscult/monitor.h"
#include "monitor/live_monitor.h"

namespace auscult {

struct SoundMonitor::Impl {
  Impl(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, LiveOptions live,
       const MonitorOptions& options)
      : monitor(std::move(model), std::move(source), with(std::move(live), options)) {
    if (options.threshold) monitor.set_threshold(*options.threshold);
  }
  static LiveOptions with(LiveOptions live, const MonitorOptions& options) {
    live.clip_dir = options.clip_dir;
    live.event_log = options.event_log;
    live.channel = options.channel;
    return live;
  }
  LiveMonitor monitor;
  double score = 0.0;
};

SoundMonitor::SoundMonitor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SoundMonitor::~SoundMonitor() = default;
SoundMonitor::SoundMonitor(SoundMonitor&&) noexcept = default;
SoundMonitor& SoundMonitor::operator=(SoundMonitor&&) noexcept = default;

SoundMonitor SoundMonitor::on_microphone(std::shared_ptr<const Model> model, const std::string& device,
                                         const MonitorOptions& options) {
  PortAudioOptions input;
  input.device = device;
  input.lowest_rate = device_rate_for(model->preset.frontend);
  return SoundMonitor(std::make_unique<Impl>(std::move(model), make_portaudio_source(input), LiveOptions{}, options));
}

SoundMonitor SoundMonitor::on_recording(std::shared_ptr<const Model> model, const std::filesystem::path& path,
                                        const MonitorOptions& options) {
  LiveOptions live;
  live.lossless = true;  // a recording can wait for its reader; a microphone cannot
  return SoundMonitor(std::make_unique<Impl>(std::move(model), make_file_source(path), std::move(live), options));
}

Status SoundMonitor::start() {
  return impl_->monitor.start();
}

std::optional<MonitorEvent> SoundMonitor::poll() {
  LiveHop hop;
  while (impl_->monitor.poll(hop)) impl_->score = hop.fused;
  Event event;
  if (!impl_->monitor.poll_event(event)) return std::nullopt;
  MonitorEvent found{.ended = event.ended,
                     .id = event.ref.id,
                     .start_s = event.start_s,
                     .end_s = event.end_s,
                     .peak_score = event.peak_score,
                     .bands = {},
                     .clip = event.clip};
  for (const FrequencyBand& band : event.bands) found.bands.push_back({band.from_hz, band.to_hz, band.share});
  return found;
}

MonitorStatus SoundMonitor::status() const {
  const LiveStatus live = impl_->monitor.status();
  return {.stream_time_s = live.stream_time_s,
          .score = impl_->score,
          .hops = live.frames,
          .events = live.events,
          .finished = live.finished,
          .error = live.error};
}

void SoundMonitor::stop() {
  impl_->monitor.stop();
}

}  // namespace auscult
