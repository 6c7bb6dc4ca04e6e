// Bad input on the command line: each ends in one clear message on stderr, nothing on stdout, and the right exit code.
#include <csignal>
#include <limits>

#include "support/cli.h"
#include "support/wait.h"

namespace auscult {
namespace {

using test::auscult;
using test::expect_one_message;
using test::machine_sound;
using test::Samples;
using test::TempDir;
using test::workshop;
using test::write_sound;

// The same bad recording for every command that reads recordings.
void expect_everywhere(const std::string& recording, const std::string& word) {
  expect_one_message(
      auscult({"train", recording, "--preset", workshop().preset(), "-o", workshop() / "new.safetensors"}), 3, word);
  EXPECT_FALSE(std::filesystem::exists(workshop() / "new.safetensors"));
  expect_one_message(auscult({"score", workshop().model(), recording, "--format", "jsonl", "-o", workshop() / "out"}),
                     3, word);
  expect_one_message(auscult({"features", recording, "-o", workshop() / "f.csv"}), 3, word);
}

TEST(ScoreCommandBadRecording, Missing) {
  expect_everywhere(workshop() / "none.wav", "none.wav");
  expect_one_message(
      auscult({"evaluate", workshop().model(), "--normal", workshop().normal(), "--abnormal", workshop() / "none"}), 3,
      "none");
}

TEST(ScoreCommandBadRecording, AnEmptyFolder) {
  std::filesystem::create_directories(workshop() / "empty");
  expect_everywhere(workshop() / "empty", "empty");
}

TEST(ScoreCommandBadRecording, ATextFileNamedWav) {
  test::write_file(workshop() / "text.wav", "Dear diary, the pump sounds odd today.\n");
  expect_everywhere(workshop() / "text.wav", "not an audio file");
}

TEST(ScoreCommandBadRecording, AWavThatIsCutShort) {
  write_sound(workshop() / "whole.wav", machine_sound(3.0), 16000, 1, AudioEncoding::wav_pcm16);
  const std::string bytes = test::read_file(workshop() / "whole.wav");
  test::write_file(workshop() / "cut.wav", bytes.substr(0, bytes.size() / 2));
  expect_everywhere(workshop() / "cut.wav", "cut short");
}

TEST(ScoreCommandBadRecording, AWavWithoutSamples) {
  write_sound(workshop() / "zero.wav", {}, 16000, 1, AudioEncoding::wav_pcm16);
  expect_everywhere(workshop() / "zero.wav", "no samples");
}

TEST(ScoreCommandBadRecording, AFloatWavOfNothingButNan) {
  const std::string nan = workshop() / "nan.wav";
  write_sound(nan, Samples(48000, std::numeric_limits<float>::quiet_NaN()));
  expect_one_message(auscult({"score", workshop().model(), nan, "-o", workshop() / "out"}), 3, "not finite");
  const auto listened = auscult({"listen", workshop().model(), "--input", nan});
  EXPECT_EQ(listened.exit_code, 3) << "nothing could be judged";
  EXPECT_NE(listened.err.find("not finite"), std::string::npos) << listened.err;
  for (int i = 0; i < 10; ++i)
    write_sound(workshop() / "nans" / (std::to_string(i) + ".wav"),
                Samples(48000 + static_cast<std::size_t>(i), std::numeric_limits<float>::quiet_NaN()));
  expect_one_message(
      auscult({"train", workshop() / "nans", "--preset", workshop().preset(), "-o", workshop() / "new.safetensors"}), 3,
      "not finite");
}

TEST(ScoreCommandBadRecording, TooShortOne) {
  write_sound(workshop() / "short.wav", machine_sound(0.1));
  expect_one_message(auscult({"score", workshop().model(), workshop() / "short.wav", "-o", workshop() / "out"}), 3,
                     "too short");
  write_sound(workshop() / "shorter.wav", machine_sound(0.01));
  const auto listened = auscult({"listen", workshop().model(), "--input", workshop() / "shorter.wav", "--json"});
  EXPECT_EQ(listened.exit_code, 3);
  EXPECT_NE(listened.err.find("too short"), std::string::npos) << listened.err;
  for (const auto& line : test::json_lines(listened.out)) EXPECT_EQ(line["type"], "summary") << "stdout is still JSON";
}

TEST(ListenCommandBadRecording, ListenNamesItToo) {
  test::write_file(workshop() / "text2.wav", "no sound");
  expect_one_message(auscult({"listen", workshop().model(), "--input", workshop() / "text2.wav", "--json"}), 3,
                     "not an audio file");
  expect_one_message(auscult({"listen", workshop().model(), "--input", workshop() / "none.wav"}), 3, "none.wav");
}

TEST(ScoreCommandOneBadFile, AmongGoodOnesLeavesAnEmptyScore) {
  const TempDir folder;
  write_sound(folder / "a.wav", machine_sound(2.0));
  test::write_file(folder / "b.wav", "no sound");
  write_sound(folder / "c.wav", machine_sound(2.0));
  const auto result = auscult({"score", workshop().model(), folder.path()});
  EXPECT_EQ(result.exit_code, 3);
  const auto lines = test::lines_of(result.out);
  ASSERT_EQ(lines.size(), 4U) << result.out;
  EXPECT_EQ(lines[0], "file,score,threshold,decision,events");
  EXPECT_EQ(lines[2], (folder / "b.wav").string() + ",,,,");
  for (const std::size_t good : {std::size_t{1}, std::size_t{3}}) EXPECT_EQ(lines[good].find(",,"), std::string::npos);
  EXPECT_NE(result.err.find("b.wav"), std::string::npos);
  EXPECT_NE(result.err.find("1 of 3"), std::string::npos) << result.err;
}

TEST(ScoreCommandOneBadFile, AMissingOneAmongGoodOnesDoesNotStopTheOthers) {
  const TempDir folder;
  write_sound(folder / "a.wav", machine_sound(2.0));
  write_sound(folder / "c.wav", machine_sound(2.0));
  const auto result = auscult({"score", workshop().model(), folder / "a.wav", folder / "none.wav", folder / "c.wav"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(test::lines_of(result.out).size(), 4U) << result.out;
}

TEST(TrainCommandOneBadFile, InTrainingIsLeftOutWithAWarning) {
  const TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  test::write_file(folder / "normal" / "text.wav", "no sound");
  const auto result =
      auscult({"train", folder.path(), "--preset", workshop().preset(), "-o", folder / "m.safetensors", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("text.wav"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(result.out)["skipped"].size(), 1U);
}

// ---- models
// -----------------------------------------------------------------------------------------------------------

void expect_bad_model(const std::string& model, int code, const std::string& word) {
  expect_one_message(auscult({"score", model, workshop().normal()}), code, word);
  expect_one_message(auscult({"inspect", model, "--json"}), code, word);
  expect_one_message(auscult({"evaluate", model, workshop().normal()}), code, word);
  expect_one_message(auscult({"listen", model, "--input", workshop() / "normal/00.wav"}), code, word);
}

TEST(ModelFileCommandLine, Missing) {
  expect_bad_model(workshop() / "none.safetensors", 3, "no such model");
}

TEST(ModelFileCommandLine, Damaged) {
  const std::string bytes = test::read_file(workshop().model());
  test::write_file(workshop() / "damaged.safetensors", bytes.substr(0, bytes.size() - 100));
  expect_bad_model(workshop() / "damaged.safetensors", 4, "damaged");
}

TEST(ModelFileCommandLine, OfAnotherSchema) {
  std::string bytes = test::read_file(workshop().model());
  const std::string field = "\\\"schema\\\":7";
  const std::size_t at = bytes.find(field);
  ASSERT_NE(at, std::string::npos);
  bytes[at + field.size() - 1] = '9';
  test::write_file(workshop() / "schema.safetensors", bytes);
  expect_bad_model(workshop() / "schema.safetensors", 4, "schema version 9");
}

TEST(ModelFileCommandLine, ARecordingOrAFolderInstead) {
  expect_bad_model(workshop() / "normal/00.wav", 4, "damaged");
  expect_bad_model(workshop() / "normal/00.wav", 4, "the model comes first");
  expect_bad_model(workshop().normal(), 4, "not a model file");
}

// ---- usage, devices, output
// -------------------------------------------------------------------------------------------

TEST(CommandLineUsage, OfAnyKindExitsWithTwo) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"sing"},
           {"train"},
           {"train", workshop().normal()},
           {"score"},
           {"score", workshop().model()},
           {"inspect"},
           {"listen"},
           {"score", workshop().model(), workshop().normal(), "--format", "xml"},
           {"score", workshop().model(), workshop().normal(), "--jobs", "-1"},
           {"train", workshop().normal(), "-o", "x", "--epochs", "-3"},
           {"train", workshop().normal(), "-o", "x", "--pooled", "--machine-id", "id_00"},
           {"train", workshop().normal(), "-o", "x", "--preset", "moniter"},
           {"train", workshop().normal(), "-o", "x", "--scale", "0"},
           {"train", workshop().normal(), "-o", "x", "--seed", "x"},
           {"listen", workshop().model(), "--input", "a.wav", "--device", "b"},
           {"evaluate", workshop().model()},
           {"benchmark", workshop().normal(), "--seeds", "0"}}) {
    const auto result = auscult(arguments);
    EXPECT_EQ(result.exit_code, 2) << (arguments.empty() ? "" : arguments[0]) << ": " << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
}

TEST(TrainCommandSeveralMachines, AreListedWithExitCodeTwo) {
  const TempDir folder;
  for (const char* id : {"id_00", "id_02"}) test::write_normal_clips(folder / "6_dB_pump/pump" / id / "normal", 9);
  const auto result =
      auscult({"train", folder.path(), "--preset", workshop().preset(), "-o", folder / "m.safetensors"});
  expect_one_message(result, 2, "--machine-id");
  EXPECT_NE(result.err.find("6dB/pump/id_00"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("6dB/pump/id_02"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("--pooled"), std::string::npos) << result.err;
  const auto unknown = auscult({"train", folder.path(), "--machine-id", "id_07", "--preset", workshop().preset(), "-o",
                                folder / "m.safetensors"});
  expect_one_message(unknown, 3, "id_02");
  EXPECT_EQ(auscult({"train", folder.path(), "--machine-id", "id_02", "--preset", workshop().preset(), "-o",
                     folder / "m.safetensors"})
                .exit_code,
            0);
  EXPECT_EQ(
      auscult({"train", folder.path(), "--pooled", "--preset", workshop().preset(), "-o", folder / "m.safetensors"})
          .exit_code,
      0);
}

TEST(ListenCommandNoDevice, IsSaidWithExitCodeFive) {
  const TempDir folder;  // an ALSA configuration without any device
  test::write_file(folder / "asound.conf",
                   "pcm.default { type empty slave.pcm \"nowhere\" }\nctl.default { type hw card 99 }\n");
  const auto result =
      auscult({"listen", workshop().model(), "--seconds", "1"}, {{"ALSA_CONFIG_PATH", folder / "asound.conf"}});
  expect_one_message(result, 5, "");
  const auto named = auscult({"listen", workshop().model(), "--device", "no such microphone", "--json"},
                             {{"ALSA_CONFIG_PATH", folder / "asound.conf"}});
  expect_one_message(named, 5, "");
}

TEST(CommandLineOutput, IsSaidWithExitCodeSix) {
  const std::string clip = workshop() / "normal/00.wav";
  for (const std::string& target : {std::string("/proc/no/out"), (workshop() / "no/such/folder/out").string(),
                                    std::filesystem::path(workshop().normal()).string()}) {
    expect_one_message(auscult({"score", workshop().model(), clip, "-o", target}), 6, target.substr(0, 5));
    expect_one_message(auscult({"train", workshop().normal(), "--preset", workshop().preset(), "-o", target}), 6,
                       target.substr(0, 5));
  }
  const auto page =
      auscult({"evaluate", workshop().model(), "--normal", clip, "--abnormal", clip, "--html", "/proc/no/page.html"});
  EXPECT_NE(page.exit_code, 0);
}

TEST(ScoreCommandOutput, AStdoutThatIsFullIsAnError) {
  const auto result = test::run_process(
      {"/bin/sh", "-c",
       test::program("auscult") + " score " + workshop().model() + " " + workshop().normal() + " > /dev/full"});
  EXPECT_EQ(result.exit_code, 6) << result.err;
}

TEST(CommandLineOutput, IsSaidBeforeTheWorkBegins) {
  const std::string folder = workshop() / "a_folder";
  std::filesystem::create_directories(folder);
  const auto trained = auscult({"train", workshop().normal(), "--preset", workshop().preset(), "-o", folder});
  expect_one_message(trained, 6, "folder");
  EXPECT_EQ(trained.err.find("training"), std::string::npos) << "it trained first";
  expect_one_message(auscult({"score", workshop().model(), workshop().normal(), "-o", folder}), 6, "folder");
  const std::string file = workshop() / "normal/00.wav";
  ASSERT_TRUE(std::filesystem::is_regular_file(file));
  expect_one_message(auscult({"listen", workshop().model(), "--input", file, "--clip-dir", file}), 6, "not a folder");
  expect_one_message(auscult({"listen", workshop().model(), "--input", file, "--event-log", folder}), 6, "folder");
}

TEST(CommandLineOutput, AFullStdoutIsNoSuccessForAnyCommand) {
  const std::string run = test::program("auscult");
  for (const std::string& arguments :
       {"inspect " + workshop().model(), "inspect --json " + workshop().model(),
        "listen " + workshop().model() + " --input " + workshop().normal() + "/00.wav --json"})
    EXPECT_EQ(test::run_process({"/bin/sh", "-c", run + " " + arguments + " >/dev/full"}).exit_code, 6) << arguments;
}

TEST(BenchmarkCommandOneBadFile, InABenchmarkIsNamedAndCounts) {
  const std::filesystem::path machine = workshop() / "tree/6_dB_pump/pump/id_00";
  for (int i = 0; i < 16; ++i)
    write_sound(machine / "normal" / ("000000" + std::to_string(10 + i) + ".wav"),
                machine_sound(2.0, {.seed = 100U + static_cast<unsigned>(i)}));
  for (int i = 0; i < 3; ++i)
    write_sound(machine / "abnormal" / ("0000000" + std::to_string(i) + ".wav"),
                machine_sound(2.0, {.seed = 200U + static_cast<unsigned>(i), .fault = 0.2}));
  test::write_file(machine / "normal/00000099.wav", "no sound at all");
  const auto result = auscult({"benchmark", workshop() / "tree", "--preset", workshop().preset()});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("00000099.wav"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("fused"), std::string::npos) << "the others are benchmarked";
}

TEST(FileNameEncoding, OfAFileNameIsNoReasonToFail) {
  const TempDir folder;
  const std::string wav = folder / "l\xE4rm.wav";
  write_sound(wav, machine_sound(4.0, {.fault = 0.3, .fault_begin_s = 1.0}));
  for (const char* format : {"csv", "jsonl", "audacity", "dcase"}) {
    const auto result = auscult({"score", workshop().model(), wav, "--format", format});
    EXPECT_EQ(result.exit_code, 0) << format << ": " << result.err;
    EXPECT_NE(result.out, "") << format;
  }
  const auto listened = auscult({"listen", workshop().model(), "--input", wav, "--json", "--event-log", folder / "log",
                                 "--clip-dir", folder / "cl\xEFps"});
  EXPECT_EQ(listened.exit_code, 0) << listened.err;
  EXPECT_NE(listened.out.find("\"event\""), std::string::npos);
  const auto trained = auscult({"train", workshop().normal(), "--preset", workshop().preset(), "-o",
                                folder / "m\xF6"
                                         "del.safetensors",
                                "--device", "Mikrof\xF6n", "--json"});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_EQ(auscult({"inspect",
                     folder / "m\xF6"
                              "del.safetensors",
                     "--json"})
                .exit_code,
            0);
}

// ---- interruption
// -----------------------------------------------------------------------------------------------------

// Waits for a file that a program writes to hold enough.
bool wait_for(const std::filesystem::path& file, const std::function<bool(const std::string&)>& enough) {
  return test::eventually([&] { return std::filesystem::exists(file) && enough(test::read_file(file)); });
}

TEST(TrainCommandInterrupt, DuringTrainingLeavesNothingAndExitsWith130) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TempDir folder;
    auto preset = nlohmann::json::parse(test::tiny_preset_json());
    for (auto& detector : preset["detectors"]) {
      detector["dagmm"]["schedule"]["epochs"] = 1000000;
      detector["dagmm"]["schedule"]["max_steps"] = 0;
    }
    test::write_file(folder / "endless.json", preset.dump());
    std::filesystem::create_directories(folder / "out");
    test::BackgroundProcess training(
        {test::program("auscult"), "train", workshop().normal(), "--preset", folder / "endless.json", "-o",
         folder / "out/m.safetensors", "--progress", "json"},
        {}, folder / "out.txt", folder / "err.txt");
    ASSERT_TRUE(wait_for(folder / "err.txt", [](const std::string& text) {
      return text.find("\"stage\":\"training\"") != std::string::npos;
    })) << test::read_file(folder / "err.txt");
    training.signal(signal);
    EXPECT_EQ(training.wait(std::chrono::seconds(20)), 130);
    EXPECT_TRUE(std::filesystem::is_empty(folder / "out"));
    EXPECT_EQ(test::read_file(folder / "out.txt"), "");
    EXPECT_EQ(test::count(test::read_file(folder / "err.txt"), "error: "), 1) << test::read_file(folder / "err.txt");
  }
}

TEST(ScoreCommandInterrupt, DuringScoringLeavesNoFile) {
  const TempDir folder;
  write_sound(folder / "long.wav", machine_sound(120.0), 16000, 1, AudioEncoding::wav_pcm16);
  std::vector<std::string> arguments = {test::program("auscult"), "score", workshop().model()};
  for (int i = 0; i < 400; ++i) arguments.push_back(folder / "long.wav");
  arguments.insert(arguments.end(), {"-o", folder / "out/scores.csv"});
  std::filesystem::create_directories(folder / "out");
  test::BackgroundProcess scoring(arguments, {}, folder / "out.txt", folder / "err.txt");
  const auto reads = [&] {
    const std::filesystem::path open_files = "/proc/" + std::to_string(scoring.pid()) + "/fd";
    for (const auto& file : std::filesystem::directory_iterator(open_files)) {
      std::error_code closed_meanwhile;
      if (std::filesystem::read_symlink(file, closed_meanwhile) == folder / "long.wav") return true;
    }
    return false;
  };
  ASSERT_TRUE(test::eventually(reads));
  scoring.signal(SIGINT);
  EXPECT_EQ(scoring.wait(std::chrono::seconds(20)), 130);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "out"));
}

TEST(ListenCommandInterrupt, OfListeningEndsTheOutputWithItsSummary) {
  const TempDir folder;
  write_sound(folder / "long.wav", machine_sound(60.0), 16000, 1, AudioEncoding::wav_pcm16);
  test::BackgroundProcess listening(
      {test::program("auscult"), "listen", workshop().model(), "--input", folder / "long.wav", "--realtime", "--json"},
      {}, folder / "out.txt", folder / "err.txt");
  ASSERT_TRUE(wait_for(folder / "out.txt", [](const std::string& text) { return test::count(text, "\n") > 20; }));
  listening.signal(SIGINT);
  EXPECT_EQ(listening.wait(std::chrono::seconds(10)), 130);
  const auto lines = test::json_lines(test::read_file(folder / "out.txt"));
  EXPECT_EQ(lines.back()["type"], "summary");
}

}  // namespace
}  // namespace auscult
