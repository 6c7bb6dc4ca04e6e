// Model files of old schemas are read and give the same scores as before. tests/data/models has a small file of each
// old schema, and the energies of signal() computed by the last version before schema 5. The file of schema 5 has the
// numbers of that of schema 4.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/controls.h"
#include "model/model.h"
#include "model/safetensors.h"
#include "support/files.h"
#include "support/scoring.h"

namespace auscult {
namespace {

using nlohmann::json;

// Three seconds of a square wave in noise. Whole numbers only: the same on every machine.
test::Samples signal() {
  test::Samples samples(48000);
  std::uint32_t noise = 12345;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    noise = 1664525U * noise + 1013904223U;
    const int value = ((i * 120) % 16000 < 8000 ? 2000 : -2000) + static_cast<int>(noise >> 20U) - 2048;
    samples[i] = static_cast<float>(value) / 32768.0F;
  }
  return samples;
}

test::HopRecord record_of(const std::shared_ptr<const Model>& model) {
  test::HopRecord record;
  Scorer scorer(model, {.mode = ScorerMode::batch, .controls = true});
  scorer.push(signal(), record.sink());
  scorer.finish(record.sink());
  return record;
}

class ModelFileOfSchema : public testing::TestWithParam<int> {
 protected:
  static std::filesystem::path folder() { return test::source_dir() / "tests/data/models"; }
  static std::string name() { return "schema" + std::to_string(GetParam()); }
  static json metadata(const std::filesystem::path& path) {
    return json::parse(parse_safetensors(test::read_file(path))->metadata);
  }
  std::filesystem::path path_ = folder() / (name() + ".safetensors");
};

TEST_P(ModelFileOfSchema, ScoresAsBefore) {
  ASSERT_EQ(metadata(path_)["schema"], GetParam());
  const auto model = load_model(path_);
  ASSERT_TRUE(model) << to_message(model.error());
  const test::HopRecord record = record_of(*model);
  const json expected = json::parse(test::read_file(folder() / "energies.json"))[name()]["energies"];
  ASSERT_EQ(expected.size(), (*model)->detectors.size());
  for (std::size_t d = 0; d < (*model)->detectors.size(); ++d) {
    const std::string& detector = (*model)->detectors[d].config.name;
    const std::vector<double> energies = expected[detector];
    std::size_t i = 0;
    for (const StepEnergy& step : record.steps) {
      if (step.detector != static_cast<int>(d)) continue;
      ASSERT_LT(i, energies.size()) << detector;
      EXPECT_NEAR(step.energy, energies[i], 1e-9 * std::abs(energies[i])) << detector << " " << i;
      ++i;
    }
    EXPECT_EQ(i, energies.size()) << detector;
  }
}

TEST_P(ModelFileOfSchema, IsSavedInTheNewSchemaAndScoresBitForBit) {
  const test::TempDir temporary;
  const auto model = load_model(path_);
  ASSERT_TRUE(model) << to_message(model.error());
  ASSERT_TRUE(save_model(**model, temporary / "m.safetensors"));
  EXPECT_EQ(metadata(temporary / "m.safetensors")["schema"], 7);
  const auto again = load_model(temporary / "m.safetensors");
  ASSERT_TRUE(again) << to_message(again.error());
  EXPECT_EQ((*again)->preset.detectors, (*model)->preset.detectors);
  EXPECT_TRUE(record_of(*again) == record_of(*model));
}

TEST_P(ModelFileOfSchema, LacksOnlyWhatItsSchemaDidNotHave) {
  const auto model = load_model(path_);
  ASSERT_TRUE(model) << to_message(model.error());
  const int schema = GetParam();
  EXPECT_EQ((*model)->false_alarms.known(), schema >= 3);
  EXPECT_EQ((*model)->training.added_digests.empty(), schema < 4);
  if (schema == 3) return;  // its detectors are too wide for controls
  const int with_controls = static_cast<int>(control_detector((*model)->preset));
  for (const StepEnergy& step : record_of(*model).steps) {
    if (step.detector != with_controls) continue;
    EXPECT_TRUE(std::isfinite(step.controls.mahalanobis));
    EXPECT_EQ(std::isfinite(step.controls.gmm), schema >= 2);
    EXPECT_EQ(std::isfinite(step.controls.knn1), schema >= 2);
  }
}

INSTANTIATE_TEST_SUITE_P(Old, ModelFileOfSchema, testing::Range(1, 6));

}  // namespace
}  // namespace auscult
