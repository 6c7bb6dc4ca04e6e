#include "app/source_spec.h"

#include "audio/file_source.h"
#include "audio/portaudio_source.h"

namespace auscult {

std::string SourceSpec::label() const {
  if (!live()) return recording.filename().string();
  return device.empty() ? "Default input" : device;
}

std::unique_ptr<SampleSource> make_source(const SourceSpec& spec, const Model& model) {
  if (spec.live())
    return make_portaudio_source({.device = spec.device, .lowest_rate = device_rate_for(model.preset.frontend)});
  return make_file_source(
      spec.recording, {.realtime = spec.pace == SourceSpec::Pace::real_time, .speed = spec.speed, .loop = spec.loop});
}

LiveOptions live_options(const SourceSpec& spec) {
  LiveOptions options;
  options.channel = spec.channel;
  options.gain_db = spec.gain_db;
  return options;
}

}  // namespace auscult
