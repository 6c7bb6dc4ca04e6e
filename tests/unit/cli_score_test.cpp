// `auscult score`, `listen --input` and `evaluate` as a user meets them; above all: listening gives the same energies.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/cli.h"
#include "support/wait.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::auscult;
using test::machine_sound;
using test::ProcessResult;
using test::TempDir;
using test::workshop;

std::vector<json> scored(const std::vector<std::string>& inputs, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"score", workshop().model(), "--format", "jsonl"};
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = auscult(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return test::json_lines(result.out);
}

// Every energy, dagmm and u that `listen` prints, per detector, against those of `score`.
void expect_same_energies(const std::string& wav) {
  const json score = scored({wav}).at(0);
  const auto result = auscult({"listen", workshop().model(), "--input", wav, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = test::json_lines(result.out);
  std::size_t compared = 0;
  for (const json& detector : score["detectors"]) {
    std::size_t next = 0;
    for (const json& line : lines) {
      if (line["type"] != "energy" || !line["detectors"].contains(detector["name"])) continue;
      const json& value = line["detectors"][std::string(detector["name"])];
      ASSERT_LT(next, detector["energy"].size());
      ASSERT_EQ(value["energy"].get<double>(), detector["energy"][next].get<double>());
      ASSERT_EQ(value["dagmm"].get<double>(), detector["dagmm"][next].get<double>());
      ASSERT_EQ(value["u"].get<double>(), detector["u"][next].get<double>());
      ASSERT_EQ(line["time"].get<double>(), detector["time"][next].get<double>());
      ASSERT_EQ(line["frame"], detector["frame"][next]);
      ++next;
      ++compared;
    }
    EXPECT_EQ(next, detector["energy"].size()) << detector["name"];
  }
  EXPECT_GT(compared, 0U);
  EXPECT_EQ(lines.back()["type"], "summary");
  EXPECT_EQ(lines.back()["dropped"], 0);
}

TEST(ListenCommand, GivesTheSameEnergiesAsScoreBitForBit) {
  const TempDir folder;
  test::write_sound(folder / "mono.wav", machine_sound(5.0, {.fault = 0.1, .fault_begin_s = 2.0}));
  expect_same_energies(folder / "mono.wav");
  test::write_sound(folder / "eight.wav", test::in_channel(machine_sound(3.0), 8, 0), 16000, 8,
                    AudioEncoding::wav_extensible_pcm16);
  expect_same_energies(folder / "eight.wav");
  test::write_sound(folder / "fast.wav", test::in_channel(machine_sound(3.0, {.rate = 48000}), 2, 0), 48000, 2,
                    AudioEncoding::wav_pcm16);
  expect_same_energies(folder / "fast.wav");
  test::write_sound(folder / "old.flac", machine_sound(3.0, {.rate = 44100}), 44100, 1, AudioEncoding::flac_pcm16);
  expect_same_energies(folder / "old.flac");
  auto damaged = machine_sound(5.0);
  for (std::size_t i = 30000; i < 33000; ++i) damaged[i] = std::numeric_limits<float>::quiet_NaN();
  test::write_sound(folder / "damaged.wav", damaged);
  expect_same_energies(folder / "damaged.wav");
}

TEST(ListenCommand, ReportsAnEventOnStdoutInTheLogAndToTheCommand) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(14.0, {.fault = 0.3, .fault_begin_s = 5.0, .fault_end_s = 8.0}));
  const auto result = auscult({"listen", workshop().model(), "--input", folder / "a.wav", "--json", "--event-log",
                               folder / "events.jsonl", "--clip-dir", folder / "clips", "--on-event",
                               "printf '%s' \"$AUSCULT_EVENT\" > '" + (folder / "seen.json").string() + "'"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<json> events;
  for (const json& line : test::json_lines(result.out))
    if (line["type"] == "event") events.push_back(line);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["edge"], "began");
  EXPECT_NEAR(events[1]["start_s"].get<double>(), 5.0, 0.3);
  EXPECT_TRUE(std::filesystem::exists(events[1]["clip"].get<std::string>()));
  EXPECT_EQ(test::json_lines(test::read_file(folder / "events.jsonl")).size(), 2U);
  ASSERT_TRUE(test::eventually([&] {
    return std::filesystem::exists(folder / "seen.json") && json::accept(test::read_file(folder / "seen.json"));
  }));
  EXPECT_EQ(json::parse(test::read_file(folder / "seen.json"))["id"], events[0]["id"]);
  const auto people = auscult({"listen", workshop().model(), "--input", folder / "a.wav"});
  EXPECT_NE(people.out.find("ALARM"), std::string::npos);
  EXPECT_NE(people.out.find("1 event(s)"), std::string::npos);
}

TEST(ListenCommand, TakesAThresholdAndALength) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(14.0, {.fault = 0.3, .fault_begin_s = 5.0, .fault_end_s = 8.0}));
  const auto deaf =
      auscult({"listen", workshop().model(), "--input", folder / "a.wav", "--json", "--threshold", "1e9"});
  EXPECT_EQ(test::json_lines(deaf.out).back()["events"], 0);
  const auto shorter =
      auscult({"listen", workshop().model(), "--input", folder / "a.wav", "--realtime", "--json", "--seconds", "1"});
  EXPECT_EQ(shorter.exit_code, 0) << shorter.err;
  EXPECT_LT(test::json_lines(shorter.out).back()["seconds"].get<double>(), 3.0);
}

