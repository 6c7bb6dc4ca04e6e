// WAV files whose header is wrong: all of the sound that is there is read, and a warning says so.
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "base/log.h"
#include "support/files.h"

namespace auscult {
namespace {

std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string chunk(const std::string& tag, const std::string& content, bool padded = true) {
  return tag + le(content.size(), 4) + content + (padded && content.size() % 2 == 1 ? std::string(1, '\0') : "");
}

const std::string kFormat = chunk("fmt ", le(1, 2) + le(1, 2) + le(16000, 4) + le(32000, 4) + le(2, 2) + le(16, 2));

// A second of a sawtooth at 16 kHz, 16 bits, that tells every sample from its neighbors.
std::string sound(int seconds = 1) {
  std::string bytes;
  for (int i = 0; i < 16000 * seconds; ++i) bytes += le(static_cast<std::uint16_t>(i * 37), 2);
  return bytes;
}

std::string riff(const std::string& body, const std::string& magic = "RIFF", std::uint32_t size = 0) {
  return magic + le(size == 0 ? body.size() + 4 : size, 4) + "WAVE" + body;
}

std::string data(const std::string& bytes, std::uint64_t size) {
  return "data" + le(size, 4) + bytes;
}

struct Outcome {
  std::vector<float> samples;
  std::string repair, error;
};

Outcome read(const std::string& bytes) {
  const test::TempDir folder;
  test::write_file(folder / "a.wav", bytes);
  auto reader = AudioFileReader::open(folder / "a.wav");
  Outcome outcome;
  if (!reader) {
    outcome.error = to_message(reader.error());
    return outcome;
  }
  outcome.repair = reader->info().repair;
  std::vector<float> block(4096);
  for (;;) {
    const auto frames = reader->read(block);
    if (!frames) {
      outcome.error = to_message(frames.error());
      break;
    }
    if (*frames == 0) break;
    outcome.samples.insert(outcome.samples.end(), block.begin(), block.begin() + *frames);
  }
  return outcome;
}

const std::vector<float>& whole() {
  static const std::vector<float> samples = read(riff(kFormat + data(sound(), 32000))).samples;
  return samples;
}

void expect_whole(const std::string& bytes, const std::string& word) {
  const Outcome outcome = read(bytes);
  EXPECT_EQ(outcome.error, "") << word;
  EXPECT_TRUE(outcome.samples == whole()) << word << ": " << outcome.samples.size() << " samples";
  EXPECT_NE(outcome.repair.find(word), std::string::npos) << "wanted: " << word << "\ngot: " << outcome.repair;
}

TEST(AudioFileReaderHeader, ARightHeaderNeedsNoRepair) {
  ASSERT_EQ(whole().size(), 16000U);
  for (const std::string& after : {std::string(), chunk("LIST", "INFOabcde"), std::string("TAG and a title")})
    EXPECT_EQ(read(riff(kFormat + data(sound(), 32000) + after)).repair, "");
  EXPECT_EQ(read(riff(kFormat + data(sound(), 0xFFFFFFFF), "RIFF", 0xFFFFFFFF)).repair, "") << "usual for a pipe";
}

TEST(AudioFileReaderHeader, ASizeThatIsTooSmallDoesNotHideTheRest) {
  expect_whole(riff(kFormat + data(sound(), 8000)), "0.750 s more");
  expect_whole(riff(kFormat + data(sound(), 8000), "RIFF", 8036), "0.750 s more");
  expect_whole(riff(kFormat + data(sound(), 0)), "");
}

TEST(AudioFileReaderHeader, ASizeThatIsAFewBytesTooLargeIsNoTruncation) {
  for (const std::uint32_t extra : {1U, 2U, 8U, 36U, 44U, 100U})
    expect_whole(riff(kFormat + data(sound(), 32000 + extra)), std::to_string(extra) + " bytes more");
  EXPECT_NE(read(riff(kFormat + data(sound(), 64000))).error.find("cut short"), std::string::npos);
}

TEST(AudioFileReaderHeader, ASizeThatHasWrappedAroundIsReadToItsEnd) {
  const test::TempDir folder;
  const std::uint64_t size = (std::uint64_t{1} << 32U) + 32000;
  test::write_file(folder / "a.wav", riff(kFormat + data(sound(), 32000)));
  ASSERT_EQ(truncate((folder / "a.wav").c_str(), static_cast<off_t>(44 + size)), 0);  // sparse
  const auto reader = AudioFileReader::open(folder / "a.wav");
  ASSERT_TRUE(reader) << to_message(reader.error());
  EXPECT_EQ(reader->info().frames, static_cast<std::int64_t>(size / 2));
  EXPECT_NE(reader->info().repair.find("more than its header announces"), std::string::npos);
}

TEST(AudioFileReaderHeader, Rf64AndBw64NeedNotBeFinished) {
  const std::string unfinished = chunk("ds64", std::string(28, '\0'));
  const std::string finished = chunk("ds64", le(32072, 8) + le(32000, 8) + le(16000, 8) + le(0, 4));
  for (const std::string magic : {"RF64", "BW64"}) {
    expect_whole(riff(unfinished + kFormat + data(sound(), 0xFFFFFFFF), magic, 0xFFFFFFFF), "did not write the length");
    expect_whole(riff(kFormat + data(sound(), 0xFFFFFFFF), magic, 0xFFFFFFFF), "did not write the length");
    const Outcome right = read(riff(finished + kFormat + data(sound(), 0xFFFFFFFF), magic, 0xFFFFFFFF));
    EXPECT_TRUE(right.samples == whole()) << right.error;
    EXPECT_EQ(right.repair, "");
  }
}

TEST(AudioFileReaderHeader, ChunksNeedNotBePaddedOrWhereTheirSizesSay) {
  expect_whole(riff(chunk("LIST", "INFOabcde", false) + kFormat + data(sound(), 32000)), "not where they should be");
  expect_whole(riff(kFormat + chunk("LIST", "INFOabcde", false) + data(sound(), 32000)), "not where they should be");
  expect_whole(riff(kFormat + "LIST" + le(500000, 4) + "INFO" + data(sound(), 32000)), "not where they should be");
}

TEST(AudioFileReaderHeader, AllDataChunksAreRead) {
  const std::string first = sound().substr(0, 12000), second = sound().substr(12000);
  expect_whole(riff(kFormat + data(first, first.size()) + data(second, second.size())), "2 data chunks");
  expect_whole(riff(kFormat + data(first, first.size()) + chunk("LIST", "INFOab") + data(second, second.size())),
               "2 data chunks");
}

// Found by the fuzz target: libsndfile steps back in a chunk of lists whose parts claim 4 GiB, and never ends.
TEST(AudioFileReaderHeader, ListsWhosePartsClaim4GiBDoNotKeepTheReader) {
  const std::string parts = std::string(124, '\xff') + std::string(4, '\0') + chunk("ds64", "") + chunk("ds64", "") +
                            chunk("ds63", "") + chunk("ds64", "") + chunk("ds64", "") + std::string(2, '\0');
  const std::vector<float> whole = read(riff(kFormat + chunk("data", sound()))).samples;
  EXPECT_EQ(read(riff(kFormat + chunk("LIST", parts) + chunk("data", sound()))).samples, whole);
  EXPECT_EQ(read(riff(kFormat + chunk("data", sound()) + "LIST" + le(0xFFFFFFFFU, 4) + parts)).samples, whole);
  EXPECT_NE(read(riff("LIST" + le(0xFFFFFFFFU, 4) + parts)).error.find("without a data chunk"), std::string::npos);
}

TEST(AudioFileReaderHeader, TheWarningComesOnceAFile) {
  const test::TempDir folder;
  test::write_file(folder / "a.wav", riff(kFormat + data(sound(), 8000)));
  int warnings = 0;
  set_log_sink([&](LogLevel level, std::string_view) { warnings += level == LogLevel::warning; });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(AudioFileReader::open(folder / "a.wav"));
  set_log_sink({});
  EXPECT_EQ(warnings, 1);
}

TEST(AudioFileReaderHeader, ATruncatedRecordingIsNeverToBeThrownAway) {
  const std::string error = read(riff(kFormat + data(sound(), 64000))).error;
  EXPECT_EQ(error.find("record it again"), std::string::npos) << error;
  EXPECT_NE(error.find("keeps the existing part"), std::string::npos) << error;
}

TEST(AudioFileReaderHeader, TheTimeOfABroadcastWavSurvivesARepair) {
  const std::string times = std::string(320, '\0') + "2024-01-31" + "08:30:00" + std::string(264, '\0');
  for (const std::uint32_t size : {32000U, 8000U}) {
    const test::TempDir folder;
    test::write_file(folder / "a.wav", riff(chunk("bext", times) + kFormat + data(sound(), size)));
    const auto reader = AudioFileReader::open(folder / "a.wav");
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->info().origination, "2024-01-31 08:30:00");
  }
}

}  // namespace
}  // namespace auscult
