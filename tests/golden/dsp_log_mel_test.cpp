// The frontend against log-mels that torchaudio computed in double precision (../shared/golden), to 1e-3 dB.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/log_mel_frontend.h"
#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

constexpr double kToleranceDb = 1e-3;
constexpr double kAudibleDb = -80.0;

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

struct Case {
  std::string name;       ///< of the golden file, without .csv
  std::string recording;  ///< under the data folder
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class GoldenLogMel : public testing::TestWithParam<Case> {};

TEST_P(GoldenLogMel, AgreesWithTorchaudioTo1e3Db) {
  AUSCULT_REQUIRE_DATA(data);
  const auto golden = test::golden_dir();
  if (!golden) GTEST_SKIP() << "no reference log-mels: provide ../shared/golden";
  const fs::path wav = data / GetParam().recording, csv = *golden / (GetParam().name + ".csv");
  if (!fs::exists(wav) || !fs::exists(csv)) GTEST_SKIP() << wav << " or " << csv << " is absent";

  const auto reference = read_rows(csv);
  ASSERT_FALSE(reference.empty());
  std::size_t frames = 0, compared = 0;
  double worst = 0.0;
  LogMelFrontend frontend{FrontendConfig{}};
  frontend.push(channel_0(wav), [&](const FrameView& frame) {
    ASSERT_LT(frames, reference.size());
    const auto& expected = reference[frames++];
    ASSERT_EQ(expected.size(), frame.log_mel.size() + 1);
    EXPECT_EQ(static_cast<std::int64_t>(expected[0]), frame.index);
    for (std::size_t band = 0; band < frame.log_mel.size(); ++band) {
      if (expected[band + 1] <= kAudibleDb) continue;
      worst = std::max(worst, std::abs(expected[band + 1] - static_cast<double>(frame.log_mel[band])));
      ++compared;
    }
  });
  EXPECT_EQ(frames, reference.size());
  EXPECT_GT(compared, reference.size() * 32) << "most of the reference must have been compared";
  EXPECT_LE(worst, kToleranceDb);
  RecordProperty("worst_db", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(
    Files, GoldenLogMel,
    testing::Values(Case{"machine_hum_00000000", "machine_hum/normal_train/normal_id_00_00000000.wav"},
                    Case{"machine_hum_anomaly", "machine_hum/real_anomaly/anomaly_id_00_00000000.wav"},
                    Case{"mimii_fan_normal_ch0", "mimii_originals/fan_normal.wav"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(GoldenLogMelFiles, AreAllComparedAbove) {
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
