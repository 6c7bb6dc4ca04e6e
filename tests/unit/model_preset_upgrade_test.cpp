// Converts the flat presets of old model files to grouped ones: every known field is moved, any other is refused.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "preset_json.h"
#include "preset_upgrade.h"

namespace auscult {
namespace {

using nlohmann::json;

json with_dagmm(const json& dagmm) {
  return {{"name", "old"}, {"detectors", json::array({{{"name", "summary"}, {"dagmm", dagmm}}})}};
}

Result<DagmmConfig> upgraded(const json& dagmm) {
  const auto preset = upgrade_preset(with_dagmm(dagmm));
  if (!preset) return tl::unexpected(preset.error());
  const auto parsed = preset_from_json(*preset, ErrorCode::model_damaged);
  if (!parsed) return tl::unexpected(parsed.error());
  return parsed->detectors.front().dagmm;
}

void expect_refused(const json& dagmm, const std::string& word) {
  const auto config = upgraded(dagmm);
  ASSERT_FALSE(config) << dagmm;
  EXPECT_EQ(config.error().code, ErrorCode::model_damaged);
  EXPECT_NE(config.error().what.find(word), std::string::npos) << config.error().what;
}

TEST(UpgradePreset, MovesEveryField) {
  const auto config = upgraded(json::parse(R"({"network": "dense", "hidden": [7], "latent": 3, "activation": "relu",
    "estimation": [5], "components": 6, "dropout": 0.25, "lambda_energy": 0.5, "lambda_covariance": 0.75,
    "log_reconstruction": false, "reconstruction_features": false, "ridge": 0.125, "em_steps": 9, "em_starts": 3,
    "learning_rate": 0.01, "batch": 12, "epochs": 13, "max_steps": 14, "held_out": 0.375, "patience": 15,
    "min_phi": 0.0625, "gradient_clip": 16, "glorot": true, "orthogonal": false, "single_precision": true,
    "sigmoid": true, "whitened": true, "shortcut": 0.875, "noise": 17, "faults": 18})"));
  ASSERT_TRUE(config) << to_message(config.error());
  DagmmConfig expected;
  expected.network = {NetworkKind::dense, {7}, 3, Activation::relu, {5}, 6, false, false, true, true, 0.875};
  expected.objective = {0.5, 0.75};
  expected.mixture = {.ridge = 0.125, .em_steps = 9};
  expected.schedule = {Initialization::glorot, 0.25, 0.01, 12, 13, 14, 16.0, true, 0.375, 15, 0.0625};
  expected.denoising = {17.0, 18.0};
  EXPECT_EQ(*config, expected);
}

TEST(UpgradePreset, KeepsDefaultsForFieldsThatAreLeftOut) {
  const auto config = upgraded(json::object());
  ASSERT_TRUE(config) << to_message(config.error());
  EXPECT_EQ(*config, DagmmConfig{});
}

TEST(UpgradePreset, TurnsTwoSwitchesIntoOneInitialization) {
  EXPECT_EQ(upgraded({{"orthogonal", true}})->schedule.initialization, Initialization::orthogonal);
  EXPECT_EQ(upgraded({{"orthogonal", false}, {"glorot", false}})->schedule.initialization, Initialization::uniform);
  expect_refused({{"orthogonal", true}, {"glorot", true}}, "either glorot or orthogonal");
  expect_refused({{"glorot", 1}}, "dagmm.glorot");
}

TEST(UpgradePreset, RefusesFieldsThatThoseSchemasDoNotHave) {
  expect_refused({{"epoch", 3}}, "detectors[0].dagmm.epoch");
  expect_refused({{"schedule", {{"epochs", 3}}}}, "detectors[0].dagmm.schedule");
}

TEST(UpgradePreset, LeavesWhatIsNoPresetToTheParser) {
  for (const json& value : {json(), json(3), json::array(), json{{"detectors", 3}}, json{{"detectors", {1, 2}}},
                            with_dagmm(3), with_dagmm(nullptr), with_dagmm({{"hidden", "x"}})}) {
    const auto preset = upgrade_preset(value);
    ASSERT_TRUE(preset) << value;
    EXPECT_FALSE(preset_from_json(*preset, ErrorCode::model_damaged)) << value;
  }
}

}  // namespace
}  // namespace auscult