TEST(ScoreCommand, CsvHasOneRowAFileAndTheDecision) {
  const TempDir folder;
  test::write_sound(folder / "fine.wav", machine_sound(3.0, {.seed = 300}));
  test::write_sound(folder / "odd, \"really\".wav", machine_sound(3.0, {.seed = 300, .fault = 0.5}));
  const auto result = auscult({"score", workshop().model(), folder.path()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = test::lines_of(result.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "file,score,threshold,decision,events");
  EXPECT_EQ(lines[1].find((folder / "fine.wav").string() + ","), 0U);
  EXPECT_EQ(lines[2].front(), '"');
  EXPECT_NE(lines[2].find("odd, \"\"really\"\".wav\","), std::string::npos) << lines[2];
  EXPECT_NE(lines[2].find(",1,1"), std::string::npos) << lines[2];
}

TEST(ScoreCommand, GivesARowForEachSpanWhereAsked) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(9.0, {.fault = 0.3, .fault_begin_s = 4.5, .fault_end_s = 7.5}));
  test::write_file(folder / "b.wav", "no sound");
  const auto run = [&](const char* format) {
    return auscult({"score", workshop().model(), folder.path(), "--every", "4", "--format", format}).out;
  };
  const auto csv = test::lines_of(run("csv"));
  ASSERT_EQ(csv.size(), 5U);
  EXPECT_EQ(csv[0], "file,score,threshold,decision,events,start_s,end_s");
  EXPECT_TRUE(csv[1].ends_with(",0,0,4")) << csv[1];
  EXPECT_TRUE(csv[2].ends_with(",1,1,4,8")) << csv[2];
  EXPECT_TRUE(csv[3].ends_with(",8,9")) << csv[3];
  EXPECT_EQ(csv[4], (folder / "b.wav").string() + ",,,,,,");
  const auto objects = test::json_lines(run("jsonl"));
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(objects[1]["start_s"], 4.0);
  EXPECT_EQ(objects[1]["end_s"], 8.0);
  EXPECT_EQ(objects[1]["seconds"], 4.0);
  EXPECT_EQ(objects[1]["events"], 1);
  for (const json& time : objects[1]["detectors"][0]["time"]) EXPECT_GT(time.get<double>(), 4.0);
  const auto labels = test::lines_of(run("audacity"));
  ASSERT_EQ(labels.size(), 3U);
  EXPECT_EQ(labels[1].find("4.000000\t8.000000\tanomalous"), 0U) << labels[1];
}

TEST(ScoreCommand, ASpanOfUnusableSoundHasARowWithoutScore) {
  const TempDir folder;
  auto samples = machine_sound(6.0);
  std::fill(samples.begin() + 31000, samples.begin() + 65000, std::numeric_limits<float>::quiet_NaN());
  test::write_sound(folder / "a.wav", samples);
  const auto csv = test::lines_of(auscult({"score", workshop().model(), folder / "a.wav", "--every", "2"}).out);
  ASSERT_EQ(csv.size(), 4U);
  EXPECT_EQ(csv[2], (folder / "a.wav").string() + ",,,,0,2,4");
}

TEST(ScoreCommand, RefusesSpansWhereTheyMakeNoSense) {
  test::expect_one_message(
      auscult({"score", workshop().model(), workshop().normal(), "--every", "10", "--format", "dcase"}), 2, "dcase");
  EXPECT_EQ(auscult({"score", workshop().model(), workshop().normal(), "--every", "0"}).exit_code, 2);
}

