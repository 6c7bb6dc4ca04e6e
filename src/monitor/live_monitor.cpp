#include "monitor/live_monitor.h"

#include <utility>

#include "analysis.h"
#include "storage.h"

namespace auscult {

const char* to_string(AlarmState state) {
  switch (state) {
    case AlarmState::warming_up:
      return "warming_up";
    case AlarmState::normal:
      return "normal";
    case AlarmState::suspicious:
      return "suspicious";
    case AlarmState::alarm:
      return "alarm";
    case AlarmState::not_running:
      return "not_running";
    case AlarmState::demo:
      return "demo";
    case AlarmState::no_signal:
      return "no_signal";
  }
  return "normal";
}

struct LiveMonitor::Impl {
  Impl(std::shared_ptr<const Model> m, std::unique_ptr<SampleSource> source, LiveOptions o)
      : model(std::move(m)),
        options(std::move(o)),
        channel(options.channel.value_or(model->preset.channel)),
        storage(options.event_log, options.clip_dir, model->preset.frontend.sample_rate),
        analysis(model, std::move(source), options, storage) {}

  const std::shared_ptr<const Model> model;
  const LiveOptions options;
  const int channel;
  Storage storage;
  Analysis analysis;
};

LiveMonitor::LiveMonitor(std::shared_ptr<const Model> model, std::unique_ptr<SampleSource> source, LiveOptions options)
    : impl_(std::make_unique<Impl>(std::move(model), std::move(source), std::move(options))) {}

LiveMonitor::~LiveMonitor() {
  stop();
}

Status LiveMonitor::start() {
  AUSCULT_TRY(impl_->storage.start());
  return impl_->analysis.start();
}

void LiveMonitor::stop() {
  impl_->analysis.stop();
  impl_->storage.stop();  // after the analysis, which then posts nothing more
}

bool LiveMonitor::poll(LiveHop& hop) {
  return impl_->analysis.poll(hop);
}

bool LiveMonitor::poll_event(Event& event) {
  return impl_->analysis.poll_event(event);
}

LiveStatus LiveMonitor::status() const {
  LiveStatus status = impl_->analysis.status();
  status.storage_trouble = impl_->storage.trouble();
  return status;
}

void LiveMonitor::set_threshold(double threshold) {
  impl_->analysis.set_threshold(threshold);
}

void LiveMonitor::set_gain_db(double gain_db) {
  impl_->analysis.set_gain_db(gain_db);
}

int LiveMonitor::channel() const {
  return impl_->channel;
}

const Model& LiveMonitor::model() const {
  return *impl_->model;
}

void LiveMonitor::start_recording(const std::filesystem::path& folder) {
  impl_->storage.recorder().start(folder);
}

void LiveMonitor::stop_recording() {
  impl_->storage.recorder().stop();
}

RecordingStatus LiveMonitor::recording() const {
  return impl_->storage.recorder().status();
}

}  // namespace auscult
