// A real MQTT broker (mosquitto) for tests, which can be killed and started again. Test-only, header-only.
#pragma once

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/process.h"
#include "support/processor_time.h"
#include "support/wait.h"

namespace auscult::test {

/// Null where mosquitto is not installed.
inline const char* broker_program() {
  for (const char* path : {"/usr/sbin/mosquitto", "/usr/bin/mosquitto"})
    if (std::filesystem::exists(path)) return path;
  return nullptr;
}

/// A broker on a free local port.
class MqttBroker {
 public:
  enum class Log { everything, warnings };

  /// `settings`: lines of mosquitto.conf(5) after the listener's; without them everybody may connect, and the broker
  /// keeps nothing over a restart.
  explicit MqttBroker(const std::string& settings = {}, Log log = Log::everything)
      : port_(20000 + static_cast<int>(getpid() % 20000)), log_(log) {
    write_file(folder_ / "broker.conf", "listener " + std::to_string(port_) + " 127.0.0.1\n" + "persistence_location " +
                                            (folder_.path() / "").string() + "\n" +
                                            (settings.empty() ? "allow_anonymous true\n" : settings));
    begin();
  }
  void begin() {
    std::vector<std::string> command{broker_program(), "-c", folder_ / "broker.conf"};
    if (log_ == Log::everything) command.emplace_back("-v");
    process_ = std::make_unique<BackgroundProcess>(command, Environment{}, folder_ / "out.txt", folder_ / "log.txt");
    EXPECT_TRUE(eventually([&] { return log().find(" running") != std::string::npos; })) << log();
  }
  void kill() { process_.reset(); }
  /// Asks it to end, as a service manager does; it stores its state if it is configured to.
  void stop() {
    process_->signal(SIGTERM);
    EXPECT_EQ(process_->wait(std::chrono::seconds(30)), 0) << log();
    process_.reset();
  }
  std::string log() const { return read_file(folder_ / "log.txt") + read_file(folder_ / "out.txt"); }
  int port() const { return port_; }
  const TempDir& folder() const { return folder_; }
  /// Since begin().
  double processor_seconds() const { return process_ ? test::processor_seconds(process_->pid()) : 0.0; }

 private:
  TempDir folder_;
  int port_;
  Log log_;
  std::unique_ptr<BackgroundProcess> process_;
};

}  // namespace auscult::test
