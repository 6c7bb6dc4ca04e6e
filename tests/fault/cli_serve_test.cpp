// auscult serve as a whole: its configuration, its sources, its signals and what it tells.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "events/event_database.h"
#include "support/cli.h"
#include "support/demo_as_monitor.h"
#include "support/wait.h"
#include "support/web_receiver.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::auscult;
using test::TempDir;

// A service in a folder of its own.
class ServeCommand : public testing::Test {
 protected:
  ServeCommand() {
    test::write_demo_as_monitor(folder / "pump.safetensors");
    std::string noise;
    for (int i = 0; i < 2 * 8 * 16000; ++i) noise += static_cast<char>((i * 7919 + i / 3 * 104729) >> 7);
    test::write_file(folder / "noise.raw", noise);
  }
  void configure(const std::string& sources) {
    test::write_file(folder / "fleet.toml", "[service]\ndata = \"state\"\nmetrics = \"127.0.0.1:0\"\n" + sources);
  }
  static std::string source(const std::string& name, const std::string& command, const std::string& more = {}) {
    return "[[source]]\nname = \"" + name + "\"\nmodel = \"pump.safetensors\"\nraw = \"s16le:16000:1\"\ncommand = \"" +
           command + "\"\n" + more;
  }
  std::string cat() const { return "cat " + (folder / "noise.raw").string() + "; exec sleep 1000"; }
  void start() {
    service = std::make_unique<test::BackgroundProcess>(
        std::vector<std::string>{test::program("auscult"), "serve", folder / "fleet.toml"}, test::Environment{},
        folder / "out.txt", folder / "err.txt");
    ASSERT_TRUE(test::eventually([&] { return address().size() > 10; })) << test::read_file(folder / "err.txt");
  }
  // Empty where there is no such file yet.
  static std::string content(const std::filesystem::path& file) {
    return std::filesystem::exists(file) ? test::read_file(file) : std::string();
  }
  std::string out() const { return content(folder / "out.txt"); }
  bool says(const std::string& text) {
    return test::eventually([&] { return out().find(text) != std::string::npos; });
  }
  std::string address() const {
    const std::string text = out(), mark = "status at http://";
    const auto at = text.find(mark);
    if (at == std::string::npos) return {};
    return text.substr(at + mark.size(), text.find('\n', at) - at - mark.size());
  }
  nlohmann::json status() const {
    return nlohmann::json::parse(auscult({"status", "--address", address(), "--json"}).out, nullptr, false);
  }
  std::uint64_t analyzed(const std::string& name) const {
    const nlohmann::json status = this->status();
    if (!status.is_object()) return 0;
    for (const auto& one : status["sources"])
      if (one["name"] == name) return one["analyzed"];
    return 0;
  }
  int stop() {
    service->signal(SIGTERM);
    return service->wait(30s);
  }

  TempDir folder;
  std::unique_ptr<test::BackgroundProcess> service;
};

TEST_F(ServeCommand, CheckNamesFileAndLineOfEveryProblem) {
  configure(
      "[[source]]\nname = \"a\"\nmodel = \"pump.safetensors\"\ndevice = \"x\"\nchanel = 1\n"
      "[[source]]\nname = \"b\"\nmodel = \"pump.safetensors\"\nrecording = \"none.wav\"\n");
  const auto checked = auscult({"serve", folder / "fleet.toml", "--check"});
  EXPECT_EQ(checked.exit_code, 2);
  EXPECT_NE(checked.err.find("fleet.toml:8: chanel is unknown"), std::string::npos) << checked.err;
  EXPECT_NE(checked.err.find("fleet.toml:9: b: there is no recording"), std::string::npos) << checked.err;
  EXPECT_EQ(checked.out, "");
}

TEST_F(ServeCommand, CheckLoadsTheModels) {
  configure(source("a", "true"));
  EXPECT_EQ(auscult({"serve", folder / "fleet.toml", "--check"}).exit_code, 0);
  test::write_file(folder / "pump.safetensors", "damaged");
  EXPECT_EQ(auscult({"serve", folder / "fleet.toml", "--check"}).exit_code, 4);
}

