// Damaged, hostile and unfinished audio files: each gives samples or a named error, and never a crash or a hang.
#include "audio/audio_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "support/files.h"

// libsndfile 1.2 forgets libvorbis's few kilobytes when it refuses a malformed Ogg file; that is not ours to free.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init\n";
}

namespace auscult {
namespace {

namespace fs = std::filesystem;

std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

const std::string kFormat16kMono16 =
    "fmt " + le(16, 4) + le(1, 2) + le(1, 2) + le(16000, 4) + le(32000, 4) + le(2, 2) + le(16, 2);

// A 16 kHz mono 16-bit WAV with arbitrary sizes in its header.
std::string wav(std::uint32_t riff_size, std::uint32_t data_size, const std::string& data) {
  return "RIFF" + le(riff_size, 4) + "WAVE" + kFormat16kMono16 + "data" + le(data_size, 4) + data;
}

std::string healthy_wav(std::size_t frames) {
  const auto size = static_cast<std::uint32_t>(frames * 2);
  return wav(36 + size, size, std::string(size, '\x11'));
}

struct Outcome {
  std::int64_t frames = 0;
  ErrorCode code = ErrorCode::internal;
  bool ok = false;
  Error error;
};

// Reads to the end or to an error, but no longer than an hour of sound at 192 kHz.
Outcome read_whole(const fs::path& path) {
  Outcome outcome;
  auto reader = AudioFileReader::open(path);
  if (!reader) return {0, reader.error().code, false, reader.error()};
  std::vector<float> block(4096 * static_cast<std::size_t>(reader->info().channels));
  while (outcome.frames < 3600LL * 192000) {
    const auto frames = reader->read(block);
    if (!frames) return {outcome.frames, frames.error().code, false, frames.error()};
    if (*frames == 0) break;
    outcome.frames += *frames;
  }
  outcome.ok = true;
  return outcome;
}

Outcome read_bytes(const std::string& bytes, const std::string& name = "sound.wav") {
  const test::TempDir folder;
  test::write_file(folder / name, bytes);
  return read_whole(folder / name);
}

void expect_named_error_or_samples(const Outcome& outcome, const std::string& what) {
  if (outcome.ok) {
    EXPECT_GT(outcome.frames, 0) << what;
    return;
  }
  const std::set<ErrorCode> named = {ErrorCode::not_audio, ErrorCode::truncated_audio, ErrorCode::empty_input,
                                     ErrorCode::bad_input};
  EXPECT_TRUE(named.contains(outcome.code)) << what << ": " << to_message(outcome.error);
  EXPECT_FALSE(outcome.error.what.empty()) << what;
  EXPECT_FALSE(outcome.error.hint.empty()) << what;
}

// ---- not recordings -------------------------------------------------------------------------------------------------

TEST(AudioFileReaderDamaged, AMissingFileIsNotFound) {
  const test::TempDir folder;
  EXPECT_EQ(read_whole(folder / "none.wav").code, ErrorCode::file_not_found);
  EXPECT_EQ(read_whole(folder / "none" / "none.wav").code, ErrorCode::file_not_found);
  test::write_file(folder / "file", "x");
  EXPECT_EQ(read_whole(folder / "file" / "none.wav").code, ErrorCode::file_not_found);
}

TEST(AudioFileReaderDamaged, AFolderOrPipeIsBadInputAndDoesNotHang) {
  const test::TempDir folder;
  EXPECT_EQ(read_whole(folder.path()).code, ErrorCode::bad_input);
  ASSERT_EQ(mkfifo((folder / "pipe.wav").c_str(), 0600), 0);
  EXPECT_EQ(read_whole(folder / "pipe.wav").code, ErrorCode::bad_input);
}

TEST(AudioFileReaderDamaged, TextUnderAnyAudioNameIsNotAudio) {
  for (const char* name :
       {"text.wav", "text.flac", "text.ogg", "text.aiff", "text.au", "text.gsm", "text.vox", "text.raw"}) {
    const Outcome outcome = read_bytes("This is a shopping list, not a recording.\n", name);
    EXPECT_EQ(outcome.code, ErrorCode::not_audio) << name << ": " << to_message(outcome.error);
  }
}

TEST(AudioFileReaderDamaged, NothingAndZeroSamplesAreEmptyInput) {
  EXPECT_EQ(read_bytes("").code, ErrorCode::empty_input);
  EXPECT_EQ(read_bytes(wav(36, 0, "")).code, ErrorCode::empty_input);
}

TEST(AudioFileReaderDamaged, ZeroSamplesBeforeAnotherChunkAreStillEmpty) {
  const std::string list = "LIST" + le(8, 4) + "INFOabcd";
  EXPECT_EQ(read_bytes(wav(static_cast<std::uint32_t>(36 + list.size()), 0, list)).code, ErrorCode::empty_input);
}

// ---- truncated ------------------------------------------------------------------------------------------------------

TEST(AudioFileReaderDamaged, AWavShorterThanItsHeaderSaysIsTruncatedAndTellsHowMuch) {
  const Outcome outcome = read_bytes(healthy_wav(32000).substr(0, 44 + 16000 * 2));
  EXPECT_EQ(outcome.code, ErrorCode::truncated_audio);
  EXPECT_NE(outcome.error.what.find("2.000 s"), std::string::npos) << outcome.error.what;
  EXPECT_NE(outcome.error.what.find("1.000 s"), std::string::npos) << outcome.error.what;
}

TEST(AudioFileReaderDamaged, OneMissingByteIsTruncatedToo) {
  const std::string whole = healthy_wav(100);
  EXPECT_TRUE(read_bytes(whole).ok);
  EXPECT_EQ(read_bytes(whole.substr(0, whole.size() - 1)).code, ErrorCode::truncated_audio);
}

TEST(AudioFileReaderDamaged, OtherChunksAndTrailingBytesAreNoDamage) {
  const std::string body = kFormat16kMono16 + "LIST" + le(5, 4) + "INFOx" + std::string(1, '\0') + "data" + le(200, 4) +
                           std::string(200, 'x');
  const Outcome outcome = read_bytes("RIFF" + le(4 + body.size(), 4) + "WAVE" + body + "id3 junk after the end");
  EXPECT_TRUE(outcome.ok) << to_message(outcome.error);
  EXPECT_EQ(outcome.frames, 100);
}

TEST(AudioFileReaderDamaged, SizesThatARecorderNeverFilledInMeanToTheEnd) {
  const std::string data(2000, '\x11');
  struct Header {
    std::uint32_t riff, data;
  };
  for (const Header header : {Header{0xFFFFFFFF, 0xFFFFFFFF},
                              {0x7FFFFFFF, 0x7FFFFFFF},
                              {0x80000024, 0x80000000},
                              {0x7FFFF024, 0x7FFFF000},
                              {0, 0},
                              {8, 0},
                              {36, 0},
                              {0xFFFFFFFF, 0}}) {
    const Outcome outcome = read_bytes(wav(header.riff, header.data, data));
    EXPECT_TRUE(outcome.ok) << std::hex << header.riff << " " << header.data << ": " << to_message(outcome.error);
    EXPECT_EQ(outcome.frames, 1000) << std::hex << header.riff << " " << header.data;
  }
}

std::string flac_bytes() {
  const test::TempDir folder;
  auto writer = AudioFileWriter::create(folder / "a.flac", 16000, 1, AudioEncoding::flac_pcm16);
  std::mt19937 random(1);
  std::vector<float> samples(48000);
  for (float& x : samples) x = std::uniform_real_distribution<float>(-0.5F, 0.5F)(random);
  EXPECT_TRUE(writer->write(samples));
  EXPECT_TRUE(writer->finish());
  return test::read_file(folder / "a.flac");
}

TEST(AudioFileReaderDamaged, AFlacThatEndsInTheMiddleIsTruncated) {
  const std::string whole = flac_bytes();
  EXPECT_EQ(read_bytes(whole, "a.flac").frames, 48000);
  const Outcome outcome = read_bytes(whole.substr(0, whole.size() / 2), "a.flac");
  EXPECT_EQ(outcome.code, ErrorCode::truncated_audio) << to_message(outcome.error);
  EXPECT_GT(outcome.frames, 0) << "what was there was delivered before the error";
}

TEST(AudioFileReaderDamaged, AFlacWithRubbishInTheMiddleDoesNotPassAsWhole) {
  std::string bytes = flac_bytes();
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), 20000, '\x5A');
  const Outcome outcome = read_bytes(bytes, "a.flac");
  EXPECT_FALSE(outcome.ok);
  expect_named_error_or_samples(outcome, "rubbish in a FLAC");
}

