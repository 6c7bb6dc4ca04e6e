// The parts of a session that gather information: the child process that lists devices, and the facts about a model.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "app/device_list.h"
#include "base/log.h"
#include "base/xdg.h"
#include "gui/session.h"

namespace auscult::gui {
namespace {

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Result<std::string> output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
  if (!pipe) return fail(ErrorCode::device_unavailable, "cannot run the program that lists devices", command);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) text.append(buffer.data(), n);
  return text;
}

DeviceList list_devices() {
  DeviceList list;
  list.asked = true;
  // A child process, because rescanning in this process would end the running capture and may hang; the child has its
  // own deadline.
  const auto text =
      output_of(shell_quoted(sibling_program("auscult").string()) + " devices --json 2>/dev/null </dev/null");
  if (!text) {
    list.error = text.error().what;
  } else if (auto parsed = parse_device_list(*text)) {
    list.devices = std::move(*parsed);
  } else {
    list.error = "The list of devices could not be read; run `auscult devices` in a terminal for details.";
  }
  return list;
}

}  // namespace

void Session::refresh_devices() {
  if (devices_.pending) return;
  devices_.asked = devices_.pending = true;
  const Status started = Worker::run_unattended("device list", [mail = mail_] {
    DeviceList list;
    list.asked = true;
    list.error = "The list of devices could not be read; run `auscult devices` in a terminal for details.";
    try {
      list = list_devices();
    } catch (const std::exception& failure) {
      log(LogLevel::error, std::string("listing devices failed: ") + failure.what());
    }
    const std::lock_guard lock(mail->mutex);
    mail->devices = std::move(list);
  });
  if (started) return;
  devices_.pending = false;
  devices_.error = to_message(started.error());
}

ModelView view_of(std::shared_ptr<const Model> loaded, const std::filesystem::path& path) {
  ModelView view;
  const std::shared_ptr<const Model> model = std::move(loaded);  // kept by the functions below
  const FrontendConfig& frontend = model->preset.frontend;
  view.name = path.stem().string();
  view.path = path;
  view.preset = model->preset.name;
  view.machine = model->training.machine;
  view.demo = model->purpose == Purpose::demo;
  view.threshold = model->live_threshold();
  view.hop_seconds = frontend.seconds_per_frame();
  view.nyquist_hz = frontend.sample_rate / 2.0;
  view.mel_low_hz = frontend.f_min;
  view.mel_high_hz = frontend.f_max;
  view.supported_u = 0.0;
  for (std::size_t d = 0; d < model->detectors.size() && d < kMaxDetectors; ++d) {
    view.supported_u = std::max(view.supported_u, model->detectors[d].window_calibration.supported_u());
    view.normal_moments = std::max<std::uint64_t>(view.normal_moments, model->detectors[d].window_calibration.count());
    const DetectorConfig& config = model->detectors[d].config;
    view.detectors.push_back({config.name, config.energy,
                              [model, d](double u) { return model->detectors[d].window_calibration.energy_at(u); }});
  }
  return view;
}

}  // namespace auscult::gui