TEST_F(ServeCommand, StoresEventsRunsTheCommandAndEndsCleanlyOnSIGTERM) {
  const std::string told = (folder / "told").string();
  configure(source("loud", cat(), "on_event = 'echo \"$AUSCULT_SOURCE $AUSCULT_EVENT\" >> " + told + "'\n") +
            source("night", cat(), "quiet = [\"00:00-24:00\"]\non_event = 'echo night >> " + told + "'\n"));
  start();
  EXPECT_TRUE(says("loud: ALARM begins"));
  EXPECT_TRUE(says("night: ALARM begins"));
  EXPECT_TRUE(test::eventually([&] { return content(told).find("loud {") == 0; })) << content(told);
  EXPECT_TRUE(test::eventually([&] { return analyzed("night") == 8U * 16000U; }));
  EXPECT_EQ(auscult({"status", "--address", address()}).exit_code, 10) << "an alarm is active";
  EXPECT_EQ(stop(), 0);
  EXPECT_NE(out().find("stopped: 2 event(s)"), std::string::npos) << out();
  EXPECT_EQ(test::count(content(told), "loud {"), 1) << "once, when it begins: " << content(told);
  EXPECT_EQ(content(told).find("night"), std::string::npos) << "nobody is notified in quiet hours";
  EXPECT_TRUE(std::filesystem::exists(folder / "state" / "events.db"));
  int clips = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "state" / "clips"))
    clips += entry.path().extension() == ".flac" ? 1 : 0;
  EXPECT_EQ(clips, 2) << "the sound of both";
}

TEST_F(ServeCommand, ReadsItsConfigurationAgainOnSIGHUP) {
  configure(source("stays", cat()) + source("goes", cat()));
  start();
  ASSERT_TRUE(test::eventually([&] { return analyzed("stays") == 8U * 16000U; }));
  configure(source("stays", cat()) + source("new", cat()));
  service->signal(SIGHUP);
  EXPECT_TRUE(says("new configuration: 1 started, 0 restarted, 1 stopped, 1 unchanged"));
  EXPECT_TRUE(test::eventually([&] { return analyzed("new") == 8U * 16000U; }));
  EXPECT_EQ(analyzed("stays"), 8U * 16000U);
  configure("[[source]]\nname = 3\n");
  service->signal(SIGHUP);
  EXPECT_TRUE(says("the configuration stays as it was"));
  EXPECT_EQ(analyzed("new"), 8U * 16000U) << "a mistake in the file stops nothing";
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeCommand, SaysWhichChangesNeedARestart) {
  configure(source("a", cat()));
  start();
  const auto change = [&](const std::string& values, const std::string& more) {
    test::write_file(folder / "fleet.toml", "[service]\n" + values + source("a", cat()) + more);
    service->signal(SIGHUP);
  };
  change("data = \"state\"\nmetrics = \"127.0.0.1:0\"\n", "");
  EXPECT_TRUE(says("1 unchanged"));
  EXPECT_EQ(out().find("needs a restart"), std::string::npos) << out();
  change("data = \"elsewhere\"\n", "[mqtt]\nhost = \"127.0.0.1\"\n[webhook]\nurl = \"http://127.0.0.1:1/\"\n");
  for (const char* name : {"[service] data", "[service] metrics", "[mqtt]", "[webhook]"})
    EXPECT_TRUE(says(std::string(name) + " has changed and needs a restart: it stays as it was")) << name;
  EXPECT_EQ(auscult({"status", "--address", address()}).exit_code % 5, 0) << "it answers where it did";
  EXPECT_EQ(stop(), 0);
}

