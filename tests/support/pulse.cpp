#include "support/pulse.h"

#include <signal.h>

#include <cstdlib>
#include <stdexcept>

#include "support/wait.h"

namespace auscult::test {
namespace fs = std::filesystem;

namespace {

bool on_path(const char* program_name) {
  return run_process({"sh", "-c", std::string("command -v ") + program_name}).exit_code == 0;
}

}  // namespace

bool PulseNullSink::available() {
  return on_path("pulseaudio") && on_path("paplay") && on_path("pactl");
}

PulseNullSink::PulseNullSink(int sample_rate, int channels) : sample_rate_(sample_rate), channels_(channels) {
  fs::create_directory(folder_ / "home");
  fs::create_directory(folder_ / "run");
  fs::permissions(folder_ / "run", fs::perms::owner_all);
  const std::string server = "server \"unix:" + (folder_ / "run" / "native").string() + "\"";
  const auto pulse = [&](const char* device) { return " { type pulse " + server + " device \"" + device + "\" }"; };
  write_file(folder_ / "asound.conf", "pcm.default { type asym capture.pcm" + pulse("vs.monitor") + " playback.pcm" +
                                          pulse("vs") + " }\nctl.default { type pulse " + server + " }\n");
  launch();
}

Environment PulseNullSink::environment() const {
  return {{"ALSA_CONFIG_PATH", folder_ / "asound.conf"},
          {"PULSE_SERVER", "unix:" + (folder_ / "run" / "native").string()}};
}

void PulseNullSink::use_in_this_process() const {
  for (const auto& [name, value] : environment()) setenv(name.c_str(), value.c_str(), 1);
}

std::unique_ptr<BackgroundProcess> PulseNullSink::play(const fs::path& wav) const {
  return std::make_unique<BackgroundProcess>(std::vector<std::string>{"paplay", "--device=vs", wav}, environment(),
                                             folder_ / "paplay.out", folder_ / "paplay.err");
}

void PulseNullSink::freeze() {
  server_->signal(SIGSTOP);
}

void PulseNullSink::thaw() {
  server_->signal(SIGCONT);
}

void PulseNullSink::kill() {
  server_->signal(SIGKILL);
  server_->wait(std::chrono::seconds(5));
}

void PulseNullSink::restart() {
  server_.reset();
  fs::remove(folder_ / "run" / "native");
  launch();
}

void PulseNullSink::launch() {
  const std::string home = folder_ / "home", run = folder_ / "run";
  const Environment own = {
      {"HOME", home}, {"XDG_RUNTIME_DIR", run}, {"PULSE_RUNTIME_PATH", run}, {"PULSE_STATE_PATH", home}};
  server_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{"pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                               "--high-priority=no", "--realtime=no", "-L",
                               "module-native-protocol-unix socket=" + run + "/native auth-anonymous=1", "-L",
                               "module-null-sink sink_name=vs format=s16le rate=" + std::to_string(sample_rate_) +
                                   " channels=" + std::to_string(channels_)},
      own, folder_ / "pulseaudio.out", folder_ / "pulseaudio.err");
  bool answered = false;
  eventually([&] { return (answered = answers()) || !server_->running(); }, std::chrono::seconds(30));
  if (!answered) throw std::runtime_error("pulseaudio does not start: " + read_file(folder_ / "pulseaudio.err"));
}

bool PulseNullSink::answers() const {
  const ProcessResult sinks = run_process({"pactl", "list", "short", "sinks"}, environment(), std::chrono::seconds(5));
  return sinks.exit_code == 0 && sinks.out.find("vs") != std::string::npos;
}

}  // namespace auscult::test
