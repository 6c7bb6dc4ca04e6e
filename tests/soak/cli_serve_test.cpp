// Pipes of simulated machines and two sources that fail again and again in one service: the failures disturb nobody,
// no sample and no event is lost. AUSCULT_FLEET_MINUTES (default 10) and AUSCULT_FLEET_PIPES (62) set another size.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "audio/audio_file.h"
#include "events/event_database.h"
#include "support/demo_as_monitor.h"
#include "support/environment.h"
#include "support/files.h"
#include "support/process.h"
#include "support/processor_time.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRate = 16000, kBytesPerSample = 2;

// The writer of a named pipe: a machine whose sound arrives in real time, whether or not somebody has read the last.
class PacedPipe {
 public:
  PacedPipe(const std::string& path, const std::string& sound, std::size_t offset) : sound_(sound), offset_(offset) {
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    fd_ = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);  // for both, so that it never ends
    EXPECT_GE(fd_, 0);
  }
  ~PacedPipe() { close(fd_); }
  PacedPipe(const PacedPipe&) = delete;
  PacedPipe& operator=(const PacedPipe&) = delete;

  // Writes what fits of the first `due` samples.
  void write_until(std::uint64_t due) {
    while (bytes_ < due * kBytesPerSample) {
      const std::size_t at = (offset_ + bytes_) % sound_.size();
      const std::size_t count = std::min<std::size_t>(due * kBytesPerSample - bytes_, sound_.size() - at);
      const ssize_t written = ::write(fd_, sound_.data() + at, count);
      if (written <= 0) break;
      bytes_ += static_cast<std::uint64_t>(written);
    }
    most_held_up_ = std::max(most_held_up_, due - samples());
  }
  std::uint64_t samples() const { return bytes_ / kBytesPerSample; }
  std::uint64_t most_held_up() const { return most_held_up_; }  // samples that found the pipe full

 private:
  const std::string& sound_;
  const std::size_t offset_;
  int fd_ = -1;
  std::uint64_t bytes_ = 0, most_held_up_ = 0;
};

// In blocks that the analysis takes whole.
std::uint64_t samples_since(Clock::time_point start) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  return static_cast<std::uint64_t>(passed.count()) * kRate / 1000 / 1024 * 1024;
}

// The demo recording, which has one channel at 16 kHz, as 16-bit samples.
std::string demo_sound() {
  auto reader = AudioFileReader::open(test::source_dir() / "assets" / "demo.flac");
  if (!reader || reader->info().channels != 1 || reader->info().sample_rate != static_cast<int>(kRate)) return {};
  std::string bytes;
  std::vector<float> block(4096);
  while (true) {
    const auto frames = reader->read(block);
    if (!frames || *frames <= 0) return bytes;
    for (std::size_t i = 0; i < static_cast<std::size_t>(*frames); ++i) {
      const int sample = static_cast<int>(std::clamp(block[i] * 32768.0F, -32768.0F, 32767.0F));
      bytes += static_cast<char>(sample & 0xff);
      bytes += static_cast<char>((sample >> 8) & 0xff);
    }
  }
}

class ServeCommandFleet : public testing::Test {
 protected:
  void begin(int pipes) {
    sound = demo_sound();
    ASSERT_GT(sound.size(), 10 * kRate);
    test::write_demo_as_monitor(folder / "pump.safetensors");
    test::write_file(folder / "short.raw", sound.substr(0, 2 * kRate * kBytesPerSample));
    const std::string heard = "cat " + (folder / "short.raw").string();
    std::string text = "[service]\ndata = \"state\"\nmetrics = \"127.0.0.1:0\"\n" +
                       source("exits", "command = \"" + heard + "; sleep 2; exit 1\"") +
                       source("killed", "command = \"" + heard + "; sleep 4; kill -9 $$\"");
    for (int i = 0; i < pipes; ++i) {
      const std::string name = "pipe-" + std::to_string(i), path = (folder / name).string();
      const std::size_t second = static_cast<std::size_t>(i) * 7919 % (sound.size() / kRate / kBytesPerSample);
      machines.push_back(std::make_unique<PacedPipe>(path, sound, second * kRate * kBytesPerSample));
      text += source(name, "pipe = \"" + path + "\"");
    }
    test::write_file(folder / "fleet.toml", text);
    service = std::make_unique<test::BackgroundProcess>(
        std::vector<std::string>{test::program("auscult"), "serve", folder / "fleet.toml"}, test::Environment{},
        folder / "out.txt", folder / "err.txt");
    ASSERT_TRUE(test::eventually([&] { return !address().empty(); })) << test::read_file(folder / "err.txt");
  }
  static std::string source(const std::string& name, const std::string& input) {
    return "[[source]]\nname = \"" + name + "\"\nmodel = \"pump.safetensors\"\nraw = \"s16le:16000:1\"\n" + input +
           "\n";
  }
  std::string address() const {
    const std::string text = test::read_file(folder / "out.txt"), mark = "status at http://";
    const auto at = text.find(mark), end = text.find('\n', at);
    return at == std::string::npos || end == std::string::npos ? std::string()
                                                               : text.substr(at + mark.size(), end - at - mark.size());
  }
  std::map<std::string, nlohmann::json> status() const {
    const auto json =
        nlohmann::json::parse(test::auscult({"status", "--address", address(), "--json"}).out, nullptr, false);
    std::map<std::string, nlohmann::json> found;
    if (json.is_object())
      for (const auto& one : json["sources"]) found[one["name"]] = one;
    return found;
  }
  bool all_is_analyzed() const {
    auto now = status();
    for (std::size_t i = 0; i < machines.size(); ++i) {
      const nlohmann::json& one = now["pipe-" + std::to_string(i)];
      if (!one.is_object() || one["analyzed"] != machines[i]->samples()) return false;
    }
    return true;
  }

