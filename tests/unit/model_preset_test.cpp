// Presets: the shipped ones load, every field survives, and a misspelled field is reported instead of ignored.
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/preset.h"
#include "support/files.h"

namespace auscult {
namespace {

using nlohmann::json;

json monitor_json() {
  return json::parse(to_json(*load_preset("monitor")));
}

void expect_refused(const json& preset, const std::string& field) {
  const auto parsed = parse_preset(preset.dump());
  ASSERT_FALSE(parsed) << field;
  EXPECT_EQ(parsed.error().code, ErrorCode::bad_input);
  EXPECT_NE(parsed.error().what.find(field), std::string::npos) << parsed.error().what;
}

bool equal(const Preset& a, const Preset& b) {
  return a.name == b.name && a.description == b.description && a.frontend == b.frontend && a.channel == b.channel &&
         a.detectors == b.detectors && a.calibration == b.calibration && a.policy == b.policy;
}

TEST(PresetShipped, LoadAndSurviveARoundTrip) {
  ASSERT_FALSE(preset_names().empty());
  for (const std::string& name : preset_names()) {
    const auto preset = load_preset(name);
    ASSERT_TRUE(preset) << name << ": " << to_message(preset.error());
    EXPECT_EQ(preset->name, name);
    EXPECT_FALSE(preset->description.empty());
    EXPECT_FALSE(preset->detectors.empty());
    const auto again = parse_preset(to_json(*preset));
    ASSERT_TRUE(again);
    EXPECT_TRUE(equal(*preset, *again)) << name;
  }
}

TEST(PresetShipped, MonitorHasAFastAndASlowDetector) {
  const auto preset = load_preset("monitor");
  ASSERT_TRUE(preset);
  EXPECT_EQ(preset->frontend.sample_rate, 16000);
  std::map<std::string, int> widths;
  for (const DetectorConfig& detector : preset->detectors)
    widths[detector.name] = input_width(detector, preset->frontend);
  EXPECT_EQ(widths,
            (std::map<std::string, int>{{"dagmm", 128}, {"frames", 320}, {"neighbour", 128}, {"summary", 128}}));
}

TEST(PresetShipped, MonitorTrainsADagmmJointlyAndMakesItsEnergyLocal) {
  const auto preset = load_preset("monitor");
  ASSERT_TRUE(preset);
  const DetectorConfig& detector = preset->detectors.front();
  EXPECT_EQ(detector.name, "dagmm");
  EXPECT_EQ(detector.energy, EnergyKind::dagmm);
  EXPECT_GT(detector.dagmm.objective.lambda_energy, 0.0);
  EXPECT_GT(detector.dagmm.objective.lambda_covariance, 0.0);
  EXPECT_GT(detector.local.neighbours, 0);
}

TEST(LoadPreset, TakesAFileByPath) {
  const test::TempDir folder;
  json preset = monitor_json();
  preset["name"] = "mine";
  test::write_file(folder / "mine.json", preset.dump());
  EXPECT_EQ(load_preset((folder / "mine.json").string())->name, "mine");
  const auto missing = load_preset((folder / "none.json").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::file_not_found);
}

TEST(LoadPreset, RefusesPathsThatCannotBePresets) {
  const test::TempDir folder;
  test::write_file(folder / "large.json", std::string(2 << 20, ' '));
  for (const std::string& path :
       {folder.path().string() + "/", (folder / "large.json").string(), std::string("/dev/zero")}) {
    const auto preset = load_preset(path);
    ASSERT_FALSE(preset) << path;
    EXPECT_EQ(preset.error().code, ErrorCode::bad_input) << path;
    EXPECT_EQ(preset.error().context, path);
  }
}

TEST(LoadPreset, ListsWhatThereIsForAnUnknownName) {
  const auto preset = load_preset("moniter");
  ASSERT_FALSE(preset);
  EXPECT_EQ(preset.error().code, ErrorCode::usage);
  EXPECT_NE(to_message(preset.error()).find("monitor"), std::string::npos);
}

TEST(ParsePreset, NamesWhatIsNotAnObject) {
  EXPECT_EQ(parse_preset("3").error().what, "preset is not an object");
  json preset = monitor_json();
  preset["detectors"][0]["dagmm"]["network"] = 3;
  EXPECT_NE(parse_preset(preset.dump()).error().what.find("dagmm.network is not an object"), std::string::npos);
}

TEST(ParsePreset, KeepsDefaultsForFieldsThatAreLeftOut) {
  const auto preset = parse_preset(R"({"name": "x", "detectors": [{"name": "summary"}]})");
  ASSERT_TRUE(preset) << to_message(preset.error());
  EXPECT_EQ(preset->frontend, FrontendConfig{});
  EXPECT_EQ(preset->detectors[0], DetectorConfig{});
}

TEST(ParsePreset, NamesAnUnknownFieldWhereverItStands) {
  json preset = monitor_json();
  preset["chanel"] = 1;
  expect_refused(preset, "chanel");
  preset = monitor_json();
  preset["frontend"]["n_mel"] = 64;
  expect_refused(preset, "frontend.n_mel");
  preset = monitor_json();
  preset["detectors"][1]["dagmm"]["training"] = json::object();
  expect_refused(preset, "detectors[1].dagmm.training");
  preset = monitor_json();
  preset["detectors"][1]["dagmm"]["schedule"]["epoch"] = 3;
  expect_refused(preset, "detectors[1].dagmm.schedule.epoch");
  preset = monitor_json();
  preset["policy"]["treshold"] = 3;
  expect_refused(preset, "policy.treshold");
}

TEST(ParsePreset, NamesAFieldOfTheWrongType) {
  const std::vector<std::pair<std::string, json>> wrong = {
      {"/channel", "0"},
      {"/channel", 0.5},
      {"/channel", 1e30},
      {"/name", 3},
      {"/detectors/0/window", "5"},
      {"/detectors/0/dagmm/network/hidden", 64},
      {"/detectors/0/dagmm/network/hidden", json::array({64, "x"})},
      {"/detectors/0/dagmm/network/log_reconstruction", 1},
      {"/detectors/0/dagmm/network/activation", "sigmoid"},
      {"/detectors/0/input", 3},
      {"/detectors/0/energy", "both"},
      {"/detectors/0/pooling", nullptr},
      {"/frontend", json::array()},
      {"/calibration", 3},
      {"/detectors/0/dagmm", nullptr},
      {"/detectors/0/dagmm/mixture/ridge", nullptr},
      {"/detectors/0", json::array()}};
  for (const auto& [pointer, value] : wrong) {
    json preset = monitor_json();
    preset[json::json_pointer(pointer)] = value;
    const std::string field = pointer.substr(pointer.find_last_of('/') + 1);
    expect_refused(preset, field == "0" ? "detectors[0]" : field);
  }
}

TEST(ParsePreset, HoldsEveryNumberToItsBounds) {
  const std::vector<std::pair<std::string, std::vector<double>>> wrong = {
      {"/channel", {-2, 64}},
      {"/detectors/0/window", {0, 4097, -1}},
      {"/detectors/0/step", {0, 4097}},
      {"/detectors/0/members", {0, 33}},
      {"/detectors/0/min_window", {-1, 5000}},
      {"/detectors/0/max_training_rows", {15, 2e7}},
      {"/detectors/0/dagmm/network/latent", {0, 513}},
      {"/detectors/0/dagmm/network/components", {0, 65}},
      {"/detectors/0/dagmm/network/skip_connection", {-0.1, 1.0}},
      {"/detectors/0/dagmm/denoising/noise", {-1, 101}},
      {"/detectors/0/dagmm/denoising/faults", {-1, 101}},
      {"/detectors/0/dagmm/schedule/dropout", {-0.1, 1.0}},
      {"/detectors/0/dagmm/mixture/ridge", {0, -1, 11}},
      {"/detectors/0/dagmm/mixture/em_steps", {-1, 1001}},
      {"/detectors/0/dagmm/schedule/learning_rate", {0, -1, 2}},
      {"/detectors/0/dagmm/schedule/batch_size", {1, 2e6}},
      {"/detectors/0/dagmm/schedule/epochs", {-1, 2e6}},
      {"/detectors/0/dagmm/schedule/max_steps", {-1}},
      {"/detectors/0/dagmm/schedule/gradient_clip", {-1}},
      {"/detectors/0/dagmm/schedule/held_out", {-0.1, 0.6}},
      {"/detectors/0/dagmm/schedule/patience", {0, 1001}},
      {"/detectors/0/dagmm/schedule/min_phi", {-0.1, 1}},
      {"/detectors/0/dagmm/objective/lambda_energy", {-1}},
      {"/calibration/held_out_fraction", {0, 0.9}},
      {"/calibration/clip_false_alarm_rate", {0, 1}},
      {"/calibration/false_alarms_per_hour", {0, 3601}},
      {"/frontend/n_fft", {0, 1e9}},
      {"/frontend/n_mels", {0, 1e9}},
      {"/frontend/sample_rate", {0, 1e9}},
      {"/policy/confirm_k", {0, 17}},
      {"/policy/hold_s", {-1}}};
  for (const auto& [pointer, values] : wrong) {
    for (const double value : values) {
      json preset = monitor_json();
      if (value == static_cast<double>(static_cast<std::int64_t>(value)))
        preset[json::json_pointer(pointer)] = static_cast<std::int64_t>(value);
      else
        preset[json::json_pointer(pointer)] = value;
      EXPECT_FALSE(parse_preset(preset.dump())) << pointer << " = " << value;
    }
  }
}

TEST(ParsePreset, RefusesDetectorListsThatMakeNoSense) {
  json preset = monitor_json();
  preset["detectors"][1]["name"] = preset["detectors"][0]["name"];
  expect_refused(preset, "two detectors");
  preset["detectors"] = json::array();
  expect_refused(preset, "detectors");
  preset.erase("detectors");
  expect_refused(preset, "detectors");
  preset = monitor_json();
  preset["detectors"][0]["name"] = "../../etc";
  expect_refused(preset, "name");
}

TEST(ParsePreset, SaysWhereAFieldOfTheOldFormStandsNow) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {R"("latent": 3)", "dagmm.network.latent"},        {R"("network": "conv")", "dagmm.network.kind"},
      {R"("shortcut": 0.8)", "network.skip_connection"}, {R"("batch": 32)", "schedule.batch_size"},
      {R"("glorot": true)", "schedule.initialization"},  {R"("em_starts": 3)", "no longer"}};
  for (const auto& [field, place] : fields) {
    const auto preset = parse_preset(R"({"name": "x", "detectors": [{"name": "summary", "dagmm": {)" + field + "}}]}");
    ASSERT_FALSE(preset) << field;
    EXPECT_EQ(preset.error().code, ErrorCode::bad_input);
    EXPECT_NE(preset.error().what.find(place), std::string::npos) << preset.error().what;
    EXPECT_NE(preset.error().hint.find("models/presets"), std::string::npos);
  }
}

