// `auscult features` as a user meets it: its files, its messages, its exit codes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "dsp/log_mel_frontend.h"
#include "scoring/feature_stream.h"
#include "support/files.h"
#include "support/process.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<float>;

Samples tone(std::size_t frames, double hz, double rate, double amplitude = 0.5, int channels = 1,
             int active_channel = 0) {
  Samples samples(frames * static_cast<std::size_t>(channels), 0.0F);
  for (std::size_t i = 0; i < frames; ++i)
    samples[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(active_channel)] =
        static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  return samples;
}

void write_sound(const fs::path& path, const Samples& samples, int rate = 16000, int channels = 1,
                 AudioEncoding encoding = AudioEncoding::wav_float) {
  fs::create_directories(path.parent_path());
  auto writer = AudioFileWriter::create(path, rate, channels, encoding);
  ASSERT_TRUE(writer) << to_message(writer.error());
  ASSERT_TRUE(writer->write(samples));
  ASSERT_TRUE(writer->finish());
}

struct Table {
  std::vector<std::string> header, files;
  std::vector<int> frames;
  std::vector<std::vector<double>> rows;
};

Table read_csv(const fs::path& path) {
  Table table;
  std::istringstream in(test::read_file(path));
  std::string line, cell;
  std::getline(in, line);
  for (std::istringstream cells(line); std::getline(cells, cell, ',');) table.header.push_back(cell);
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::getline(cells, cell, ',');
    table.files.push_back(cell);
    std::getline(cells, cell, ',');
    table.frames.push_back(std::stoi(cell));
    table.rows.emplace_back();
    while (std::getline(cells, cell, ',')) table.rows.back().push_back(std::stod(cell));
  }
  return table;
}

std::vector<std::vector<double>> log_mels(const Samples& samples) {
  std::vector<std::vector<double>> rows;
  LogMelFrontend frontend{FrontendConfig{}};
  frontend.push(samples,
                [&](const FrameView& frame) { rows.emplace_back(frame.log_mel.begin(), frame.log_mel.end()); });
  return rows;
}

void expect_near(const std::vector<std::vector<double>>& actual, const std::vector<std::vector<double>>& expected,
                 double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].size(), expected[i].size());
    for (std::size_t j = 0; j < actual[i].size(); ++j)
      ASSERT_NEAR(actual[i][j], expected[i][j], tolerance) << "frame " << i << ", band " << j + 1;
  }
}

test::ProcessResult features(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"features"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return test::auscult(all);
}

void expect_one_message(const test::ProcessResult& result, int code, const std::string& word) {
  EXPECT_EQ(result.exit_code, code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("auscult: error: "), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("auscult: error: "), result.err.rfind("auscult: error: ")) << "one message: " << result.err;
  EXPECT_NE(result.err.find(word), std::string::npos) << result.err;
}

// ---- output ---------------------------------------------------------------------------------------------------------

