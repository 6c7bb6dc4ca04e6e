#include "support/pulse.h"

#include <signal.h>

#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "support/wait.h"

namespace auscult::test {
namespace fs = std::filesystem;

namespace {

bool on_path(const char* program_name) {
  return run_process({"sh", "-c", std::string("command -v ") + program_name}).exit_code == 0;
}

}  // namespace

namespace {

SoundServer server_asked_for() {
  const char* name = std::getenv("AUSCULT_SOUND_SERVER");
  return name && std::string(name) == "pipewire" ? SoundServer::pipewire : SoundServer::pulseaudio;
}

}  // namespace

std::string PulseNullSink::missing(SoundServer server) {
  std::vector<std::string> programs = {"paplay", "pactl"};
  if (server == SoundServer::pipewire)
    programs.insert(programs.end(), {"pipewire", "pipewire-pulse", "wireplumber", "dbus-run-session"});
  else
    programs.emplace_back("pulseaudio");
  for (const std::string& name : programs)
    if (!on_path(name.c_str())) return name + " is not installed (scripts/install --tests gets it)";
  return "";
}

PulseNullSink::PulseNullSink(int sample_rate, int channels, std::optional<SoundServer> server)
    : sample_rate_(sample_rate), channels_(channels), kind_(server.value_or(server_asked_for())) {
  fs::create_directory(folder_ / "home");
  fs::create_directory(folder_ / "run");
  fs::permissions(folder_ / "run", fs::perms::owner_all);
  const std::string address = "server \"unix:" + socket().string() + "\"";
  const auto pulse = [&](const char* device) { return " { type pulse " + address + " device \"" + device + "\" }"; };
  write_file(folder_ / "asound.conf", "pcm.default { type asym capture.pcm" + pulse("vs.monitor") + " playback.pcm" +
                                          pulse("vs") + " }\nctl.default { type pulse " + address + " }\n");
  launch();
}

fs::path PulseNullSink::socket() const {
  return kind_ == SoundServer::pipewire ? folder_ / "run/pulse/native" : folder_ / "run/native";
}

Environment PulseNullSink::environment() const {
  return {{"ALSA_CONFIG_PATH", folder_ / "asound.conf"}, {"PULSE_SERVER", "unix:" + socket().string()}};
}

void PulseNullSink::use_in_this_process() const {
  for (const auto& [name, value] : environment()) setenv(name.c_str(), value.c_str(), 1);
}

std::unique_ptr<BackgroundProcess> PulseNullSink::play(const fs::path& wav) const {
  return std::make_unique<BackgroundProcess>(std::vector<std::string>{"paplay", "--device=vs", wav}, environment(),
                                             folder_ / "paplay.out", folder_ / "paplay.err");
}

// PipeWire is several processes, in a group of their own.
void PulseNullSink::signal_all(int number) {
  ::kill(-server_->pid(), number);
}

void PulseNullSink::freeze() {
  signal_all(SIGSTOP);
}

void PulseNullSink::thaw() {
  signal_all(SIGCONT);
}

void PulseNullSink::kill() {
  signal_all(SIGKILL);
  server_->wait(std::chrono::seconds(5));
}

void PulseNullSink::restart() {
  server_.reset();
  fs::remove(socket());
  launch();
}

void PulseNullSink::remove_sink() {
  run_process({"pactl", "unload-module", "module-null-sink"}, environment(), std::chrono::seconds(5));
}

void PulseNullSink::add_sink() {
  run_process({"pactl", "load-module", "module-null-sink", "sink_name=vs", "format=s16le",
               "rate=" + std::to_string(sample_rate_), "channels=" + std::to_string(channels_)},
              environment(), std::chrono::seconds(5));
}

void PulseNullSink::launch() {
  kind_ == SoundServer::pipewire ? launch_pipewire() : launch_pulseaudio();
}

void PulseNullSink::launch_pulseaudio() {
  const std::string home = folder_ / "home", run = folder_ / "run";
  const Environment own = {
      {"HOME", home}, {"XDG_RUNTIME_DIR", run}, {"PULSE_RUNTIME_PATH", run}, {"PULSE_STATE_PATH", home}};
  server_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{"pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
                               "--high-priority=no", "--realtime=no", "-L",
                               "module-native-protocol-unix socket=" + run + "/native auth-anonymous=1", "-L",
                               "module-null-sink sink_name=vs format=s16le rate=" + std::to_string(sample_rate_) +
                                   " channels=" + std::to_string(channels_)},
      own, folder_ / "server.out", folder_ / "server.err");
  bool answered = false;
  eventually([&] { return (answered = answers()) || !server_->running(); }, std::chrono::seconds(30));
  if (!answered) throw std::runtime_error("pulseaudio does not start: " + read_file(folder_ / "server.err"));
}

// WirePlumber connects streams with devices, and needs a message bus. PipeWire runs at 48 kHz whatever the rate of its
// sinks, and would resample twice on the way from a stream through the sink to its monitor.
void PulseNullSink::launch_pipewire() {
  const std::string home = folder_ / "home", run = folder_ / "run", rate = std::to_string(sample_rate_);
  fs::create_directories(folder_ / "home/config/pipewire/pipewire.conf.d");
  write_file(
      folder_ / "home/config/pipewire/pipewire.conf.d/rate.conf",
      "context.properties = { default.clock.rate = " + rate + " default.clock.allowed-rates = [ " + rate + " ] }\n");
  const Environment own = {{"HOME", home},
                           {"XDG_RUNTIME_DIR", run},
                           {"XDG_CONFIG_HOME", home + "/config"},
                           {"XDG_STATE_HOME", home + "/state"},
                           {"DBUS_SESSION_BUS_ADDRESS", ""}};
  fs::remove(folder_ / "run/pipewire-0");
  fs::remove(folder_ / "run/pipewire-0.lock");
  const std::string script =
      "pipewire & until [ -S \"$XDG_RUNTIME_DIR/pipewire-0\" ]; do sleep 0.05; done; pipewire-pulse & "
      "unset DBUS_SESSION_BUS_ADDRESS; dbus-run-session -- wireplumber & wait";
  server_ = std::make_unique<BackgroundProcess>(std::vector<std::string>{"sh", "-c", script}, own,
                                                folder_ / "server.out", folder_ / "server.err");
  const auto serves = [&] {
    return run_process({"pactl", "info"}, environment(), std::chrono::seconds(5)).exit_code == 0;
  };
  bool answered = eventually([&] { return serves() || !server_->running(); }, std::chrono::seconds(30));
  add_sink();
  answered = answered && eventually([&] { return answers(); }, std::chrono::seconds(30));
  if (!answered) throw std::runtime_error("PipeWire does not start: " + read_file(folder_ / "server.err"));
}

bool PulseNullSink::answers() const {
  const ProcessResult sinks = run_process({"pactl", "list", "short", "sinks"}, environment(), std::chrono::seconds(5));
  return sinks.exit_code == 0 && sinks.out.find("vs") != std::string::npos;
}

}  // namespace auscult::test
