// Long work that is interrupted, pipes on either side, and signals: nothing that is done is lost.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "support/cli.h"
#include "support/wait.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::auscult;
using test::machine_sound;
using test::ProcessResult;
using test::TempDir;
using test::workshop;

ProcessResult shell(const std::string& command) {
  return test::run_process({"/bin/bash", "-c", command}, {{"A", test::program("auscult")}, {"M", workshop().model()}},
                           std::chrono::seconds(60));
}

std::vector<std::string> copies_of(const std::string& file, int n) {
  return std::vector<std::string>(static_cast<std::size_t>(n), file);
}

// Starts a run over 300 recordings, ends it by `signal` when some are done, and returns the names of its files.
void interrupt(const TempDir& folder, const std::vector<std::string>& more, int signal, int exit_code) {
  test::write_sound(folder / "clip.wav", machine_sound(60.0), 16000, 1, AudioEncoding::wav_pcm16);
  std::vector<std::string> command = {test::program("auscult"), "score", workshop().model()};
  for (const std::string& file : copies_of(folder / "clip.wav", 300)) command.push_back(file);
  command.insert(command.end(), {"-o", folder / "scores.csv", "--jobs", "1"});
  command.insert(command.end(), more.begin(), more.end());
  test::BackgroundProcess scoring(command, {}, folder / "out.txt", folder / "err.txt");
  ASSERT_TRUE(test::eventually([&] {
    return fs::exists(folder / "scores.csv.part") && test::count(test::read_file(folder / "scores.csv.part"), "\n") > 3;
  }));
  scoring.signal(signal);
  EXPECT_EQ(scoring.wait(std::chrono::seconds(20)), exit_code);
  EXPECT_FALSE(fs::exists(folder / "scores.csv"));
}

std::vector<std::string> score_again(const TempDir& folder) {
  std::vector<std::string> command = {"score", workshop().model()};
  for (const std::string& file : copies_of(folder / "clip.wav", 300)) command.push_back(file);
  command.insert(command.end(), {"-o", folder / "scores.csv"});
  return command;
}

TEST(ScoreCommandResume, GoesOnAfterAnyEndOfTheFirstRun) {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGHUP, 130}, {SIGKILL, 128 + SIGKILL}}) {
    const TempDir folder;
    interrupt(folder, {}, signal, code);
    if (signal == SIGINT) {
      EXPECT_NE(test::read_file(folder / "err.txt").find("--resume"), std::string::npos) << "it says how to go on";
    }
    auto command = score_again(folder);
    command.push_back("--resume");
    const auto resumed = auscult(command);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_NE(resumed.err.find("going on after"), std::string::npos) << resumed.err;
    const auto lines = test::lines_of(test::read_file(folder / "scores.csv"));
    ASSERT_EQ(lines.size(), 301U);
    for (std::size_t i = 2; i < lines.size(); ++i) EXPECT_EQ(lines[i], lines[1]);
    EXPECT_FALSE(fs::exists(folder / "scores.csv.part"));
    EXPECT_FALSE(fs::exists(folder / "scores.csv.part.log"));
  }
}

TEST(ScoreCommandResume, RefusesTheResultsOfOtherWorkAndKeepsThemFromANewRun) {
  const TempDir folder;
  interrupt(folder, {}, SIGINT, 130);
  auto command = score_again(folder);
  command.insert(command.end(), {"--resume", "--every", "10"});
  test::expect_one_message(auscult(command), 2, "other options");
  const std::string before = test::read_file(folder / "scores.csv.part");
  const auto anew = auscult({"score", workshop().model(), folder / "clip.wav", "-o", folder / "scores.csv"});
  EXPECT_EQ(anew.exit_code, 0) << anew.err;
  EXPECT_EQ(test::read_file(folder / "scores.csv.part.old"), before);
}

TEST(ScoreCommandResume, NeedsAFile) {
  test::expect_one_message(auscult({"score", workshop().model(), workshop().normal(), "--resume"}), 2, "-o FILE");
}

TEST(ScoreCommandStream, WritesToStandardOutputInEverySpelling) {
  const TempDir folder;
  const std::string clip = workshop().normal() + "/00.wav", report = (folder / "report.txt").string();
  const std::string alone = shell("$A score $M " + clip).out;
  ASSERT_EQ(test::lines_of(alone).size(), 2U);
  for (const std::string name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    EXPECT_EQ(shell("cd " + folder.path().string() + "; $A score $M " + clip + " -o " + name + " | cat").out, alone);
    shell("(echo head; $A score $M " + clip + " -o " + name + "; echo foot) > " + report);
    EXPECT_EQ(test::read_file(report), "head\n" + alone + "foot\n") << name;
  }
  EXPECT_FALSE(fs::exists(folder / "-"));
  EXPECT_EQ(shell("$A score $M " + clip + " -o >(cat > " + report + "); sleep 1; cat " + report).out, alone);
  EXPECT_EQ(shell("$A score $M " + clip + " -o /dev/fd/7 7>&1 | cat").out, alone);
}