// Three seconds of noise in a lossy format, written by libsndfile alone.
std::string lossy_bytes(int format, const std::string& name) {
  const test::TempDir folder;
  SF_INFO info{};
  info.samplerate = 16000;
  info.channels = 1;
  info.format = format;
  SNDFILE* file = sf_open((folder / name).c_str(), SFM_WRITE, &info);
  if (!file) return {};  // a libsndfile built without this format
  std::mt19937 random(2);
  std::vector<float> samples(48000);
  for (float& x : samples) x = std::uniform_real_distribution<float>(-0.5F, 0.5F)(random);
  sf_write_float(file, samples.data(), 48000);
  sf_close(file);
  return test::read_file(folder / name);
}

TEST(AudioFileReaderDamaged, AnOggCutAnywhereIsRefused) {
  const std::string whole = lossy_bytes(SF_FORMAT_OGG | SF_FORMAT_VORBIS, "a.ogg");
  ASSERT_FALSE(whole.empty());
  EXPECT_EQ(read_bytes(whole, "a.ogg").frames, 48000);
  for (std::size_t part = 1; part < 16; ++part) {
    const Outcome outcome = read_bytes(whole.substr(0, whole.size() * part / 16), "a.ogg");
    EXPECT_FALSE(outcome.ok) << part << "/16";
    expect_named_error_or_samples(outcome, "ogg cut");
  }
}