// Long enough that a fault of one second does not raise the pooled energies above the threshold.
std::string night_with_a_short_fault(const TempDir& folder) {
  test::write_sound(folder / "night.wav",
                    machine_sound(300.0, {.fault = 0.02, .fault_begin_s = 100.0, .fault_end_s = 101.0}));
  return folder / "night.wav";
}

TEST(ScoreCommand, TellsAnAlarmThatTheDecisionOfALongRecordingDoesNotShow) {
  const TempDir folder;
  const std::string night = night_with_a_short_fault(folder);
  const auto result = auscult({"score", workshop().model(), night});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(test::lines_of(result.out).at(1).ends_with(",0,1")) << result.out;
  EXPECT_EQ(test::lines_of(result.err).size(), 1U) << result.err;
  for (const char* word : {"night.wav", "100.", "listen", "--every 10"})
    EXPECT_NE(result.err.find(word), std::string::npos) << word << ": " << result.err;
  const auto spans = auscult({"score", workshop().model(), night, "--every", "10"});
  EXPECT_EQ(spans.err, "") << "a decision shows it";
  EXPECT_EQ(auscult({"score", workshop().model(), night, "--every", "10", "--fail-on-anomaly"}).exit_code, 10);
}

TEST(ScoreCommand, CountsTheAlarmsThatListenRaises) {
  const TempDir folder;
  const std::string night = night_with_a_short_fault(folder);
  int alarms = 0;
  for (const json& line : test::json_lines(auscult({"listen", workshop().model(), "--input", night, "--json"}).out))
    alarms += line["type"] == "event" && line["edge"] == "began";
  EXPECT_EQ(scored({night}).at(0)["events"], alarms);
  EXPECT_EQ(alarms, 1);
}

TEST(ScoreCommand, CsvAndJsonlAgreeExactly) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(3.0, {.fault = 0.02}));
  const auto csv = test::lines_of(auscult({"score", workshop().model(), folder / "a.wav"}).out).at(1);
  const json object = scored({folder / "a.wav"}).at(0);
  std::istringstream cells(csv);
  std::string file, score, threshold;
  std::getline(cells, file, ',');
  std::getline(cells, score, ',');
  std::getline(cells, threshold, ',');
  EXPECT_EQ(std::stod(score), object["score"].get<double>());
  EXPECT_EQ(std::stod(threshold), object["threshold"].get<double>());
}

TEST(ScoreCommand, KeepsTheOrderOfItsInputs) {
  const TempDir folder;
  for (const char* name : {"z.wav", "folder/b.wav", "folder/a.wav", "c.wav"})
    test::write_sound(folder / name, machine_sound(1.0));
  const auto result = auscult(
      {"score", workshop().model(), folder / "z.wav", folder / "folder", folder / "none.wav", folder / "c.wav"});
  EXPECT_EQ(result.exit_code, 3);
  std::vector<std::string> names;
  for (const std::string& line : test::lines_of(result.out))
    names.push_back(std::filesystem::path(line.substr(0, line.find(','))).filename());
  EXPECT_EQ(names, (std::vector<std::string>{"file", "z.wav", "a.wav", "b.wav", "none.wav", "c.wav"}));
}

TEST(ScoreCommand, DoesNotDependOnTheNumberOfJobs) {
  const auto score = [](const std::string& jobs) {
    return auscult({"score", workshop().model(), workshop().normal(), "--jobs", jobs, "--format", "jsonl"}).out;
  };
  const std::string one = score("1");
  EXPECT_EQ(test::lines_of(one).size(), 12U);
  EXPECT_TRUE(one == score("2"));
  EXPECT_TRUE(one == score("7"));
}

TEST(ScoreCommand, FailsOnAnomalyWhereAsked) {
  const TempDir folder;
  test::write_sound(folder / "odd.wav", machine_sound(3.0, {.fault = 0.5}));
  EXPECT_EQ(auscult({"score", workshop().model(), folder / "odd.wav"}).exit_code, 0);
  EXPECT_EQ(auscult({"score", workshop().model(), folder / "odd.wav", "--fail-on-anomaly"}).exit_code, 10);
  const auto normal = scored({workshop().normal()});
  for (const json& clip : normal)
    if (clip["decision"] == 0) {
      EXPECT_EQ(auscult({"score", workshop().model(), clip["file"].get<std::string>(), "--fail-on-anomaly"}).exit_code,
                0);
      break;
    }
}