TEST(ScoreCommandStream, ReadsAPipe) {
  const std::string clip = workshop().normal() + "/00.wav";
  const auto piped = shell("$A score $M <(cat " + clip + ")");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  const std::string direct = shell("$A score $M " + clip).out;
  EXPECT_EQ(test::lines_of(piped.out)[1].substr(test::lines_of(piped.out)[1].find(',')),
            test::lines_of(direct)[1].substr(test::lines_of(direct)[1].find(',')));
}

TEST(ScoreCommandStream, EndsSoonAfterItsReader) {
  const TempDir folder;
  test::write_sound(folder / "long.wav", machine_sound(600.0), 16000, 1, AudioEncoding::wav_pcm16);
  std::string files;
  for (int i = 0; i < 200; ++i) files += " " + (folder / "long.wav").string();
  const auto begin = std::chrono::steady_clock::now();
  const auto result = shell("$A score $M" + files + " --jobs 1 | true; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(result.out, "6\n") << result.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(ListenCommandStream, HearsWavAndRawSamplesFromAPipe) {
  const TempDir folder;
  const std::string wav = folder / "a.wav";
  test::write_sound(wav, machine_sound(14.0, {.fault = 0.3, .fault_begin_s = 5.0, .fault_end_s = 8.0}), 16000, 1,
                    AudioEncoding::wav_pcm16);
  const auto energies = [](const std::string& out) {
    std::string text;
    for (const auto& line : test::json_lines(out))
      if (line["type"] == "energy") text += line.dump() + "\n";
    return text;
  };
  const std::string direct = energies(shell("$A listen $M --input " + wav + " --json").out);
  ASSERT_FALSE(direct.empty());
  for (const std::string& command :
       {"cat " + wav + " | $A listen $M --input - --json", "cat " + wav + " | $A listen $M --input /dev/stdin --json",
        "$A listen $M --input <(cat " + wav + ") --json",
        "tail -c +45 " + wav + " | $A listen $M --input - --raw s16le:16000:1 --json"}) {
    const auto piped = shell(command);
    EXPECT_EQ(piped.exit_code, 0) << command << piped.err;
    EXPECT_EQ(energies(piped.out), direct) << command;
  }
}

TEST(ListenCommandEnd, ClosesItsEventOnEverySignal) {
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) {
    const TempDir folder;
    test::write_sound(folder / "a.wav", machine_sound(60.0, {.fault = 0.5, .fault_begin_s = 1.0, .fault_end_s = 60.0}),
                      16000, 1, AudioEncoding::wav_pcm16);
    test::BackgroundProcess listening(
        {test::program("auscult"), "listen", workshop().model(), "--input", folder / "a.wav", "--realtime",
         "--event-log", folder / "log", "--clip-dir", folder / "clips"},
        {}, folder / "out.txt", folder / "err.txt");
    ASSERT_TRUE(test::eventually([&] { return fs::exists(folder / "log"); }));
    listening.signal(signal);
    EXPECT_EQ(listening.wait(std::chrono::seconds(10)), 130) << signal;
    EXPECT_NE(test::read_file(folder / "log").find("\"ended\""), std::string::npos) << signal;
    EXPECT_FALSE(fs::is_empty(folder / "clips")) << signal;
    EXPECT_NE(test::read_file(folder / "out.txt").find("Listened for"), std::string::npos) << signal;
  }
}

TEST(ListenCommandPlaces, AListThatCannotBeWrittenIsSaidBeforeTheWorkBegins) {
  const TempDir folder;
  test::write_file(folder / "home", "not a folder");
  std::vector<std::string> command = {"listen", workshop().model(), "--input", workshop().normal() + "/00.wav"};
  const test::Environment home = {{"HOME", folder / "home"}, {"XDG_DATA_HOME", ""}};
  EXPECT_EQ(auscult(command, home).exit_code, 0) << "without the list, no home is needed";
  command.push_back("--keep-events");
  test::expect_one_message(auscult(command, home), 6, "cannot be created");
}

TEST(ListenCommandPlaces, ALogInAClosedFolderIsAppendedTo) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TempDir folder;
  fs::create_directories(folder / "closed");
  test::write_file(folder / "closed/log", "before\n");
  fs::permissions(folder / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  const auto result = auscult(
      {"listen", workshop().model(), "--input", workshop().normal() + "/00.wav", "--event-log", folder / "closed/log"});
  fs::permissions(folder / "closed", fs::perms::owner_all);
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(ListenCommandTimes, EventsHaveTheTimeOfTheRecording) {
  const TempDir folder;
  const std::string wav = folder / "PUMP1_20240131_083000.wav";
  test::write_sound(wav, machine_sound(14.0, {.fault = 0.3, .fault_begin_s = 5.0, .fault_end_s = 8.0}));
  const auto wall_time = [&](const std::vector<std::string>& more) {
    std::vector<std::string> command = {"listen", workshop().model(), "--input", wav, "--json"};
    command.insert(command.end(), more.begin(), more.end());
    for (const auto& line : test::json_lines(auscult(command, {{"TZ", "UTC"}}).out))
      if (line["type"] == "event") return line["wall_time"].get<std::string>();
    return std::string();
  };
  EXPECT_EQ(wall_time({}).substr(0, 18), "2024-01-31T08:30:0");
  EXPECT_EQ(wall_time({"--started", "2025-06-01T12:00:00+02:00"}).substr(0, 18), "2025-06-01T10:00:0");
}

}  // namespace
}  // namespace auscult