TEST(AudioFileReaderDamaged, AnMp3CutInTheMiddleIsTruncated) {
  const std::string whole = lossy_bytes(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, "a.mp3");
  if (whole.empty()) GTEST_SKIP() << "this libsndfile writes no MP3";
  EXPECT_TRUE(read_bytes(whole, "a.mp3").ok);
  EXPECT_EQ(read_bytes(whole.substr(0, whole.size() / 2), "a.mp3").code, ErrorCode::truncated_audio);
}

TEST(AudioFileReaderDamaged, AFlacOfUnknownLengthIsReadToItsEnd) {
  std::string bytes = flac_bytes();
  bytes[21] = static_cast<char>(bytes[21] & '\xF0');  // the 36 bits of STREAMINFO that hold the total; 0: unknown
  std::fill_n(bytes.begin() + 22, 4, '\0');
  const test::TempDir folder;
  test::write_file(folder / "a.flac", bytes);
  auto reader = AudioFileReader::open(folder / "a.flac");
  ASSERT_TRUE(reader) << to_message(reader.error());
  EXPECT_EQ(reader->info().frames, 0);
  EXPECT_EQ(read_whole(folder / "a.flac").frames, 48000);
  EXPECT_FALSE(read_bytes(bytes.substr(0, bytes.size() / 2), "a.flac").ok);
}

// ---- hostile --------------------------------------------------------------------------------------------------------

TEST(AudioFileReaderHostile, EveryPrefixOfAHeaderIsSurvived) {
  const std::string whole = healthy_wav(20);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Outcome outcome = read_bytes(whole.substr(0, size));
    EXPECT_FALSE(outcome.ok) << size << " bytes of a header must not pass as a recording";
    expect_named_error_or_samples(outcome, std::to_string(size) + " bytes");
  }
}

TEST(AudioFileReaderHostile, AnyByteOfAHeaderMayBeAnything) {
  const std::string whole = healthy_wav(50);
  for (std::size_t at = 0; at < 44; ++at) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFE, 0xFF}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      expect_named_error_or_samples(read_bytes(bytes), "byte " + std::to_string(at) + " = " + std::to_string(value));
    }
  }
}

TEST(AudioFileReaderHostile, RandomDamageInAnyFormatIsSurvived) {
  std::mt19937 random(7);
  const std::string sources[] = {healthy_wav(500), flac_bytes().substr(0, 4000)};
  for (const std::string& source : sources) {
    for (int round = 0; round < 150; ++round) {
      std::string bytes = source;
      for (int i = 0; i < 8; ++i)
        bytes[random() % std::min<std::size_t>(bytes.size(), 200)] = static_cast<char>(random());
      expect_named_error_or_samples(read_bytes(bytes), "round " + std::to_string(round));
    }
  }
}

TEST(AudioFileReaderHostile, AMegabyteOfEmptyChunksEndsSoon) {
  std::string bytes = "RIFF" + le(1 << 20, 4) + "WAVE" + kFormat16kMono16;
  while (bytes.size() < (1U << 20U)) bytes += "junk" + le(0, 4);
  expect_named_error_or_samples(read_bytes(bytes), "empty chunks");
}

TEST(AudioFileReaderHostile, A64BitSizeBeyondTheFileIsTruncated) {
  const std::string data(1000, 'x');
  const std::string ds64 = "ds64" + le(28, 4) + le(1ULL << 40U, 8) + le(1ULL << 40U, 8) + le(1ULL << 39U, 8) + le(0, 4);
  const Outcome outcome =
      read_bytes("RF64" + le(0xFFFFFFFF, 4) + "WAVE" + ds64 + kFormat16kMono16 + "data" + le(0xFFFFFFFF, 4) + data);
  EXPECT_FALSE(outcome.ok);
  expect_named_error_or_samples(outcome, "RF64");
}

TEST(AudioFileReaderHostile, EveryOddFileOfTheCollectionGivesSamplesOrANamedError) {
  AUSCULT_REQUIRE_DATA(data);
  const fs::path folder = data / "odd_wavs";
  if (!fs::is_directory(folder)) GTEST_SKIP() << folder << " is absent";
  int good = 0, refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const Outcome outcome = read_whole(entry.path());
    expect_named_error_or_samples(outcome, entry.path().string());
    (outcome.ok ? good : refused) += 1;
    const std::string name = entry.path().filename().string();
    if (name.starts_with("crash-") || name.starts_with("oom-")) {
      EXPECT_FALSE(outcome.ok) << name;
    }
    if (entry.path().parent_path().filename() == "audiofile" || entry.path().parent_path().filename() == "hound") {
      EXPECT_TRUE(outcome.ok) << name << ": " << to_message(outcome.error);
    }
    if (name.find("_trunc") != std::string::npos) {
      EXPECT_EQ(outcome.code, ErrorCode::truncated_audio) << name;
    }
  }
  EXPECT_GT(good, refused);
}

}  // namespace
}  // namespace auscult