TEST(ScoreCommand, OtherFormats) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(2.0));
  test::write_sound(folder / "b.wav", machine_sound(3.0, {.fault = 0.5}));
  const auto dcase = test::lines_of(auscult({"score", workshop().model(), folder.path(), "--format", "dcase"}).out);
  ASSERT_EQ(dcase.size(), 2U);
  EXPECT_EQ(dcase[0].find("a.wav,"), 0U);
  const auto labels = test::lines_of(auscult({"score", workshop().model(), folder.path(), "--format", "audacity"}).out);
  ASSERT_EQ(labels.size(), 2U);
  EXPECT_EQ(labels[0].find("0.000000\t2.000000\t"), 0U) << labels[0];
  EXPECT_EQ(labels[1].find("2.000000\t5.000000\tanomalous"), 0U) << labels[1];
}

struct DcaseTree {
  DcaseTree() {
    test::write_sound(folder / "fan/test/section_00_0000.wav", machine_sound(2.0));
    test::write_sound(folder / "fan/test/section_00_0001.wav", machine_sound(2.0, {.fault = 0.5}));
    test::write_sound(folder / "pump/test/section_02_target_test_normal_0000_speed_1.wav", machine_sound(2.0));
  }
  ProcessResult score(const std::string& output) const {
    return auscult({"score", workshop().model(), folder / "fan", folder / "pump", "--format", "dcase", "-o", output});
  }
  TempDir folder;
};

TEST(ScoreCommandDcase, WritesTheTwoFilesOfEachSectionIntoAFolder) {
  const DcaseTree tree;
  const auto result = tree.score(tree.folder / "team");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  const auto lines = [&](const std::string& name) {
    return test::lines_of(test::read_file(tree.folder / "team" / (name + ".csv")));
  };
  const auto scores = lines("anomaly_score_fan_section_00_test");
  ASSERT_EQ(scores.size(), 2U) << "no header";
  EXPECT_EQ(scores[0].find("section_00_0000.wav,"), 0U) << scores[0];
  const json fault = scored({tree.folder / "fan/test/section_00_0001.wav"}).at(0);
  EXPECT_EQ(std::stod(scores[1].substr(scores[1].find(',') + 1)), fault["score"].get<double>());
  EXPECT_EQ(lines("decision_result_fan_section_00_test"),
            (std::vector<std::string>{"section_00_0000.wav,0", "section_00_0001.wav,1"}));
  EXPECT_EQ(lines("decision_result_pump_section_02_test"),
            (std::vector<std::string>{"section_02_target_test_normal_0000_speed_1.wav,0"}));
  EXPECT_EQ(lines("anomaly_score_pump_section_02_test").size(), 1U);
  EXPECT_EQ(tree.score(tree.folder / "team").exit_code, 0) << "an existing folder is used again";
}

TEST(ScoreCommandDcase, ANameWithAnExtensionIsOneFileOfScores) {
  const DcaseTree tree;
  ASSERT_EQ(tree.score(tree.folder / "scores.csv").exit_code, 0);
  EXPECT_EQ(test::lines_of(test::read_file(tree.folder / "scores.csv")).size(), 3U);
}

TEST(ScoreCommandDcase, NeedsMachineAndSectionInTheNames) {
  const TempDir folder;
  test::write_sound(folder / "a.wav", machine_sound(2.0));
  test::expect_one_message(
      auscult({"score", workshop().model(), folder / "a.wav", "--format", "dcase", "-o", folder / "team"}), 3,
      "section");
  EXPECT_FALSE(std::filesystem::exists(folder / "team"));
  test::write_file(folder / "file", "in the way");
  const DcaseTree tree;
  test::expect_one_message(tree.score(folder / "file" / "team"), 6, "team");
}

