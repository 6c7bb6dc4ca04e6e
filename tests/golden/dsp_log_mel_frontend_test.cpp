// The frontend against log-mels that other programs computed in double precision, to 1e-3 dB: of the demo recording by
// make_demo_log_mel.py (numpy), of real recordings by torchaudio (../shared/golden, where it is there).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "dsp/log_mel_frontend.h"
#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

constexpr double kToleranceDb = 1e-3;
// What is compared: the reference is above this level, and less than this range below the frame's loudest band.
constexpr double kAudibleDb = -80.0;
constexpr double kRangeDb = 80.0;

unsigned u16(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) | static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8U;
}

// Channel 0 of a 16-bit WAV file, read without any of the code under test.
std::vector<float> channel_0(const fs::path& wav) {
  const std::string bytes = test::read_file(wav);
  const std::size_t format = bytes.find("fmt "), data = bytes.find("data", format);
  const std::size_t channels = u16(bytes, format + 10);
  std::vector<float> samples;
  for (std::size_t at = data + 8; at + 2 * channels <= bytes.size(); at += 2 * channels)
    samples.push_back(static_cast<float>(static_cast<std::int16_t>(u16(bytes, at))) / 32768.0F);
  return samples;
}

std::vector<std::vector<double>> read_rows(const fs::path& csv) {
  std::vector<std::vector<double>> rows;
  std::ifstream in(csv);
  for (std::string line; std::getline(in, line);) {
    std::vector<double> row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(std::stod(cell));
    rows.push_back(std::move(row));
  }
  return rows;
}

// The samples of a recording of one channel.
std::vector<float> samples_of(const fs::path& path) {
  auto reader = AudioFileReader::open(path);
  if (!reader) {
    ADD_FAILURE() << to_message(reader.error());
    return {};
  }
  std::vector<float> samples(static_cast<std::size_t>(reader->info().frames));
  EXPECT_EQ(reader->info().channels, 1);
  EXPECT_EQ(reader->read(samples).value_or(0), reader->info().frames);
  return samples;
}

// The log-mels of all frames of 16 kHz sound.
std::vector<std::vector<float>> log_mels_of(const std::vector<float>& samples) {
  std::vector<std::vector<float>> frames;
  LogMelFrontend frontend{FrontendConfig{}};
  frontend.push(samples, [&](const FrameView& frame) {
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(frames.size()));
    frames.emplace_back(frame.log_mel.begin(), frame.log_mel.end());
  });
  return frames;
}

// `reference`: rows of a frame's index and its bands.
void expect_agreement(const std::vector<std::vector<double>>& reference,
                      const std::vector<std::vector<float>>& frames) {
  ASSERT_FALSE(reference.empty());
  std::size_t compared = 0;
  double worst = 0.0;
  for (const std::vector<double>& row : reference) {
    const auto frame = static_cast<std::size_t>(row.at(0));
    ASSERT_LT(frame, frames.size());
    ASSERT_EQ(row.size(), frames[frame].size() + 1);
    const double loudest = *std::max_element(row.begin() + 1, row.end());
    for (std::size_t band = 0; band < frames[frame].size(); ++band) {
      const double expected = row[band + 1];
      if (expected <= std::max(kAudibleDb, loudest - kRangeDb)) continue;
      worst = std::max(worst, std::abs(expected - static_cast<double>(frames[frame][band])));
      ++compared;
    }
  }
  EXPECT_GT(compared, reference.size() * 32) << "most of the reference must have been compared";
  EXPECT_LE(worst, kToleranceDb);
  testing::Test::RecordProperty("worst_db", std::to_string(worst));
}

TEST(LogMelFrontendGolden, AgreesWithNumpyOnTheDemoTo1e3Db) {
  const auto reference = read_rows(test::source_dir() / "tests/golden/demo_log_mel.csv");
  ASSERT_EQ(reference.size(), 48U);
  ASSERT_EQ(reference.front().size(), 1U + 64U);
  const auto frames = log_mels_of(samples_of(test::source_dir() / "assets/demo.flac"));
  EXPECT_EQ(frames.size(), 1092U) << "35 s";
  EXPECT_GT(reference.back().at(0), 1060.0) << "the reference is spread over all of it";
  expect_agreement(reference, frames);
}

struct Case {
  std::string name;       ///< of the golden file, without .csv
  std::string recording;  ///< under the data folder
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class LogMelFrontendTorchaudio : public testing::TestWithParam<Case> {};

TEST_P(LogMelFrontendTorchaudio, AgreesWithTorchaudioTo1e3Db) {
  AUSCULT_REQUIRE_DATA(data);
  const auto golden = test::golden_dir();
  if (!golden) GTEST_SKIP() << "no reference log-mels: provide ../shared/golden";
  const fs::path wav = data / GetParam().recording, csv = *golden / (GetParam().name + ".csv");
  if (!fs::exists(wav) || !fs::exists(csv)) GTEST_SKIP() << wav << " or " << csv << " is absent";
  const auto reference = read_rows(csv);
  const auto frames = log_mels_of(channel_0(wav));
  EXPECT_EQ(frames.size(), reference.size());
  expect_agreement(reference, frames);
}

INSTANTIATE_TEST_SUITE_P(
    Files, LogMelFrontendTorchaudio,
    testing::Values(Case{"machine_hum_00000000", "machine_hum/normal_train/normal_id_00_00000000.wav"},
                    Case{"machine_hum_anomaly", "machine_hum/real_anomaly/anomaly_id_00_00000000.wav"},
                    Case{"mimii_fan_normal_ch0", "mimii_originals/fan_normal.wav"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(LogMelFrontendTorchaudioFiles, AreAllComparedAbove) {
  const auto golden = test::golden_dir();
  if (!golden) GTEST_SKIP() << "no reference log-mels: provide ../shared/golden";
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(*golden))
    if (entry.path().extension() == ".csv") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"machine_hum_00000000", "machine_hum_anomaly", "mimii_fan_normal_ch0"}));
}

}  // namespace
}  // namespace auscult
