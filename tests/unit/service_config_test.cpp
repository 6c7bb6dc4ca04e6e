// The configuration of `auscult serve`.
#include "service/service_config.h"

#include <string>

#include <gtest/gtest.h>

namespace auscult {
namespace {

constexpr const char* kFleet = R"(
[service]
data = "state"
metrics = "127.0.0.1:9500"

[[source]]
name = "pump-1"
model = "pump.safetensors"
command = "ffmpeg -i rtsp://camera -f s16le -"
raw = "s16le:48000:2"
channel = 1
gain_db = -3
false_alarms_per_hour = 0.1
quiet = ["22:00-06:00", "12:00-12:30"]
on_event = "page"

[[source]]
name = "fan"
model = "/models/fan.safetensors"
device = ""
threshold = 4
)";

ParsedConfig parse(const std::string& text) {
  return parse_service_config(text, "/etc/auscult/fleet.toml");
}

// The first problem of one source with these lines.
std::string problem_of(const std::string& lines) {
  const ParsedConfig parsed = parse("[[source]]\nname = \"a\"\nmodel = \"m\"\n" + lines);
  if (parsed.problems.empty()) return "none";
  return std::to_string(parsed.problems.front().line) + ": " + parsed.problems.front().what;
}

TEST(ServiceConfig, ReadsEverySourceWithItsModelAndPlace) {
  const ParsedConfig parsed = parse(kFleet);
  ASSERT_TRUE(parsed.problems.empty()) << to_text(parsed.problems, "fleet.toml");
  const ServiceConfig& config = parsed.config;
  EXPECT_EQ(config.data, "/etc/auscult/state") << "relative to the file";
  EXPECT_EQ(config.metrics, (ServiceAddress{"127.0.0.1", 9500}));
  ASSERT_EQ(config.sources.size(), 2U);
  const ServiceSource& pump = config.sources[0];
  EXPECT_EQ(pump.name, "pump-1");
  EXPECT_EQ(pump.model, "/etc/auscult/pump.safetensors");
  EXPECT_EQ(pump.kind, SourceKind::command);
  ASSERT_TRUE(pump.raw.has_value());
  EXPECT_EQ(pump.raw->sample_rate, 48000);
  EXPECT_EQ(pump.raw->channels, 2);
  EXPECT_EQ(pump.channel, 1);
  EXPECT_EQ(pump.gain_db, -3.0);
  EXPECT_EQ(pump.false_alarms_per_hour, 0.1);
  EXPECT_EQ(pump.quiet, (std::vector<QuietSpan>{{22 * 60, 6 * 60}, {12 * 60, 12 * 60 + 30}}));
  EXPECT_EQ(pump.on_event, "page");
  EXPECT_EQ(pump.line, 6);
  EXPECT_EQ(config.sources[1].kind, SourceKind::device);
  EXPECT_EQ(config.sources[1].model, "/models/fan.safetensors");
  EXPECT_EQ(config.sources[1].threshold, 4.0);
}

TEST(ServiceConfig, NamesTheLineOfEachProblem) {
  EXPECT_EQ(problem_of("device = \"x\"\nthreshhold = 3\n"), "5: threshhold is unknown");
  EXPECT_EQ(problem_of("device = \"x\"\nthreshold = \"3\"\n"), "5: threshold is not a number in its range");
  EXPECT_EQ(problem_of("device = \"x\"\nthreshold = nan\n"), "5: threshold is not a number in its range");
  EXPECT_EQ(problem_of("device = \"x\"\nthreshold = -1\n"), "5: threshold is not a number in its range");
  EXPECT_EQ(problem_of("device = \"x\"\nthreshold = 3\nfalse_alarms_per_hour = 1\n"),
            "6: threshold and false_alarms_per_hour exclude each other");
  EXPECT_EQ(problem_of("device = \"x\"\nchannel = 1.5\n"), "5: channel is not a whole number");
  EXPECT_EQ(problem_of("device = \"x\"\nquiet = \"22:00-06:00\"\n"), "5: quiet is not a list");
  EXPECT_EQ(problem_of("device = \"x\"\nquiet = [\"22-6\"]\n"), "5: quiet: 22-6 is no span of time of day");
  EXPECT_EQ(problem_of("device = \"x\"\nraw = \"s16le:16000:1\"\n"), "5: raw is for a pipe or a command");
  EXPECT_EQ(problem_of("pipe = \"p\"\nraw = \"s99\"\n").substr(0, 7), "5: raw:");
  EXPECT_EQ(problem_of("device = \"x\"\nloop = true\n"), "5: loop is for a recording");
  EXPECT_EQ(problem_of("device = 7\n"), "4: device is not a text");
  EXPECT_EQ(problem_of("command = \"\"\n"), "4: command is empty");
  EXPECT_EQ(problem_of(""), "1: the source has no sound");
  EXPECT_EQ(problem_of("device = \"x\"\npipe = \"p\"\n"), "1: the source has sound from several places");
}

TEST(ServiceConfig, RefusesNamesThatAreMissingDoubleOrUnusable) {
  EXPECT_EQ(parse("[[source]]\nmodel = \"m\"\ndevice = \"\"\n").problems.front().what, "the source has no usable name");
  EXPECT_EQ(parse("[[source]]\nname = \"../x\"\nmodel = \"m\"\ndevice = \"\"\n").problems.front().line, 2);
  const auto twice = parse(
      "[[source]]\nname = \"a\"\nmodel = \"m\"\npipe = \"p\"\n[[source]]\nname = \"a\"\nmodel = \"m\"\npipe = \"q\"\n");
  ASSERT_EQ(twice.problems.size(), 1U);
  EXPECT_EQ(twice.problems.front().what, "there are two sources named a");
  EXPECT_EQ(twice.problems.front().line, 5);
}

TEST(ServiceConfig, TakesSeveralDevices) {
  const auto two = parse(
      "[[source]]\nname = \"a\"\nmodel = \"m\"\ndevice = \"x\"\n[[source]]\nname = \"b\"\nmodel = \"m\"\ndevice = "
      "\"y\"\n");
  EXPECT_TRUE(two.problems.empty()) << to_text(two.problems, "fleet.toml");
}

TEST(ServiceConfig, ReadsTheWebhook) {
  const std::string source = "[[source]]\nname = \"a\"\nmodel = \"m\"\npipe = \"p\"\n";
  const auto good = parse("[webhook]\nurl = \"https://x/y\"\nsecret_file = \"key\"\ntimeout = 3\n" + source);
  ASSERT_TRUE(good.problems.empty()) << to_text(good.problems, "fleet.toml");
  EXPECT_EQ(good.config.webhook, (WebhookConfig{"https://x/y", "/etc/auscult/key", "", 3.0}));
  const auto bad = parse("[webhook]\nurl = \"file:///etc/passwd\"\nsecret = \"abc\"\n" + source);
  ASSERT_EQ(bad.problems.size(), 2U);
  EXPECT_EQ(bad.problems[0].line, 2);
  EXPECT_EQ(bad.problems[1].what, "webhook: secret is unknown") << "it does not belong into this file";
}

TEST(ServiceConfig, SaysWhereTheFileIsNoToml) {
  const ParsedConfig parsed = parse("[service]\nmetrics = \n");
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(parsed.problems.front().line, 2);
  EXPECT_EQ(to_text(parsed.problems, "fleet.toml").substr(0, 13), "fleet.toml:2:");
}

TEST(ServiceConfig, RefusesAFileWithoutSources) {
  EXPECT_EQ(parse("").problems.front().what, "there is no source");
  EXPECT_EQ(parse("source = 3").problems.front().what, "there is no source");
  EXPECT_EQ(parse("sources = 3").problems.front().what, "sources is unknown");
}

TEST(ServiceConfig, OfAFileThatIsMissingOrAFolderIsAnError) {
  EXPECT_EQ(load_service_config("/nonexistent/fleet.toml").error().code, ErrorCode::file_not_found);
  EXPECT_EQ(load_service_config("/tmp").error().code, ErrorCode::file_not_found);
}

TEST(ParseAddress, KnowsTheUsualSpellings) {
  EXPECT_EQ(*parse_address("127.0.0.1:9464"), (ServiceAddress{"127.0.0.1", 9464}));
  EXPECT_EQ(*parse_address("[::1]:80"), (ServiceAddress{"::1", 80}));
  EXPECT_EQ(*parse_address(":1"), (ServiceAddress{"127.0.0.1", 1}));
  EXPECT_EQ(*parse_address("9464"), (ServiceAddress{"127.0.0.1", 9464}));
  for (const char* text : {"", "host:", "host:x", "host:65536", "host:-1", "1 2"})
    EXPECT_FALSE(parse_address(text).has_value()) << text;
}

}  // namespace
}  // namespace auscult
