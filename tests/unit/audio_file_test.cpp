// Reading and writing audio files: every encoding is read at the right scale, and written sound is read back unchanged.
#include "audio/audio_file.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<float>;

Samples ramp(std::size_t count) {
  Samples samples;
  for (std::size_t i = 0; i < count; ++i)
    samples.push_back(static_cast<float>(static_cast<double>(static_cast<int>(i * 7919 % 2000) - 1000) / 1024.0));
  return samples;
}

// Written by libsndfile alone, without any code under test.
void write_with_libsndfile(const fs::path& path, int format, int rate, int channels, const Samples& samples) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
  ASSERT_EQ(sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size())),
            static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

Samples read_all(AudioFileReader& reader, std::int64_t frames_a_read = 1000) {
  Samples all, block(static_cast<std::size_t>(frames_a_read * reader.info().channels));
  for (;;) {
    const auto frames = reader.read(block);
    if (!frames) ADD_FAILURE() << to_message(frames.error());
    if (!frames || *frames == 0) return all;
    all.insert(all.end(), block.begin(), block.begin() + *frames * reader.info().channels);
  }
}

Samples read_all(const fs::path& path) {
  auto reader = AudioFileReader::open(path);
  if (!reader) {
    ADD_FAILURE() << to_message(reader.error());
    return {};
  }
  return read_all(*reader);
}

ErrorCode open_error(const fs::path& path) {
  const auto reader = AudioFileReader::open(path);
  EXPECT_FALSE(reader) << path;
  return reader ? ErrorCode::internal : reader.error().code;
}

// ---- encodings ------------------------------------------------------------------------------------------------------

struct Encoding {
  std::string name;
  std::string extension;
  int format;
  double tolerance;  ///< of a sample in [-1, 1]
};

void PrintTo(const Encoding& encoding, std::ostream* out) {
  *out << encoding.name;
}

class AudioFileReaderEncodings : public testing::TestWithParam<Encoding> {};

TEST_P(AudioFileReaderEncodings, AreReadAtFullScaleOne) {
  const test::TempDir folder;
  const fs::path path = folder / ("sound" + GetParam().extension);
  const Samples written = ramp(6000);
  write_with_libsndfile(path, GetParam().format, 16000, 2, written);

  auto reader = AudioFileReader::open(path);
  ASSERT_TRUE(reader) << to_message(reader.error());
  EXPECT_EQ(reader->info().sample_rate, 16000);
  EXPECT_EQ(reader->info().channels, 2);
  EXPECT_EQ(reader->info().frames, 3000);
  EXPECT_DOUBLE_EQ(reader->info().seconds(), 0.1875);
  EXPECT_FALSE(reader->info().format.empty());
  const Samples read = read_all(*reader);
  ASSERT_EQ(read.size(), written.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < read.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(read[i]) - written[i]));
  EXPECT_LE(worst, GetParam().tolerance);
}

