// auscult devices: what it prints where, and its exit codes.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/pulse.h"

namespace auscult {
namespace {

using test::PulseNullSink;
using test::TempDir;

test::Environment configuration(const TempDir& folder, const std::string& text) {
  test::write_file(folder / "asound.conf", text);
  return {{"ALSA_CONFIG_PATH", folder / "asound.conf"}};
}

TEST(DevicesCommand, ListsTheNullSinkAsJsonAndNothingElse) {
  AUSCULT_REQUIRE_PULSE();
  const PulseNullSink pulse;
  const auto result = test::auscult({"devices", "--json"}, pulse.environment());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const auto document = nlohmann::json::parse(result.out);
  ASSERT_EQ(document.at("devices").size(), 1u);
  const auto& device = document["devices"][0];
  EXPECT_EQ(device.at("name"), "default");
  EXPECT_EQ(device.at("host_api"), "ALSA");
  EXPECT_GE(device.at("channels").get<int>(), 1);
  EXPECT_GT(device.at("sample_rate").get<double>(), 0);
  EXPECT_GT(device.at("latency").get<double>(), 0);
  EXPECT_EQ(device.at("default"), true);
}

TEST(DevicesCommand, MarksTheDefaultInTheTable) {
  AUSCULT_REQUIRE_PULSE();
  const PulseNullSink pulse;
  const auto result = test::auscult({"devices"}, pulse.environment());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.out.find("* default"), std::string::npos) << result.out;
}

TEST(DevicesCommand, SaysPlainlyThatThereIsNoMicrophone) {
  const TempDir folder;
  const auto result = test::auscult({"devices", "--json"},
                                    configuration(folder, "pcm.default { type pulse server \"unix:/nonexistent\" }\n"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(result.out), nlohmann::json::parse(R"({"devices": []})"));
  EXPECT_NE(result.err.find("no microphone"), std::string::npos) << result.err;
}

TEST(DevicesCommand, EndsWithTheDeviceCodeWhereTheConfigurationIsUnusable) {
  const TempDir folder;
  for (const std::string text : {"pcm.other { type null }\n", "pcm.default { type null\n", ""}) {
    const auto result = test::auscult({"devices", "--json"}, configuration(folder, text));
    EXPECT_EQ(result.exit_code, 5) << text;
    EXPECT_EQ(result.out, "") << text;
    EXPECT_NE(result.err.find("sound configuration"), std::string::npos) << result.err;
  }
}

TEST(DevicesCommand, GivesUpOnAFrozenServer) {
  AUSCULT_REQUIRE_PULSE();
  PulseNullSink pulse;
  pulse.freeze();
  const auto result = test::auscult({"devices", "--json"}, pulse.environment());
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("does not answer"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace auscult
