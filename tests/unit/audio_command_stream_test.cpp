// Sound from the standard output of another program.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "audio/command_stream.h"
#include "support/files.h"
#include "support/sounds.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::TempDir;

const RawFormat kRaw{.sample_rate = 16000, .channels = 1};

// Empty where there is no such file.
std::string content(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? test::read_file(file) : std::string();
}

// /proc goes away between a look and a read.
bool is_zombie(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  return std::getline(in, line) && line.find(") Z ") != std::string::npos;
}

// Sample frames until the end or an error.
std::int64_t read_all(SampleSource& source, Error* error = nullptr) {
  std::int64_t frames = 0;
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (std::chrono::steady_clock::now() < deadline) {
    SampleBlock block;
    const auto outcome = source.read(block, 50ms);
    if (!outcome) {
      if (error) *error = outcome.error();
      return frames;
    }
    if (*outcome == ReadState::end) return frames;
    if (*outcome == ReadState::block) frames += block.frames();
  }
  ADD_FAILURE() << "the stream did not end";
  return frames;
}

TEST(CommandStream, DeliversAllThatTheProgramWrites) {
  const auto source = make_command_stream("head -c 64000 /dev/zero", kRaw);
  ASSERT_TRUE(source->start());
  EXPECT_EQ(read_all(*source), 32000);
  EXPECT_EQ(source->info().sample_rate, 16000);
  EXPECT_EQ(source->health().captured, 32000U);
}

TEST(CommandStream, ReadsAWavHeader) {
  const TempDir folder;
  test::write_sound(folder / "tone.wav", test::machine_sound(1.0), 16000, 1, AudioEncoding::wav_pcm16);
  const auto source = make_command_stream("cat " + (folder / "tone.wav").string(), std::nullopt);
  ASSERT_TRUE(source->start());
  EXPECT_EQ(read_all(*source), 16000);
}

TEST(CommandStream, OfAProgramThatWritesSomethingElseIsNoSound) {
  const auto source = make_command_stream("echo 'usage: ffmpeg [options] [[infile options] -i infile]'", std::nullopt);
  ASSERT_TRUE(source->start());
  Error error;
  EXPECT_EQ(read_all(*source, &error), 0);
  EXPECT_EQ(error.code, ErrorCode::not_audio) << error.what;
}

TEST(CommandStream, OfAProgramThatFailsNamesItsExitCode) {
  const auto source = make_command_stream("exit 3", kRaw);
  ASSERT_TRUE(source->start());
  Error error;
  EXPECT_EQ(read_all(*source, &error), 0);
  EXPECT_EQ(error.context, "exit 3");
  EXPECT_NE(error.what.find("ended before the first sample"), std::string::npos) << error.what;
}

TEST(CommandStream, EndsTheProgramAndItsChildrenWhenItStops) {
  const TempDir folder;
  const std::string file = (folder / "pid").string();
  const auto source = make_command_stream("sleep 1000 & echo $! > " + file + "; cat /dev/zero", kRaw);
  ASSERT_TRUE(source->start());
  SampleBlock block;
  ASSERT_TRUE(test::eventually([&] { return source->read(block, 20ms) == ReadState::block; }));
  ASSERT_TRUE(test::eventually([&] { return !content(file).empty(); }));
  const pid_t child = std::stoi(content(file));
  ASSERT_EQ(kill(child, 0), 0);
  source->stop();
  // The grandchild belongs to nobody here, so it is only gone once its new parent has noticed.
  EXPECT_TRUE(test::eventually([&] { return kill(child, 0) != 0 || is_zombie(child); }));
}

TEST(CommandStream, EndsAProgramThatIgnoresTheRequest) {
  const auto source = make_command_stream("trap '' TERM; while :; do head -c 3200 /dev/zero; sleep 0.05; done", kRaw);
  ASSERT_TRUE(source->start());
  SampleBlock block;
  ASSERT_TRUE(test::eventually([&] { return source->read(block, 20ms) == ReadState::block; }));
  const auto begin = std::chrono::steady_clock::now();
  source->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);  // 3 s are promised; the machine may be busy
}

}  // namespace
}  // namespace auscult