TEST(FeaturesCommand, WritesOneCsvRowAFrame) {
  const test::TempDir folder;
  const Samples samples = tone(16000, 440.0, 16000.0);
  write_sound(folder / "a.wav", samples);
  const auto result = features({folder / "a.wav", "-o", folder / "out.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  const Table table = read_csv(folder / "out.csv");
  ASSERT_EQ(table.header.size(), 66U);
  EXPECT_EQ(table.header[0], "file");
  EXPECT_EQ(table.header[1], "frame");
  EXPECT_EQ(table.header[2], "mel_1");
  EXPECT_EQ(table.header[65], "mel_64");
  ASSERT_EQ(table.rows.size(), 30U);
  EXPECT_EQ(table.files[0], (folder / "a.wav").string());
  for (int i = 0; i < 30; ++i) EXPECT_EQ(table.frames[static_cast<std::size_t>(i)], i);
  expect_near(table.rows, log_mels(samples), 1e-6);
}

TEST(FeaturesCommand, WritesANumpyArrayOfFramesByBins) {
  const test::TempDir folder;
  const Samples samples = tone(16000, 1000.0, 16000.0);
  write_sound(folder / "a.wav", samples);
  ASSERT_EQ(features({folder / "a.wav", "-o", folder / "out.npy"}).exit_code, 0);
  const std::string bytes = test::read_file(folder / "out.npy");
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header_size = static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  const std::string header = bytes.substr(10, header_size);
  EXPECT_EQ((10 + header_size) % 64, 0U);
  EXPECT_NE(header.find("'descr': '<f4'"), std::string::npos) << header;
  EXPECT_NE(header.find("'fortran_order': False"), std::string::npos) << header;
  EXPECT_NE(header.find("'shape': (30, 64)"), std::string::npos) << header;
  EXPECT_EQ(header.back(), '\n');

  const auto expected = log_mels(samples);
  ASSERT_EQ(bytes.size(), 10 + header_size + 30 * 64 * 4);
  for (std::size_t i = 0; i < 30 * 64; ++i) {
    float value = 0.0F;
    std::memcpy(&value, bytes.data() + 10 + header_size + 4 * i, 4);
    ASSERT_EQ(static_cast<double>(value), expected[i / 64][i % 64]) << "the very value that the frontend computed";
  }
}

TEST(FeaturesCommand, TakesChannel0OrTheOneAskedForOrTheMean) {
  const test::TempDir folder;
  const Samples on_channel_2 = tone(8000, 500.0, 16000.0, 0.5, 4, 2);
  write_sound(folder / "a.wav", on_channel_2, 16000, 4);
  const auto rows_with = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {folder / "a.wav", "-o", folder / "out.csv"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    EXPECT_EQ(features(arguments).exit_code, 0);
    return read_csv(folder / "out.csv").rows;
  };
  expect_near(rows_with({}), log_mels(Samples(8000, 0.0F)), 1e-6);
  expect_near(rows_with({"--channel", "2"}), log_mels(tone(8000, 500.0, 16000.0)), 1e-6);
  expect_near(rows_with({"--channel", "mean"}), log_mels(tone(8000, 500.0, 16000.0, 0.125)), 1e-6);
  expect_near(rows_with({"--channel", "2", "--scale", "0.5"}), log_mels(tone(8000, 500.0, 16000.0, 0.25)), 1e-6);
}

TEST(FeaturesCommand, ResamplesOtherRatesTo16KHz) {
  const test::TempDir folder;
  for (const int rate : {8000, 44100, 48000}) {
    write_sound(folder / "a.wav", tone(static_cast<std::size_t>(rate), 1000.0, rate), rate);
    ASSERT_EQ(features({folder / "a.wav", "-o", folder / "out.csv"}).exit_code, 0);
    const auto rows = read_csv(folder / "out.csv").rows;
    const auto expected = log_mels(tone(16000, 1000.0, 16000.0));
    ASSERT_EQ(rows.size(), expected.size()) << rate;
    const auto loudest =
        static_cast<std::size_t>(std::max_element(expected[10].begin(), expected[10].end()) - expected[10].begin());
    EXPECT_NEAR(rows[10][loudest], expected[10][loudest], 0.02) << rate;
  }
}

TEST(FeaturesCommand, SearchesFoldersInSortedOrder) {
  const test::TempDir folder;
  const Samples samples = tone(1024, 440.0, 16000.0);
  write_sound(folder / "in" / "b.wav", samples);
  write_sound(folder / "in" / "sub" / "a.WAV", samples);
  write_sound(folder / "in" / "a.flac", samples, 16000, 1, AudioEncoding::flac_pcm16);
  test::write_file(folder / "in" / "notes.txt", "not asked for");
  ASSERT_EQ(features({folder / "in", "-o", folder / "out.csv"}).exit_code, 0);
  const auto files = read_csv(folder / "out.csv").files;
  EXPECT_EQ(files, (std::vector<std::string>{folder / "in" / "a.flac", folder / "in" / "b.wav",
                                             folder / "in" / "sub" / "a.WAV"}));
}

TEST(FeaturesCommand, QuotesFileNamesWithCommas) {
  const test::TempDir folder;
  write_sound(folder / "a, \"b\".wav", tone(1024, 440.0, 16000.0));
  ASSERT_EQ(features({folder / "a, \"b\".wav", "-o", folder / "out.csv"}).exit_code, 0);
  const std::string csv = test::read_file(folder / "out.csv");
  EXPECT_NE(csv.find("\n\"" + (folder / "a, \"\"b\"\".wav").string() + "\",0,"), std::string::npos)
      << csv.substr(0, 900);
}

// ---- errors ---------------------------------------------------------------------------------------------------------

TEST(FeaturesCommand, UnusableInputsGiveOneClearMessageAndExit3) {
  const test::TempDir folder;
  const std::string out = folder / "out.csv";
  expect_one_message(features({folder / "none.wav", "-o", out}), 3, "none.wav: no such file");
  expect_one_message(features({folder / "none" / "", "-o", out}), 3, "no such file");

  test::write_file(folder / "text.wav", "a shopping list");
  expect_one_message(features({folder / "text.wav", "-o", out}), 3, "not an audio file");

  write_sound(folder / "empty.wav", {});
  expect_one_message(features({folder / "empty.wav", "-o", out}), 3, "no samples");

  fs::create_directory(folder / "folder");
  expect_one_message(features({folder / "folder", "-o", out}), 3, "no audio file");
  fs::create_directories(folder / "hidden" / ".trash");
  write_sound(folder / "hidden" / ".trash" / "a.wav", tone(1024, 440.0, 16000.0));
  expect_one_message(features({folder / "hidden", "-o", out}), 3, "no audio file");

  write_sound(folder / "short.wav", Samples(1023, 0.1F));
  expect_one_message(features({folder / "short.wav", "-o", out}), 3, "too short: needs 0.064 s");

  write_sound(folder / "whole.wav", Samples(32000, 0.1F), 16000, 1, AudioEncoding::wav_pcm16);
  test::write_file(folder / "cut.wav", test::read_file(folder / "whole.wav").substr(0, 32044));
  expect_one_message(features({folder / "cut.wav", "-o", out}), 3, "announces 2.000 s, the file holds 1.000 s");

  EXPECT_FALSE(fs::exists(out)) << "nothing usable, nothing written";
}

TEST(FeaturesCommand, NonFiniteAndHugeSamplesBecomeGapsAndAreCounted) {
  const test::TempDir folder;
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -8.5F, 1000.0F}) {
    Samples samples(16000, 0.1F);
    samples[8000] = bad;
    write_sound(folder / "bad.wav", samples);
    const auto result = features({folder / "bad.wav", "-o", folder / "out.csv"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find("bad.wav: 1 samples were not finite or larger than 8"), std::string::npos) << result.err;
    EXPECT_EQ(read_csv(folder / "out.csv").rows.size(), 28U) << "14 frames on each side; none reaches across";
  }
  Samples loud(16000, 0.1F);
  loud[8000] = 8.0F;
  write_sound(folder / "loud.wav", loud);
  const auto result = features({folder / "loud.wav", "-o", folder / "out.csv"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(read_csv(folder / "out.csv").rows.size(), 30U);
}

TEST(FeaturesCommand, AFileWithoutAUsableFrameIsRefused) {
  const test::TempDir folder;
  write_sound(folder / "nan.wav", Samples(16000, std::numeric_limits<float>::quiet_NaN()));
  expect_one_message(features({folder / "nan.wav", "-o", folder / "out.csv"}), 3,
                     "16000 of 16000 samples are not finite");
  EXPECT_FALSE(fs::exists(folder / "out.csv"));
}

TEST(FeaturesCommand, TakesTheMeanOfChannelsToTheBitAsScoringDoes) {
  const test::TempDir folder;
  Samples stereo = tone(16000, 500.0, 16000.0, 0.3, 3, 0);
  const Samples other = tone(16000, 1234.0, 16000.0, 0.1, 3, 2);
  for (std::size_t i = 0; i < stereo.size(); ++i) stereo[i] += other[i];
  write_sound(folder / "a.wav", stereo, 16000, 3);
  ASSERT_EQ(features({folder / "a.wav", "--channel", "mean", "-o", folder / "out.npy"}).exit_code, 0);
  std::vector<float> expected;
  FeatureStream stream(FrontendConfig{}, {}, {.channel = kMeanOfChannels});
  const FeatureSink sink{.hop = [&](const FeatureHop& hop) {
    expected.insert(expected.end(), hop.frame->log_mel.begin(), hop.frame->log_mel.end());
  }};
  ASSERT_TRUE(stream.push(stereo, 3, 16000, 0, sink));
  stream.finish(sink);
  const std::string bytes = test::read_file(folder / "out.npy");
  const std::size_t size = 4 * expected.size();
  ASSERT_GT(bytes.size(), size);
  EXPECT_EQ(std::memcmp(bytes.data() + bytes.size() - size, expected.data(), size), 0);
}

TEST(FeaturesCommand, UsesTheFrontendAndChannelOfAModel) {
  const test::TempDir folder;
  Model model = *test::tiny_model();
  model.preset.channel = 1;
  ASSERT_TRUE(save_model(model, folder / "m.safetensors"));
  write_sound(folder / "a.wav", tone(8000, 500.0, 16000.0, 0.5, 2, 1), 16000, 2);
  ASSERT_EQ(features({folder / "a.wav", "--model", folder / "m.safetensors", "-o", folder / "out.csv"}).exit_code, 0);
  const Table table = read_csv(folder / "out.csv");
  EXPECT_EQ(table.header.size(), 2U + static_cast<std::size_t>(model.preset.frontend.n_mels));
  std::vector<std::vector<double>> expected;
  LogMelFrontend frontend(model.preset.frontend);
  frontend.push(tone(8000, 500.0, 16000.0),
                [&](const FrameView& frame) { expected.emplace_back(frame.log_mel.begin(), frame.log_mel.end()); });
  expect_near(table.rows, expected, 1e-6);
  expect_one_message(features({folder / "a.wav", "--model", folder / "none.safetensors", "-o", folder / "out.csv"}), 3,
                     "none.safetensors");
}

TEST(FeaturesCommand, OneBadFileAmongGoodOnesIsNamedAndLeftOut) {
  const test::TempDir folder;
  write_sound(folder / "in" / "a.wav", tone(1024, 440.0, 16000.0));
  test::write_file(folder / "in" / "b.wav", "text");
  write_sound(folder / "in" / "c.wav", tone(1024, 440.0, 16000.0));
  expect_one_message(features({folder / "in", "-o", folder / "out.csv"}), 3, "b.wav");
  EXPECT_EQ(read_csv(folder / "out.csv").files,
            (std::vector<std::string>{folder / "in" / "a.wav", folder / "in" / "c.wav"}));
}

TEST(FeaturesCommand, AnUnwritableOutputIsExit6) {
  const test::TempDir folder;
  write_sound(folder / "a.wav", tone(1024, 440.0, 16000.0));
  expect_one_message(features({folder / "a.wav", "-o", folder / "none" / "out.csv"}), 6, "out.csv");
  fs::create_directory(folder / "out.npy");
  expect_one_message(features({folder / "a.wav", "-o", folder / "out.npy"}), 6, "is a folder");
}

TEST(FeaturesCommand, AFailureLeavesTheOldOutputAlone) {
  const test::TempDir folder;
  test::write_file(folder / "out.csv", "old");
  test::write_file(folder / "text.wav", "text");
  EXPECT_EQ(features({folder / "text.wav", "-o", folder / "out.csv"}).exit_code, 3);
  EXPECT_EQ(test::read_file(folder / "out.csv"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2)
      << "no temporary file stays";
}

TEST(FeaturesCommand, ACommandLineThatMakesNoSenseIsExit2) {
  const test::TempDir folder;
  const std::string wav = folder / "a.wav", out = folder / "out.csv";
  write_sound(wav, tone(1024, 440.0, 16000.0));
  EXPECT_EQ(features({wav}).exit_code, 2);
  EXPECT_EQ(features({"-o", out}).exit_code, 2);
  expect_one_message(features({wav, "-o", folder / "out.txt"}), 2, ".npy or .csv");
  expect_one_message(features({wav, wav, "-o", folder / "out.npy"}), 2, "one input");
  const auto left = features({wav, "-o", out, "--channel", "left"});
  EXPECT_EQ(left.exit_code, 2);
  EXPECT_NE(left.err.find("--channel: takes a number from 0 to 63, or mean"), std::string::npos) << left.err;
  expect_one_message(features({wav, "-o", out, "--channel", "1"}), 3, "has no channel 1");
}

TEST(FeaturesCommand, HelpSaysWhatTheNumbersAre) {
  const auto help = features({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* word : {"16 kHz", "1024", "64 mel bands", "Slaney", "numpy.load", "Examples"})
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
}

// ---- against other programs' numbers --------------------------------------------------------------------------------

TEST(FeaturesCommand, AgreesWithTheReferenceLogMels) {
  AUSCULT_REQUIRE_DATA(data);
  const auto golden = test::golden_dir();
  if (!golden) GTEST_SKIP() << "no reference log-mels: provide ../shared/golden";
  const fs::path wav = data / "mimii_originals" / "fan_normal.wav", csv = *golden / "mimii_fan_normal_ch0.csv";
  if (!fs::exists(wav) || !fs::exists(csv)) GTEST_SKIP() << wav << " or " << csv << " is absent";
  const test::TempDir folder;
  ASSERT_EQ(features({wav, "-o", folder / "out.csv"}).exit_code, 0);
  const auto rows = read_csv(folder / "out.csv").rows;
  std::istringstream reference(test::read_file(csv));
  std::string line, cell;
  std::size_t row = 0;
  for (; std::getline(reference, line); ++row) {
    ASSERT_LT(row, rows.size());
    std::istringstream cells(line);
    std::getline(cells, cell, ',');
    for (std::size_t band = 0; std::getline(cells, cell, ','); ++band) {
      const double expected = std::stod(cell);
      if (expected > -80.0) {
        ASSERT_NEAR(rows[row].at(band), expected, 1e-3) << "frame " << row << ", band " << band + 1;
      }
    }
  }
  EXPECT_EQ(row, rows.size());
}

}  // namespace
}  // namespace auscult