INSTANTIATE_TEST_SUITE_P(Each, AudioFileReaderEncodings,
                         testing::Values(Encoding{"WavU8", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 0.02},
                                         Encoding{"Wav16", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Wav24", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 1e-6},
                                         Encoding{"Wav32", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-6},
                                         Encoding{"WavFloat", ".wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0.0},
                                         Encoding{"WavDouble", ".wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0.0},
                                         Encoding{"WavULaw", ".wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 0.04},
                                         Encoding{"WavALaw", ".wav", SF_FORMAT_WAV | SF_FORMAT_ALAW, 0.04},
                                         Encoding{"Extensible16", ".wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Extensible24", ".wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 1e-6},
                                         Encoding{"ExtensibleFloat", ".wav", SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, 0.0},
                                         Encoding{"BigEndianWav16", ".wav",
                                                  SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, 1e-4},
                                         Encoding{"Rf64", ".wav", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"W64", ".w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Aiff16", ".aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Au16", ".au", SF_FORMAT_AU | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Flac16", ".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 1e-4},
                                         Encoding{"Flac24", ".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(AudioFileReader, ReadsOggVorbisToItsWholeLength) {
  const test::TempDir folder;
  Samples tone;
  for (int i = 0; i < 16000; ++i) tone.push_back(0.5F * std::sin(0.1F * static_cast<float>(i)));
  write_with_libsndfile(folder / "a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 1, tone);
  const Samples read = read_all(folder / "a.ogg");
  ASSERT_EQ(read.size(), tone.size());
  double energy = 0.0;
  for (const float x : read) energy += static_cast<double>(x) * x;
  EXPECT_NEAR(energy / 16000.0, 0.125, 0.01);
}

// The little-endian bytes of a WAV file, so that scaling is tested against the format's definition.
std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string wav_bytes(int tag, int channels, int rate, int bits, const std::string& data, std::uint32_t data_size) {
  const int frame = channels * bits / 8;
  return "RIFF" + le(36 + data_size, 4) + "WAVEfmt " + le(16, 4) + le(static_cast<unsigned>(tag), 2) +
         le(static_cast<unsigned>(channels), 2) + le(static_cast<unsigned>(rate), 4) +
         le(static_cast<unsigned>(rate * frame), 4) + le(static_cast<unsigned>(frame), 2) +
         le(static_cast<unsigned>(bits), 2) + "data" + le(data_size, 4) + data;
}

std::string wav_bytes(int tag, int channels, int rate, int bits, const std::string& data) {
  return wav_bytes(tag, channels, rate, bits, data, static_cast<std::uint32_t>(data.size()));
}

TEST(AudioFileReader, ScalesIntegersByTheirFullRange) {
  const test::TempDir folder;
  test::write_file(folder / "16.wav", wav_bytes(1, 1, 16000, 16, le(0x8000, 2) + le(0x7FFF, 2) + le(0, 2) + le(1, 2)));
  EXPECT_EQ(read_all(folder / "16.wav"), (Samples{-1.0F, 32767.0F / 32768.0F, 0.0F, 1.0F / 32768.0F}));
  test::write_file(folder / "8.wav", wav_bytes(1, 1, 16000, 8, le(0, 1) + le(128, 1) + le(255, 1) + le(64, 1)));
  EXPECT_EQ(read_all(folder / "8.wav"), (Samples{-1.0F, 0.0F, 127.0F / 128.0F, -0.5F}));
  test::write_file(folder / "24.wav", wav_bytes(1, 1, 16000, 24, le(0x800000, 3) + le(0x400000, 3)));
  EXPECT_EQ(read_all(folder / "24.wav"), (Samples{-1.0F, 0.5F}));
  test::write_file(folder / "32.wav", wav_bytes(1, 1, 16000, 32, le(0x80000000, 4) + le(0x40000000, 4)));
  EXPECT_EQ(read_all(folder / "32.wav"), (Samples{-1.0F, 0.5F}));
}

TEST(AudioFileReader, LeavesFloatSamplesAsTheyAre) {
  const test::TempDir folder;
  const Samples written = {0.25F, -3.5F, 1000.0F, std::numeric_limits<float>::infinity()};
  write_with_libsndfile(folder / "f.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1, written);
  EXPECT_EQ(read_all(folder / "f.wav"), written);
}

// ---- reading --------------------------------------------------------------------------------------------------------

TEST(AudioFileReader, GivesTheSameSamplesInWhateverPieces) {
  const test::TempDir folder;
  write_with_libsndfile(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 2, ramp(20000));
  const Samples whole = read_all(folder / "a.flac");
  for (const std::int64_t frames : {1, 7, 512, 9999, 20000}) {
    auto reader = AudioFileReader::open(folder / "a.flac");
    EXPECT_EQ(read_all(*reader, frames), whole) << frames;
  }
}

TEST(AudioFileReader, SeeksToAnyFrameAlsoAfterTheEnd) {
  const test::TempDir folder;
  write_with_libsndfile(folder / "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 2, ramp(2000));
  auto reader = AudioFileReader::open(folder / "a.wav");
  const Samples whole = read_all(*reader);
  ASSERT_TRUE(reader->seek(600));
  EXPECT_EQ(read_all(*reader), Samples(whole.begin() + 1200, whole.end()));
  ASSERT_TRUE(reader->seek(0));
  EXPECT_EQ(read_all(*reader), whole);
  EXPECT_EQ(reader->seek(-1).error().code, ErrorCode::bad_input);
  EXPECT_EQ(reader->seek(1001).error().code, ErrorCode::bad_input);
}

TEST(AudioFileReader, ReadsALongFileInLittleMemory) {
  // Ten minutes of 8 channels: 614 MB as floats.
  const test::TempDir folder;
  {
    auto writer = AudioFileWriter::create(folder / "long.wav", 16000, 8, AudioEncoding::wav_extensible_pcm16);
    ASSERT_TRUE(writer);
    const Samples second = ramp(16000 * 8);
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(writer->write(second));
    ASSERT_TRUE(writer->finish());
  }
  const auto peak_kib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak_kib();
  auto reader = AudioFileReader::open(folder / "long.wav");
  ASSERT_TRUE(reader);
  Samples block(512 * 8);
  std::int64_t frames = 0;
  for (auto n = reader->read(block); n && *n > 0; n = reader->read(block)) frames += *n;
  EXPECT_EQ(frames, 600 * 16000);
  EXPECT_LT(peak_kib() - before, 32 * 1024);
}

TEST(AudioFileReader, TakesOneTo64ChannelsAnd1To384KHz) {
  const test::TempDir folder;
  for (const auto& [channels, rate] : {std::pair{1, 1000}, {64, 16000}, {2, 384000}}) {
    test::write_file(folder / "ok.wav",
                     wav_bytes(1, channels, rate, 16, std::string(static_cast<std::size_t>(channels) * 20, 'x')));
    const auto reader = AudioFileReader::open(folder / "ok.wav");
    ASSERT_TRUE(reader) << to_message(reader.error());
    EXPECT_EQ(reader->info().frames, 10);
  }
  for (const auto& [channels, rate] : {std::pair{65, 16000}, {1, 999}, {1, 384001}}) {
    test::write_file(folder / "bad.wav",
                     wav_bytes(1, channels, rate, 16, std::string(static_cast<std::size_t>(channels) * 20, 'x')));
    EXPECT_EQ(open_error(folder / "bad.wav"), ErrorCode::bad_input) << channels << " channels, " << rate << " Hz";
  }
}

TEST(HasAudioExtension, KnowsSoundByNameInAnyCase) {
  for (const char* name : {"a.wav", "b.WAV", "c.Flac", "d.ogg", "e.oga", "f.opus", "g.aif", "h.AIFF", "i.au", "j.mp3",
                           "x.y.wav", "k.wave", "l.BWF", "m.rf64", "n.w64", "o.caf", "p.aifc", "q.snd"})
    EXPECT_TRUE(has_audio_extension(name)) << name;
  for (const char* name : {"wav", ".wav", "a.txt", "a.wav.part", "a.csv", "", "a."})
    EXPECT_FALSE(has_audio_extension(name)) << name;
}

TEST(HasUnreadableAudioExtension, KnowsSoundThatNeedsConversion) {
  for (const char* name : {"a.m4a", "b.AAC", "c.amr", "d.wma", "e.mp4"}) {
    EXPECT_TRUE(has_unreadable_audio_extension(name)) << name;
    EXPECT_FALSE(has_audio_extension(name)) << name;
  }
  for (const char* name : {"a.wav", "b.txt", "m4a", ".m4a"}) EXPECT_FALSE(has_unreadable_audio_extension(name)) << name;
}

// ---- writing --------------------------------------------------------------------------------------------------------

void write_with_writer(const fs::path& path, int channels, AudioEncoding encoding, const Samples& samples) {
  auto writer = AudioFileWriter::create(path, 16000, channels, encoding);
  ASSERT_TRUE(writer) << to_message(writer.error());
  ASSERT_TRUE(writer->write(samples));
  const Status done = writer->finish();
  ASSERT_TRUE(done) << to_message(done.error());
}

TEST(AudioFileWriter, EightChannelFilesHaveTheExtensibleHeaderOfMimii) {
  const test::TempDir folder;
  write_with_writer(folder / "a.wav", 8, AudioEncoding::wav_extensible_pcm16, ramp(8 * 100));
  const std::string bytes = test::read_file(folder / "a.wav");
  ASSERT_GE(bytes.size(), 60U);
  const std::string expected = std::string("RIFF") + le(bytes.size() - 8, 4) + "WAVEfmt " + le(40, 4) + le(0xFFFE, 2) +
                               le(8, 2) + le(16000, 4) + le(256000, 4) + le(16, 2) + le(16, 2) + le(22, 2) + le(16, 2);
  EXPECT_EQ(bytes.substr(0, expected.size()), expected);
  // After the channel mask: the sub-format "PCM" as a GUID.
  EXPECT_EQ(bytes.substr(44, 16), std::string("\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 16));
  const std::size_t data = bytes.find("data", 60);
  ASSERT_NE(data, std::string::npos);
  EXPECT_EQ(bytes.substr(data + 4, 4), le(1600, 4));
  EXPECT_EQ(bytes.size(), data + 8 + 1600);
}

TEST(AudioFileWriter, HeaderEqualsTheOneOfAMimiiOriginal) {
  AUSCULT_REQUIRE_DATA(data);
  const fs::path original = data / "mimii_originals" / "fan_normal.wav";
  if (!fs::exists(original)) GTEST_SKIP() << original << " is absent";
  const test::TempDir folder;
  write_with_writer(folder / "a.wav", 8, AudioEncoding::wav_extensible_pcm16, read_all(original));
  EXPECT_TRUE(test::read_file(folder / "a.wav") == test::read_file(original))
      << "read and written again, the file must be the same";
}

TEST(AudioFileWriter, SixteenBitSamplesComeBackExactly) {
  const test::TempDir folder;
  Samples samples;
  for (int i = -32768; i < 32768; ++i) samples.push_back(static_cast<float>(i) / 32768.0F);
  for (const auto& [name, encoding] : {std::pair{"a.wav", AudioEncoding::wav_pcm16},
                                       {"b.wav", AudioEncoding::wav_extensible_pcm16},
                                       {"c.flac", AudioEncoding::flac_pcm16}}) {
    write_with_writer(folder / name, 2, encoding, samples);
    EXPECT_TRUE(read_all(folder / name) == samples) << name;
  }
}

TEST(AudioFileWriter, ClipsBeyondFullScaleAndRoundsToNearest) {
  const test::TempDir folder;
  const float step = 1.0F / 32768.0F;
  write_with_writer(folder / "a.wav", 1, AudioEncoding::wav_pcm16,
                    {1.0F, 5.0F, -1.0F, -5.0F, 0.6F * step, 0.4F * step, -0.6F * step});
  EXPECT_EQ(read_all(folder / "a.wav"), (Samples{1.0F - step, 1.0F - step, -1.0F, -1.0F, step, 0.0F, -step}));
}

TEST(AudioFileWriter, FloatSamplesComeBackExactly) {
  const test::TempDir folder;
  const Samples samples = {0.1F, -2.5F, 1e-20F, 3.0F};
  write_with_writer(folder / "a.wav", 1, AudioEncoding::wav_float, samples);
  EXPECT_EQ(read_all(folder / "a.wav"), samples);
}

TEST(AudioFileWriter, EqualSoundGivesEqualBytes) {
  const test::TempDir folder;
  for (const auto encoding : {AudioEncoding::wav_pcm16, AudioEncoding::wav_extensible_pcm16, AudioEncoding::wav_float,
                              AudioEncoding::flac_pcm16}) {
    write_with_writer(folder / "a.wav", 1, encoding, ramp(500));
    write_with_writer(folder / "b.wav", 1, encoding, ramp(500));
    const std::string bytes = test::read_file(folder / "a.wav");
    EXPECT_EQ(bytes, test::read_file(folder / "b.wav"));
    EXPECT_EQ(bytes.find("PEAK"), std::string::npos) << "libsndfile's PEAK chunk holds the time of writing";
  }
}

TEST(AudioFileWriter, TheFileAppearsOnlyWhenFinished) {
  const test::TempDir folder;
  test::write_file(folder / "a.wav", "what was there");
  {
    auto writer = AudioFileWriter::create(folder / "a.wav", 16000, 1, AudioEncoding::wav_pcm16);
    ASSERT_TRUE(writer->write(ramp(1000)));
    EXPECT_EQ(test::read_file(folder / "a.wav"), "what was there");
  }
  EXPECT_EQ(test::read_file(folder / "a.wav"), "what was there");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1)
      << "no temporary file stays";
}

TEST(AudioFileWriter, NamesWhatItCannotDo) {
  const test::TempDir folder;
  EXPECT_EQ(AudioFileWriter::create(folder / "none" / "a.wav", 16000, 1, AudioEncoding::wav_pcm16).error().code,
            ErrorCode::write_failed);
  EXPECT_EQ(AudioFileWriter::create(folder / "a.flac", 16000, 9, AudioEncoding::flac_pcm16).error().code,
            ErrorCode::bad_input);
  EXPECT_EQ(AudioFileWriter::create(folder / "a.wav", 16000, 0, AudioEncoding::wav_pcm16).error().code,
            ErrorCode::bad_input);
  EXPECT_EQ(AudioFileWriter::create(folder / "a.wav", 0, 1, AudioEncoding::wav_pcm16).error().code,
            ErrorCode::bad_input);
  auto writer = AudioFileWriter::create(folder / "a.wav", 16000, 2, AudioEncoding::wav_pcm16);
  EXPECT_EQ(writer->write(ramp(3)).error().code, ErrorCode::bad_input);
  EXPECT_EQ(writer->write(Samples{0.0F, std::numeric_limits<float>::quiet_NaN()}).error().code, ErrorCode::bad_input);
}

}  // namespace
}  // namespace auscult
