// Sensors that are slower or faster than microphones, on the command line.
#include "support/cli.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::machine_sound;
using test::ProcessResult;
using test::TempDir;

// A folder with recordings of one rate, and a model of them.
class Sensor {
 public:
  explicit Sensor(int rate, std::vector<std::string> more = {}) {
    test::write_file(folder_ / "tiny.json", test::tiny_preset_json());
    write(rate, "normal");
    trained_ = train("model.safetensors", std::move(more));
  }
  void write(int rate, const std::string& name, int count = 10) const {
    for (int i = 0; i < count; ++i)
      test::write_sound(folder_ / name / (std::to_string(rate) + "_" + std::to_string(i) + ".wav"),
                        machine_sound(2.0, {.seed = static_cast<unsigned>(i), .rate = rate}), rate);
  }
  ProcessResult train(const std::string& model, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"train", folder_ / "normal", "--preset", folder_ / "tiny.json",
                                          "-o",    folder_ / model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return auscult(arguments);
  }
  json inspected(const std::string& model = "model.safetensors") const {
    return json::parse(auscult({"inspect", folder_ / model, "--json"}).out);
  }
  const ProcessResult& trained() const { return trained_; }
  std::string model() const { return folder_ / "model.safetensors"; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempDir folder_;
  ProcessResult trained_;
};

const Sensor& slow_sensor() {
  static const Sensor sensor(2000);
  return sensor;
}

TEST(TrainCommandRates, ASlowSensorGetsAFrontendThatFitsAndOneLineSaysSo) {
  ASSERT_EQ(slow_sensor().trained().exit_code, 0) << slow_sensor().trained().err;
  EXPECT_EQ(test::count(slow_sensor().trained().err, "note: "), 1) << slow_sensor().trained().err;
  EXPECT_NE(slow_sensor().trained().err.find("analyzes 0 to 1000 Hz"), std::string::npos);
  const json frontend = slow_sensor().inspected()["preset"]["frontend"];
  EXPECT_EQ(frontend["sample_rate"], 2000);
  EXPECT_EQ(frontend["n_fft"], 128);
  EXPECT_EQ(frontend["hop_length"], 64);
  EXPECT_EQ(frontend["f_max"], 1000.0);
}

TEST(TrainCommandRates, TheHighBandNeedsAFastSensorAndUsesIt) {
  const Sensor fast(96000, {"--band", "high"});
  ASSERT_EQ(fast.trained().exit_code, 0) << fast.trained().err;
  EXPECT_EQ(fast.inspected()["preset"]["frontend"]["f_max"], 48000.0);
  fast.write(48000, "normal", 1);
  test::expect_one_message(fast.train("mixed.safetensors", {"--band", "high"}), 3, "48000_0.wav");
  ASSERT_EQ(fast.train("standard.safetensors").exit_code, 0);
  EXPECT_EQ(fast.inspected("standard.safetensors")["preset"]["frontend"]["f_max"], 8000.0);
}

TEST(ScoreCommandRates, TakesEveryRateThatHasTheFrequenciesOfTheModel) {
  for (const int rate : {2000, 16000, 384000}) {
    test::write_sound(slow_sensor() / "a.wav", machine_sound(3.0, {.seed = 50, .rate = rate}), rate);
    const auto scored = auscult({"score", slow_sensor().model(), slow_sensor() / "a.wav", "--format", "jsonl"});
    ASSERT_EQ(scored.exit_code, 0) << scored.err;
    EXPECT_EQ(scored.err, "") << rate;
    const json clip = json::parse(scored.out);
    EXPECT_NEAR(clip["seconds"].get<double>(), 3.0, 0.001) << rate;
    EXPECT_NEAR(clip["detectors"][0]["time"].back().get<double>(), 2.98, 0.04) << rate;
  }
}

TEST(ScoreCommandRates, WarnsOnceAboutRecordingsThatAreTooSlowForTheModel) {
  slow_sensor().write(1000, "slower", 3);
  const auto scored = auscult({"score", slow_sensor().model(), slow_sensor() / "slower"});
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_EQ(test::count(scored.err, "too low for this model"), 1) << scored.err;
  EXPECT_NE(scored.err.find("nothing above 500 Hz"), std::string::npos) << scored.err;
  EXPECT_NE(scored.err.find("2 other recording(s)"), std::string::npos) << scored.err;
}

TEST(ListenCommandRates, HearsAFaultInHertzAndStoresItsSoundAtTheModelsRate) {
  auto night = machine_sound(12.0, {.seed = 60, .rate = 2000});
  for (std::size_t i = 10000; i < night.size(); ++i)
    night[i] += 0.3F * std::sin(2.0F * 3.14159265F * 700.0F * static_cast<float>(i) / 2000.0F);
  test::write_sound(slow_sensor() / "night.wav", night, 2000);
  const auto heard = auscult({"listen", slow_sensor().model(), "--input", slow_sensor() / "night.wav", "--json",
                              "--clip-dir", slow_sensor() / "clips"});
  ASSERT_EQ(heard.exit_code, 0) << heard.err;
  json event;
  for (const json& line : test::json_lines(heard.out))
    if (line["type"] == "event") event = line;
  ASSERT_FALSE(event.is_null());
  EXPECT_LE(event["bands"][0]["from_hz"].get<double>(), 700.0) << event;
  EXPECT_GE(event["bands"][0]["to_hz"].get<double>(), 700.0) << event;
  const auto reader = AudioFileReader::open(event["clip"].get<std::string>());
  ASSERT_TRUE(reader) << to_message(reader.error());
  EXPECT_EQ(reader->info().sample_rate, 2000);
}

TEST(FeaturesCommandRates, AreThoseOfTheModel) {
  test::write_sound(slow_sensor() / "b.wav", machine_sound(10.0, {.rate = 2000}), 2000);
  const auto written =
      auscult({"features", slow_sensor() / "b.wav", "--model", slow_sensor().model(), "-o", slow_sensor() / "b.csv"});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  const auto lines = test::lines_of(test::read_file(slow_sensor() / "b.csv"));
  EXPECT_EQ(lines.size(), 312U) << "31 frames a second";
  EXPECT_EQ(test::count(lines[0], "mel_"), 16) << lines[0];
}

}  // namespace
}  // namespace auscult