TEST(ScoreCommand, WritesItsOutputAtOnceAndReplacesAnOlderOne) {
  const TempDir folder;
  test::write_file(folder / "scores.csv", "old");
  const auto result = auscult({"score", workshop().model(), workshop().normal(), "-o", folder / "scores.csv"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(test::lines_of(test::read_file(folder / "scores.csv")).size(), 13U);
}

TEST(ScoreCommand, TellsDamageAndAMachineThatIsOff) {
  const TempDir folder;
  auto samples = machine_sound(5.0);
  samples[40000] = std::numeric_limits<float>::quiet_NaN();
  test::write_sound(folder / "damaged.wav", samples);
  test::write_sound(folder / "off.wav", machine_sound(3.0, {.gain = 1e-4, .fault = 0.5}));
  const auto result = auscult({"score", workshop().model(), folder.path(), "--format", "jsonl"});
  EXPECT_EQ(result.exit_code, 0);
  const auto clips = test::json_lines(result.out);
  EXPECT_EQ(clips[0]["invalid_samples"], 1);
  EXPECT_NE(result.err.find("damaged.wav"), std::string::npos);
  EXPECT_EQ(clips[1]["running"], false);
  EXPECT_EQ(clips[1]["decision"], 0);
}

TEST(EvaluateCommand, PrintsOneJsonObjectOrATableAndAPage) {
  const TempDir folder;
  test::write_normal_clips(folder / "n", 6, 2.0, 700);
  test::write_normal_clips(folder / "a", 6, 2.0, 800, 0.2);
  const std::vector<std::string> base = {"evaluate",   workshop().model(), "--normal",
                                         folder / "n", "--abnormal",       folder / "a"};
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return auscult(more);
  };
  const auto machine = with({"--json", "--html", folder / "page.html"});
  ASSERT_EQ(machine.exit_code, 0) << machine.err;
  const json object = json::parse(machine.out);
  EXPECT_EQ(test::lines_of(machine.out).size(), 1U);
  EXPECT_EQ(object["mean"]["fused"]["auc"], 1.0) << "the whine is plain";
  for (const char* name : {"untrained", "mahalanobis", "template"}) EXPECT_TRUE(object["mean"].contains(name)) << name;
  EXPECT_NE(test::read_file(folder / "page.html").find("<svg"), std::string::npos);
  const auto people = with({});
  EXPECT_NE(people.out.find("fused"), std::string::npos);
  const auto trained = auscult({"evaluate", workshop().model(), "--normal", workshop().normal(), "--normal",
                                folder / "n", "--abnormal", folder / "a", "--json"});
  EXPECT_EQ(json::parse(trained.out)["excluded"], 12);
}

TEST(EvaluateCommand, GivesTheChallengesFiguresForDcaseNames) {
  const TempDir folder;
  const auto add = [&](const std::string& name, double fault, unsigned seed) {
    test::write_sound(folder / "fan/test" / ("section_00_" + name + "_a.wav"),
                      machine_sound(2.0, {.seed = seed, .fault = fault}));
  };
  for (unsigned i = 0; i < 3; ++i) {
    const std::string number = "000" + std::to_string(i);
    add("source_test_normal_" + number, 0.0, 900 + i);
    add("target_test_normal_" + number, 0.3, 910 + i);
    add("source_test_anomaly_" + number, 0.2, 920 + i);
    add("target_test_anomaly_" + number, 0.4, 930 + i);
  }
  const auto result = auscult({"evaluate", workshop().model(), folder.path(), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json row = json::parse(result.out)["dcase"]["rows"].at(0);
  EXPECT_EQ(row["auc_source"], 1.0);
  EXPECT_EQ(row["auc_target"], 0.5) << "the weaker half of all anomalies lies below";
  EXPECT_EQ(row["normals_source"], 3);
  EXPECT_EQ(row["abnormals"], 6);
  EXPECT_NE(auscult({"evaluate", workshop().model(), folder.path()}).out.find("DCASE challenge"), std::string::npos);
}

TEST(BenchmarkCommand, TrainsAndEvaluatesEveryMachine) {
  const TempDir folder;
  for (const char* id : {"id_00", "id_02"}) {
    test::write_normal_clips(folder / "6_dB_pump/pump" / id / "normal", 14, 3.0, static_cast<unsigned>(id[4]) * 10U);
    test::write_normal_clips(folder / "6_dB_pump/pump" / id / "abnormal", 4, 1.0, 50, 0.2);
  }
  const auto result = auscult({"benchmark", folder.path(), "--preset", workshop().preset(), "--seeds", "2", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json object = json::parse(result.out);
  int fused = 0;
  for (const json& row : object["rows"]) {
    if (row["score"] != "fused") continue;
    ++fused;
    EXPECT_EQ(row["group"], "6dB");
    EXPECT_EQ(row["seeds"], 2);
    EXPECT_TRUE(row.contains("auc_sd"));
    EXPECT_GT(row["auc"].get<double>(), 0.9);
  }
  EXPECT_EQ(fused, 2);
}

}  // namespace
}  // namespace auscult