TEST(ParsePreset, RefusesWhatIsNoJsonObject) {
  for (const char* text : {"", "{", "[]", "null", "3", "\"monitor\"", "{\"name\": \"x\"}{}"})
    EXPECT_FALSE(parse_preset(text)) << text;
  EXPECT_FALSE(parse_preset(std::string(200000, '['))) << "nested deeper than any stack";
  EXPECT_FALSE(parse_preset("{\"name\":" + std::string(100000, '[') + std::string(100000, ']') + "}"));
}

TEST(PresetShipped, CourseModelsHaveTheInputsOfTheReferenceMaterial) {
  struct Expected {
    const char* name;
    Representation input;
    NetworkKind network;
    int width, epochs;
    double seconds;
  };
  for (const Expected& e : {Expected{"course-audio", Representation::waveform, NetworkKind::dense, 80000, 40, 5.0},
                            {"course-mel", Representation::mel, NetworkKind::dense, 155 * 64, 3, 4.992},
                            {"course-cnn-mel", Representation::patch, NetworkKind::conv, 64 * 64, 30, 2.08},
                            {"course-rescnn-mel", Representation::patch, NetworkKind::residual, 64 * 64, 30, 2.08}}) {
    const auto preset = load_preset(e.name);
    ASSERT_TRUE(preset) << to_message(preset.error());
    const DetectorConfig& detector = preset->detectors.front();
    EXPECT_EQ(detector.input, e.input) << e.name;
    EXPECT_EQ(detector.dagmm.network.kind, e.network) << e.name;
    EXPECT_EQ(input_width(detector, preset->frontend), e.width) << e.name;
    EXPECT_NEAR(window_seconds(detector, preset->frontend), e.seconds, 1e-9) << e.name;
    EXPECT_EQ(detector.dagmm.schedule.epochs, e.epochs) << e.name;
    EXPECT_EQ(detector.dagmm.network.latent, 2) << e.name;
    EXPECT_EQ(detector.dagmm.network.components, 2) << e.name;
    if (e.network != NetworkKind::dense) {
      EXPECT_EQ(detector.dagmm.network.hidden, (std::vector<int>{32, 64, 128, 256})) << e.name;
    }
  }
}