TEST_F(ServeCommand, PostsTheBeginningAndTheEndOfAnEventToTheWebhook) {
  const test::Receiver receiver;
  test::write_file(folder / "secret", "key\n");
  configure("[webhook]\nurl = \"http://127.0.0.1:" + std::to_string(receiver.port()) +
            "/hook\"\nsecret_file = \"secret\"\n" + source("loud", cat()) +
            source("night", cat(), "quiet = [\"00:00-24:00\"]\n"));
  start();
  EXPECT_TRUE(says("night: ALARM begins"));
  ASSERT_TRUE(test::eventually([&] { return !receiver.posts().empty(); }));
  EXPECT_EQ(stop(), 0);
  const auto posts = receiver.posts();
  ASSERT_EQ(posts.size(), 2U) << "nobody is notified in quiet hours";
  for (std::size_t i = 0; i < posts.size(); ++i) {
    const auto event = nlohmann::json::parse(posts[i].body);
    EXPECT_EQ(event["source"], "loud");
    EXPECT_EQ(event["edge"], i == 0 ? "began" : "ended");
    EXPECT_EQ(posts[i].signature.substr(0, 7), "sha256=");
  }
  // The check that docs/serve.md gives.
  test::write_file(folder / "body", posts[0].body);
  const auto checked = test::run_process({"/bin/sh", "-c",
                                          "openssl dgst -sha256 -hmac \"$(head -n 1 " + (folder / "secret").string() +
                                              ")\" " + (folder / "body").string()});
  if (checked.exit_code == 0) {
    EXPECT_NE(checked.out.find(posts[0].signature.substr(7)), std::string::npos) << checked.out;
  }
}

TEST_F(ServeCommand, ReportsADriftAsAnEventOfItsOwnKind) {
  const test::Receiver receiver;
  configure("[webhook]\nurl = \"http://127.0.0.1:" + std::to_string(receiver.port()) + "/hook\"\n" +
            source("a", "exec sleep 1000", "on_event = 'touch " + (folder / "paged").string() + "'\n"));
  start();
  EXPECT_EQ(stop(), 0);
  // Weeks have passed: the machine sounds other than in its first days, and today decides.
  const auto file = folder / "state" / "drift" / "a.json";
  auto state = nlohmann::json::parse(test::read_file(file));
  state["reference"] = std::vector<std::vector<double>>(21, {0.0, 1.28});
  state["sums"] = {14.9, 0.0};
  state["scores"] = {{2.5, 1'000'000}};
  state["period_began_ms"] = 1'000'000'000'000;
  test::write_file(file, state.dump());
  start();
  EXPECT_TRUE(says("a: DRIFT: normal sound has changed slowly")) << out();
  EXPECT_TRUE(test::eventually([&] { return status()["sources"][0].value("drifted", false); }));
  ASSERT_TRUE(test::eventually([&] { return !receiver.posts().empty(); }));
  EXPECT_EQ(nlohmann::json::parse(receiver.posts()[0].body)["kind"], "drift");
  EXPECT_EQ(stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "paged")) << "it is no alarm";
  auto database = EventDatabase::open(folder / "state" / "events.db");
  ASSERT_TRUE(database.has_value());
  const auto listed = database->query({.text = "drift"});
  ASSERT_TRUE(listed.has_value());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_NE(listed->front().note.find("auscult adapt pump.safetensors"), std::string::npos);
}

TEST_F(ServeCommand, StatusOfASourceWithoutSoundIsADeviceCode) {
  configure(source("broken", "exit 1"));
  start();
  ASSERT_TRUE(says("broken: recovering"));
  const auto status = auscult({"status", "--address", address()});
  EXPECT_EQ(status.exit_code, 5);
  EXPECT_NE(status.out.find("broken"), std::string::npos);
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(auscult({"status", "--address", "127.0.0.1:1"}).exit_code, 5) << "nobody answers";
}

TEST_F(ServeCommand, LeavesNoProgramBehind) {
  configure(source("a", "echo $$ > " + (folder / "pid").string() + "; " + cat()));
  start();
  ASSERT_TRUE(test::eventually([&] { return analyzed("a") > 0; }));
  const pid_t child = std::stoi(test::read_file(folder / "pid"));
  EXPECT_EQ(kill(child, 0), 0);
  EXPECT_EQ(stop(), 0);
  EXPECT_TRUE(test::eventually([&] { return kill(child, 0) != 0; }));
}

}  // namespace
}  // namespace auscult
