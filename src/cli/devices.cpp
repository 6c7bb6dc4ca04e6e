// auscult devices: lists the microphones. The window runs it as a short-lived child process, because a rescan in its
// own process would end the running capture and may hang.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "app/device_list.h"
#include "audio/portaudio_source.h"
#include "base/worker.h"
#include "commands.h"
#include "console.h"

namespace auscult::cli {
namespace {

using DeviceList = Result<std::vector<InputDevice>>;
constexpr auto kDeadline = std::chrono::seconds(10);

void print_table(const std::vector<InputDevice>& devices) {
  if (devices.empty()) return;
  std::size_t width = 4;
  for (const InputDevice& device : devices) width = std::max(width, device.name.size());
  std::printf("  %-*s  %-8s  %8s  %8s  %10s\n", static_cast<int>(width), "Name", "System", "Channels", "Rate",
              "Latency");
  for (const InputDevice& device : devices) {
    std::printf("%c %-*s  %-8s  %8d  %5.0f Hz  %7.0f ms\n", device.is_default ? '*' : ' ', static_cast<int>(width),
                device.name.c_str(), device.host_api.c_str(), device.max_channels, device.default_sample_rate,
                1000.0 * device.default_latency);
  }
  std::printf("* is used without --device; --device takes a name or a unique part of one.\n");
}

int run_devices(bool json) {
  const auto listed = std::make_shared<std::optional<DeviceList>>();
  Worker worker("devices");
  if (const Status started = worker.start([listed](std::stop_token) { *listed = list_input_devices(); }); !started)
    return report(started.error());
  if (!worker.join(kDeadline)) {
    const int code =
        report({ErrorCode::device_unavailable, "the audio system does not answer", "",
                "restart the sound server (systemctl --user restart pipewire pulseaudio), then try again"});
    std::_Exit(code);  // a thread that hangs can only be ended with the process
  }
  if (const auto failure = worker.failure()) return report(*failure);
  const DeviceList& devices = **listed;
  if (!devices) return report(devices.error());
  if (devices->empty())
    std::fprintf(stderr, "auscult: no microphone found; plug one in, or use recordings (--input FILE.wav)\n");
  if (json) {
    std::printf("%s\n", device_list_json(*devices).c_str());
  } else {
    print_table(*devices);
  }
  return kExitOk;
}

}  // namespace

void add_devices(CLI::App& app, CommandContext& context) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("devices", "List the microphones that `listen` and the window can use");
  command->add_flag(
      "--json", *json,
      "One JSON object on stdout: {\"devices\": [{name, host_api, channels, sample_rate, latency, default}]}.");
  command->footer("Exit codes: 0 even without a microphone (an empty list), 5 if the audio system does not start.");
  command->callback([json, &context] { context.run = [json] { return run_devices(*json); }; });
}

}  // namespace auscult::cli