TEST(ParsePreset, RefusesInputsAndNetworksThatDoNotFitEachOther) {
  const auto changed = [](const char* name, const std::vector<std::pair<std::string, json>>& changes) {
    json preset = json::parse(to_json(*load_preset(name)));
    for (const auto& [pointer, value] : changes) preset[json::json_pointer(pointer)] = value;
    return preset;
  };
  const std::string detector = "/detectors/0/", network = detector + "dagmm/";
  expect_refused(changed("course-cnn-mel", {{detector + "window", 32}}), "patch");
  expect_refused(changed("course-cnn-mel", {{"/frontend/n_mels", 40}}), "patch");
  expect_refused(changed("course-cnn-mel", {{detector + "energy", "joint"}}), "energy");
  expect_refused(changed("course-cnn-mel", {{detector + "min_window", 16}}), "min_window");
  expect_refused(changed("course-cnn-mel", {{network + "network/hidden", json::array()}}), "hidden");
  expect_refused(changed("course-cnn-mel", {{network + "network/hidden", {2, 2, 2, 2, 2, 2, 2}}}), "hidden");
  expect_refused(changed("course-cnn-mel", {{network + "network/hidden", {2048}}}), "hidden");
  expect_refused(changed("course-cnn-mel", {{network + "network/kind", "transformer"}}), "network");
  expect_refused(changed("course-cnn-mel", {{network + "schedule/initialization", "orthogonal"}}), "orthogonal");
  expect_refused(changed("course-cnn-mel", {{network + "schedule/initialization", "glorot"}}), "glorot");
  expect_refused(changed("course-mel", {{network + "schedule/initialization", "zero"}}), "initialization");
  expect_refused(changed("course-mel", {{network + "denoising/noise", 0.5}}), "whitened");
  expect_refused(changed("course-mel", {{network + "network/skip_connection", 0.5}}), "whitened");
  expect_refused(changed("course-cnn-mel", {{detector + "scaling", "none"}}), "scaling");
  expect_refused(changed("course-mel", {{network + "network/kind", "conv"}}), "network");
  expect_refused(changed("course-mel", {{detector + "window", 1025}}), "window");
  expect_refused(changed("course-mel", {{detector + "energy", "contrast"}}), "energy");
  expect_refused(changed("course-audio", {{detector + "window", (1 << 18) + 1}}), "window");
  expect_refused(changed("course-audio", {{detector + "window", 1000}}), "n_fft");
  expect_refused(changed("course-audio", {{detector + "step", 511}}), "hop_length");
  expect_refused(changed("course-mel", {{detector + "local/whitening", 0.25}}), "whitening");
  expect_refused(changed("monitor", {{detector + "local/whitening", 0.6}}), "whitening");
  expect_refused(changed("monitor", {{detector + "local/neighbours", 65}}), "neighbours");
  expect_refused(changed("monitor", {{detector + "local/distance", "far"}}), "distance");
  expect_refused(changed("monitor", {{detector + "amount/few_components", 0}}), "few_components");
  expect_refused(changed("monitor", {{detector + "amount/few_recordings", -1}}), "amount");
  expect_refused(changed("monitor", {{detector + "amount/few_steps", -1}}), "amount");
  expect_refused(changed("monitor", {{detector + "weight", 0.0}}), "weight");
  expect_refused(changed("monitor", {{"/detectors/1/window", 33}}), "energy");
  expect_refused(changed("monitor", {{network + "network/kind", "residual"}}), "network");
}

}  // namespace
}  // namespace auscult
