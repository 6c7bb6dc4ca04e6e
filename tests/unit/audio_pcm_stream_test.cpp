// Sound from a pipe: WAV and raw samples, live, with headers that do not know the length.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "audio/pcm_stream.h"
#include "support/files.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string wav_header(std::uint32_t data_size) {
  return "RIFF" + le(0xFFFFFFFF, 4) + "WAVELIST" + le(5, 4) + "INFOx" + std::string(1, '\0') + "fmt " + le(16, 4) +
         le(1, 2) + le(1, 2) + le(16000, 4) + le(32000, 4) + le(2, 2) + le(16, 2) + "data" + le(data_size, 4);
}

std::string ramp(int samples) {
  std::string bytes;
  for (int i = 0; i < samples; ++i) bytes += le(static_cast<std::uint16_t>(i - samples / 2), 2);
  return bytes;
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Pipe() {
    end();
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::string name() const { return "/dev/fd/" + std::to_string(ends_[0]); }
  void send(const std::string& bytes) const {
    EXPECT_EQ(write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void end() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }

 private:
  std::array<int, 2> ends_{};
};

std::unique_ptr<SampleSource> started(const Pipe& pipe, const std::string& raw = "") {
  PcmStreamOptions options{.path = pipe.name()};
  if (!raw.empty()) options.raw = *parse_raw_format(raw);
  auto source = make_pcm_stream(options);
  EXPECT_TRUE(source->start());
  return source;
}

struct Heard {
  std::vector<float> samples;
  Result<ReadState> last = ReadState::timeout;
};

Heard rest_of(SampleSource& source) {
  Heard heard;
  SampleBlock block;
  for (;;) {
    heard.last = source.read(block, 0ms);
    if (!heard.last || *heard.last != ReadState::block) return heard;
    EXPECT_EQ(block.header.first_sample + block.frames(), static_cast<std::int64_t>(source.health().captured));
    heard.samples.insert(heard.samples.end(), block.interleaved.begin(), block.interleaved.end());
  }
}

TEST(PcmStream, IsHeardAsItArrivesByteByByte) {
  Pipe pipe;
  const auto source = started(pipe);
  const std::string bytes = wav_header(0xFFFFFFFF) + ramp(20);
  std::vector<float> heard;
  for (const char byte : bytes) {
    pipe.send({byte});
    const Heard now = rest_of(*source);
    ASSERT_TRUE(now.last);
    EXPECT_EQ(*now.last, ReadState::timeout) << "it has not ended";
    heard.insert(heard.end(), now.samples.begin(), now.samples.end());
  }
  ASSERT_EQ(heard.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(heard[static_cast<std::size_t>(i)], static_cast<float>(i - 10) / 32768.0F);
  EXPECT_EQ(source->info().sample_rate, 16000);
  pipe.end();
  EXPECT_EQ(rest_of(*source).last, ReadState::end);
  EXPECT_EQ(source->health().state, SourceState::ended);
}

TEST(PcmStream, AnAnnouncedLengthEndsItOnlyWhereTheSoundEnds) {
  const std::string tag = "LIST" + le(4, 4) + "INFO";
  for (const auto& [header, after, frames] : {std::tuple{2000U, std::string(), 1000},
                                              {2000U, tag, 1000},
                                              {0U, std::string(), 1000},
                                              {0x7FFFFFFFU, std::string(), 1000},
                                              {600U, std::string(), 1000},
                                              {5000U, std::string(), 1000}}) {
    Pipe pipe;
    pipe.send(wav_header(header) + ramp(1000) + after);
    pipe.end();
    const auto source = started(pipe);
    const Heard heard = rest_of(*source);
    EXPECT_EQ(heard.last, ReadState::end) << header;
    EXPECT_EQ(heard.samples.size(), static_cast<std::size_t>(frames)) << header;
  }
}

TEST(PcmStream, TakesRawSamplesOfEveryFormat) {
  const float half = 0.5F;
  const double quarter = -0.25;
  std::string f32(4, '\0'), f64(8, '\0');
  std::memcpy(f32.data(), &half, 4);
  std::memcpy(f64.data(), &quarter, 8);
  for (const auto& [format, bytes, value] : {std::tuple{"u8:8000", std::string("\xC0"), 0.5F},
                                             {"s8:8000", std::string("\xC0"), -0.5F},
                                             {"s16le:8000:1", le(0x4000, 2), 0.5F},
                                             {"s16be:8000", std::string("\x40\0", 2), 0.5F},
                                             {"s24le:8000", le(0xC00000, 3), -0.5F},
                                             {"s24be:8000", std::string("\xC0\0\0", 3), -0.5F},
                                             {"s32le:8000", le(0x40000000, 4), 0.5F},
                                             {"f32le:8000", f32, 0.5F},
                                             {"f64le:8000", f64, -0.25F}}) {
    Pipe pipe;
    pipe.send(bytes + bytes);
    pipe.end();
    EXPECT_EQ(rest_of(*started(pipe, format)).samples, (std::vector<float>{value, value})) << format;
  }
}

TEST(PcmStream, DeliversWholeSampleFramesOnly) {
  Pipe pipe;
  const auto source = started(pipe, "s16le:48000:2");
  pipe.send(ramp(3));
  EXPECT_EQ(rest_of(*source).samples.size(), 2U);
  pipe.send(ramp(1));
  EXPECT_EQ(rest_of(*source).samples.size(), 2U);
  EXPECT_EQ(source->info().channels, 2);
}

TEST(PcmStream, WhatIsNoWavIsAnErrorThatNamesTheRawFormat) {
  for (const std::string& bytes :
       {std::string(100, 'x'), std::string("fLaC and more bytes"), std::string("RIFF1234AVI ")}) {
    Pipe pipe;
    pipe.send(bytes);
    const Heard heard = rest_of(*started(pipe));
    ASSERT_FALSE(heard.last);
    EXPECT_EQ(heard.last.error().code, ErrorCode::not_audio);
    EXPECT_NE(heard.last.error().hint.find("--raw"), std::string::npos);
  }
}

TEST(PcmStream, AnEndBeforeTheFirstSampleIsAnError) {
  for (const std::string& bytes : {std::string(), std::string("RIFF"), wav_header(0xFFFFFFFF)}) {
    Pipe pipe;
    pipe.send(bytes);
    pipe.end();
    EXPECT_FALSE(rest_of(*started(pipe)).last);
  }
}

TEST(ParseRawFormat, RefusesWhatCannotBeUsed) {
  for (const char* text : {"", "s16le", "s16le:", "s16:48000", "s16le:48000:0", "s16le:48000:65", "s16le:10:1",
                           "s16le:48000:2:1", "s16le:-48000:1", "mp3:48000:2"}) {
    const auto format = parse_raw_format(text);
    ASSERT_FALSE(format) << text;
    EXPECT_EQ(format.error().code, ErrorCode::usage);
  }
  EXPECT_EQ(parse_raw_format("s24le:96000:4")->frame_bytes(), 12);
}

// A pipe has no length and cannot be searched, but everything that reads files can read one.
TEST(AudioFileReader, ReadsAPipeToItsEnd) {
  Pipe pipe;
  pipe.send(wav_header(0xFFFFFFFF) + ramp(1000));
  pipe.end();
  auto reader = AudioFileReader::open(pipe.name());
  ASSERT_TRUE(reader) << to_message(reader.error());
  std::vector<float> samples(2000);
  EXPECT_EQ(reader->read(samples), 1000);
}

}  // namespace
}  // namespace auscult
