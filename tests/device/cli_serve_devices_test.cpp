// Two microphones in one service: one is unplugged and comes back, the other one loses nothing.
#include <csignal>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/cli.h"
#include "support/demo_as_monitor.h"
#include "support/pulse.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

struct ServeDevices : testing::Test {
  void SetUp() override {
    if (const auto missing = test::PulseNullSink::missing(test::SoundServer::pulseaudio); !missing.empty())
      GTEST_SKIP() << missing;
    server = std::make_unique<test::PulseNullSink>(16000, 1, test::SoundServer::pulseaudio);
    environment = server->environment();
    // A server of its own, because a server moves the streams of a device that is gone to another device.
    other = std::make_unique<test::PulseNullSink>(16000, 1, test::SoundServer::pulseaudio);
    std::ofstream(environment["ALSA_CONFIG_PATH"], std::ios::app)
        << "pcm.second { type pulse server \"" + other->environment()["PULSE_SERVER"] + "\" device \"vs.monitor\" }\n";
    test::write_demo_as_monitor(folder / "pump.safetensors");
    std::string config = "[service]\ndata = \"state\"\nmetrics = \"127.0.0.1:0\"\n";
    for (const char* name : {"default", "second"})
      config +=
          "[[source]]\nname = \"" + std::string(name) + "\"\nmodel = \"pump.safetensors\"\ndevice = \"" + name + "\"\n";
    test::write_file(folder / "fleet.toml", config);
    service = std::make_unique<test::BackgroundProcess>(
        std::vector<std::string>{test::program("auscult"), "serve", folder / "fleet.toml"}, environment,
        folder / "out.txt", folder / "err.txt");
  }
  nlohmann::json source(const std::string& name) const {
    const std::string text = test::read_file(folder / "out.txt"), mark = "status at http://";
    const auto at = text.find(mark);
    if (at == std::string::npos) return nlohmann::json::object();
    const auto address = text.substr(at + mark.size(), text.find('\n', at) - at - mark.size());
    const auto status =
        nlohmann::json::parse(test::auscult({"status", "--address", address, "--json"}).out, nullptr, false);
    if (status.is_object())
      for (const auto& one : status["sources"])
        if (one["name"] == name) return one;
    return nlohmann::json::object();
  }
  bool becomes(const std::string& name, const std::string& state) {
    return test::eventually([&] { return source(name).value("source", "") == state; });
  }

  test::TempDir folder;
  std::unique_ptr<test::PulseNullSink> server, other;
  test::Environment environment;
  std::unique_ptr<test::BackgroundProcess> service;
};

TEST_F(ServeDevices, OneIsUnpluggedAndComesBackAndTheOtherLosesNothing) {
  ASSERT_TRUE(becomes("default", "running")) << test::read_file(folder / "err.txt");
  ASSERT_TRUE(becomes("second", "running")) << source("second") << test::read_file(folder / "err.txt");
  other->remove_sink();
  ASSERT_TRUE(becomes("second", "recovering")) << source("second");
  EXPECT_EQ(source("default").value("source", ""), "running");
  other->add_sink();
  ASSERT_TRUE(becomes("second", "running")) << source("second");
  const auto analyzed = source("second").value("analyzed", 0);
  EXPECT_TRUE(test::eventually([&] { return source("second").value("analyzed", 0) > analyzed + 16000; }));
  EXPECT_GE(source("second").value("gaps", 0), 1);
  const auto undisturbed = source("default");
  EXPECT_EQ(undisturbed.value("lost", -1), 0) << undisturbed;
  EXPECT_EQ(undisturbed.value("gaps", -1), 0) << undisturbed;
  EXPECT_EQ(undisturbed.value("reconnects", -1), 0) << undisturbed;
  service->signal(SIGTERM);
  EXPECT_EQ(service->wait(30s), 0);
}

}  // namespace
}  // namespace auscult
