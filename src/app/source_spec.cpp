#include "app/source_spec.h"

#include <unistd.h>

#include "audio/file_source.h"
#include "audio/portaudio_source.h"
#include "audio/recording_time.h"
#include "base/streams.h"

namespace auscult {

bool SourceSpec::stream() const {
  return !live() && (raw || is_stream(recording, STDIN_FILENO));
}

std::string SourceSpec::label() const {
  if (recording == "-") return "standard input";
  if (!live()) return recording.filename().string();
  return device.empty() ? "Default input" : device;
}

std::unique_ptr<SampleSource> make_source(const SourceSpec& spec, const Model& model) {
  if (spec.live())
    return make_portaudio_source({.device = spec.device, .lowest_rate = device_rate_for(model.preset.frontend)});
  if (spec.stream()) return make_pcm_stream({.path = spec.recording, .raw = spec.raw});
  return make_file_source(
      spec.recording, {.realtime = spec.pace == SourceSpec::Pace::real_time, .speed = spec.speed, .loop = spec.loop});
}

LiveOptions live_options(const SourceSpec& spec) {
  LiveOptions options;
  options.channel = spec.channel;
  options.gain_db = spec.gain_db;
  options.started_ms = spec.started_ms;
  if (!spec.live() && !spec.stream() && !options.started_ms) options.started_ms = recording_start_ms(spec.recording);
  return options;
}

}  // namespace auscult