  test::TempDir folder;
  std::string sound;
  std::vector<std::unique_ptr<PacedPipe>> machines;
  std::unique_ptr<test::BackgroundProcess> service;
};

TEST_F(ServeCommandFleet, SourcesThatFailDisturbNoOther) {
  const auto length = std::chrono::minutes(test::number_from("AUSCULT_FLEET_MINUTES", 10));
  ASSERT_NO_FATAL_FAILURE(begin(test::number_from("AUSCULT_FLEET_PIPES", 62)));
  const auto start = Clock::now();
  const double before = test::processor_seconds(service->pid());
  std::uint64_t due = 0;
  ASSERT_TRUE(test::holds_for(length, [&] {
    due = samples_since(start);
    for (const auto& machine : machines) machine->write_until(due);
    return service->running();
  })) << test::read_file(folder / "err.txt");
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double processor = test::processor_seconds(service->pid()) - before;
  EXPECT_TRUE(test::eventually([&] {
    for (const auto& machine : machines) machine->write_until(due);
    return std::ranges::all_of(machines, [&](const auto& machine) { return machine->samples() == due; });
  })) << "the service has read every pipe";
  EXPECT_TRUE(test::eventually([&] { return all_is_analyzed(); })) << "every sample that was written";

  auto told = status();
  std::uint64_t samples = 0, events = 0, held_up = 0;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const std::string name = "pipe-" + std::to_string(i);
    EXPECT_EQ(told[name]["captured"], machines[i]->samples()) << name;
    for (const char* count : {"lost", "gaps", "reconnects", "restarts"}) EXPECT_EQ(told[name][count], 0) << name;
    samples += machines[i]->samples();
    held_up = std::max(held_up, machines[i]->most_held_up());
  }
  for (const char* name : {"exits", "killed"}) EXPECT_GT(told[name]["reconnects"], 1) << name;
  service->signal(SIGTERM);
  EXPECT_EQ(service->wait(60s), 0);
  auto database = EventDatabase::open(folder / "state" / "events.db");
  ASSERT_TRUE(database.has_value());
  const auto stored = database->query({});
  ASSERT_TRUE(stored.has_value());
  std::map<std::string, std::uint64_t> ended;
  for (const auto& event : *stored) ended[event.source] += event.ended ? 1 : 0;
  for (const auto& [name, one] : told) {
    EXPECT_GE(ended[name], one["events"].get<std::uint64_t>()) << name;
    events += one["events"].get<std::uint64_t>();
  }
  EXPECT_GT(events, 0U);
  EXPECT_NE(test::read_file(folder / "out.txt").find("stopped: " + std::to_string(stored->size()) + " event(s)"),
            std::string::npos);
  std::cout << machines.size() << " pipes, " << seconds << " s, " << samples << " samples, " << stored->size()
            << " events stored, " << events << " counted before the end; " << processor
            << " s of processor time; the most that waited for a full pipe: " << held_up << " samples; reconnects "
            << told["exits"]["reconnects"] << " and " << told["killed"]["reconnects"] << "\n";
}

}  // namespace
}  // namespace auscult
