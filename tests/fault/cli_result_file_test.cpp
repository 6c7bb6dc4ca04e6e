// Where a result goes: never in place of a recording, of a model or of a list of events, and never into the same stream
// as the report on it.
#include <filesystem>
#include <string>
#include <vector>

#include "support/cli.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::auscult;
using test::read_file;
using test::TempDir;
using test::workshop;
using test::write_file;

test::ProcessResult shell(const std::string& command) {
  return test::run_process({"/bin/bash", "-c", command},
                           {{"A", test::program("auscult")},
                            {"M", workshop().model()},
                            {"T", "train " + workshop().normal() + " --preset " + workshop().preset()}},
                           std::chrono::seconds(60));
}

// A recording of one second in a folder of its own.
struct Recording {
  Recording() { test::write_sound(path, test::machine_sound(1.0), 16000, 1, AudioEncoding::wav_pcm16); }
  TempDir folder;
  std::string path = folder / "pump.wav";
  std::string bytes() const { return read_file(path); }
};

TEST(ResultFile, AModelOnStandardOutputIsTheModelAlone) {
  const TempDir folder;
  const std::string expected = read_file(workshop().model()), out = folder / "out.safetensors";
  for (const std::string name : {"-", "/dev/stdout", "/dev/fd/1", "/dev/fd/7 7>&1"}) {
    const auto trained = shell("$A $T > " + out + " -o " + name);
    EXPECT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_TRUE(read_file(out) == expected)
        << name << ": " << read_file(out).size() << " bytes instead of " << expected.size();
    EXPECT_NE(trained.err.find("Trained on "), std::string::npos) << trained.err;
  }
  const auto as_json = shell("$A $T -o - --json | cmp - $M");
  EXPECT_EQ(as_json.out, "");
  EXPECT_EQ(json::parse(as_json.err.substr(as_json.err.find('{')))["clips"], 12);
}

TEST(ResultFile, AModelInTheStreamOfTheMessagesIsRefused) {
  for (const std::string redirect : {"-o /dev/stderr", "-o - 2>&1", "-o /dev/fd/2"}) {
    const auto result = shell("$A $T --progress none " + redirect + " | cat");
    EXPECT_NE((result.out + result.err).find("would damage the model"), std::string::npos) << redirect;
    EXPECT_LT((result.out + result.err).size(), 1000U) << "the model itself";
  }
  EXPECT_EQ(shell("$A $T -o /dev/null 2>/dev/null").exit_code, 0);
}

TEST(ResultFile, NoRecordingIsReplaced) {
  const Recording recording;
  const std::string before = recording.bytes(), other = recording.folder / "sound";  // without an ending
  fs::copy(recording.path, other);
  fs::create_symlink("pump.wav", recording.folder / "link.csv");
  const std::string link = recording.folder / "link.csv", normal = workshop().normal();
  for (const std::string& target : {recording.path, other, link}) {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"train", normal, "--preset", workshop().preset(), "-o", target},
             {"refit", workshop().model(), "--recordings", normal, "--add", normal + "/00.wav", "-o", target},
             {"adapt", workshop().model(), normal, "-o", target},
             {"score", workshop().model(), normal, "-o", target},
             {"evaluate", workshop().model(), "--normal", normal, "--abnormal", normal, "--html", target},
             {"events", "export", "-o", target},
             {"listen", workshop().model(), "--input", normal + "/00.wav", "--event-log", target}}) {
      const auto result = auscult(command);
      test::expect_one_message(result, 2, "is a recording");
      EXPECT_EQ(result.err.find("Trained"), std::string::npos) << "it worked first";
      ASSERT_EQ(recording.bytes(), before) << command.front() << " " << target;
      ASSERT_EQ(read_file(other), before) << command.front() << " " << target;
    }
  }
  test::expect_one_message(auscult({"features", normal + "/00.wav", "-o", link}), 2, "is a recording");
  EXPECT_EQ(recording.bytes(), before);
}

TEST(ResultFile, NoInputIsReplacedWhateverItIs) {
  const TempDir folder;
  const std::string headerless = folder / "samples";  // of listen --raw, and bytes of no known kind
  write_file(headerless, std::string(32000, '\1'));
  test::expect_one_message(auscult({"listen", workshop().model(), "--input", headerless, "--raw", "s16le:16000:1",
                                    "--event-log", headerless}),
                           2, "is an input");
  test::expect_one_message(auscult({"score", workshop().model(), headerless, "-o", headerless}), 2, "is an input");
  EXPECT_EQ(read_file(headerless), std::string(32000, '\1'));
}

TEST(ResultFile, NoModelIsReplacedByAResult) {
  const TempDir folder;
  const std::string model = folder / "m.safetensors", before = read_file(workshop().model());
  write_file(model, before);
  const std::string clip = workshop().normal() + "/00.wav";
  test::expect_one_message(auscult({"score", model, clip, "-o", model}), 2, "m.safetensors");
  test::expect_one_message(auscult({"score", workshop().model(), clip, "-o", model}), 2, "is a model");
  test::expect_one_message(auscult({"listen", model, "--input", clip, "--event-log", model}), 2, "m.safetensors");
  EXPECT_EQ(read_file(model), before);
  const auto trained = auscult({"train", workshop().normal(), "--preset", workshop().preset(), "-o", model});
  EXPECT_EQ(trained.exit_code, 0) << "a new model takes the place of an old one: " << trained.err;
}

TEST(ResultFile, NoListOfEventsIsReplacedByItsExport) {
  const TempDir folder;
  const std::string data = folder / "data", database = folder / "data/auscult/events.db";
  const test::Environment places = {{"XDG_DATA_HOME", data}};
  const std::string clip = workshop().normal() + "/00.wav";
  ASSERT_EQ(auscult({"listen", workshop().model(), "--input", clip, "--keep-events"}, places).exit_code, 0);
  const std::string before = read_file(database);
  ASSERT_FALSE(before.empty());
  test::expect_one_message(auscult({"events", "export", "-o", database}, places), 2, "is a list of events");
  EXPECT_EQ(read_file(database), before);
}

TEST(ResultFile, SwappedArgumentsAreNamedForEveryCommand) {
  const std::string clip = workshop().normal() + "/00.wav";
  const auto adapted = auscult({"adapt", clip, workshop().model(), "-o", workshop() / "x.safetensors"});
  test::expect_one_message(adapted, 4, "the model comes first");
  EXPECT_EQ(adapted.err.find("auscult score"), std::string::npos) << adapted.err;
}

}  // namespace
}  // namespace auscult
