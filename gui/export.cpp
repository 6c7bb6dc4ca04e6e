#include "gui/export.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <system_error>

#include "app/places.h"
#include "base/shared_folders.h"

namespace auscult::gui {
namespace {

std::string number(const char* format, double value) {
  if (!std::isfinite(value)) return "";
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::string view_csv(const AppState& state) {
  std::string csv = "time_s,state,rms_dbfs,peak_dbfs,u";
  const std::size_t detectors = state.model() ? state.model()->detectors.size() : 0;
  for (std::size_t d = 0; d < detectors; ++d) csv += ",energy_" + state.model()->detectors[d].name;
  csv += '\n';
  const History& history = state.shown();
  const auto [begin, end] = columns_within(history, state.view());
  for (std::int64_t column = begin; column < end; ++column) {
    const HopRecord& record = history.record(column);
    if (!record.present) continue;
    csv += number("%.3f", history.start_of(column + 1)) + ',' + to_string(record.state) + ',' +
           number("%.2f", static_cast<double>(record.rms_dbfs)) + ',' +
           number("%.2f", static_cast<double>(record.peak_dbfs)) + ',' +
           number("%.6g", static_cast<double>(record.fused));
    for (std::size_t d = 0; d < detectors; ++d) csv += ',' + number("%.6g", static_cast<double>(record.energy[d]));
    csv += '\n';
  }
  return csv;
}

std::string diagnostics(const AppState& state) {
  const LiveStatus& status = state.status();
  std::string text = "Auscult " AUSCULT_VERSION "\n";
  const auto line = [&text](const std::string& name, const std::string& value) { text += name + ": " + value + "\n"; };
  if (const auto& model = state.model()) {
    line("model", model->name + " (preset " + model->preset + (model->demo ? ", demonstration" : "") + ")");
    line("threshold", number("%.3f", state.threshold()) + " (the model's: " + number("%.3f", model->threshold) + ")");
  }
  line("input", state.source().label + (state.source().live ? "" : " (recording)"));
  line("device", status.source.name + " (" + status.source.host_api + ", " + format_rate(status.source.sample_rate) +
                     ", " + std::to_string(status.source.channels) + " channels)");
  line("phase", to_string(state.phase()));
  line("state", to_string(status.state));
  if (state.error()) line("error", to_message(*state.error()));
  if (!status.health.message.empty()) line("health", status.health.message);
  line("stream time", number("%.1f s", status.stream_time_s) + ", " + std::to_string(status.frames) + " frames");
  line("lost samples", std::to_string(status.health.lost) + " in " + std::to_string(status.health.gaps) +
                           " gaps; invalid " + std::to_string(status.invalid_samples));
  line("latency, load, buffer", number("%.0f ms", 1000.0 * status.latency_s) + ", " +
                                    number("%.0f %%", 100.0 * status.load) + ", " +
                                    number("%.0f %%", 100.0 * status.health.ring_fill));
  line("dropped columns", std::to_string(status.dropped_columns));
  line("events", std::to_string(state.events().size()));
  return text;
}

std::filesystem::path export_folder() {
  std::filesystem::path folder = default_data_places().exports();
  (void)make_private_folders(folder);  // a failure shows when the file is written
  return folder;
}

std::filesystem::path dated_file(const std::filesystem::path& folder, const std::string& extension) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char name[64];
  std::strftime(name, sizeof name, "auscult-%Y-%m-%d-%H%M%S", &local);
  return folder / (name + extension);
}

}  // namespace auscult::gui
