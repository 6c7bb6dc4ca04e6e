// The installed library, as used by a project without Auscult's sources: found by CMake or pkg-config, built and run.
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "support/cli.h"
#include "support/files.h"
#include "support/process.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::ProcessResult;
using test::run_process;
using test::TempDir;

constexpr std::chrono::seconds kDeadline(600);  // a slow machine with a cold compiler cache

ProcessResult succeed(const std::vector<std::string>& argv, const test::Environment& environment = {}) {
  const ProcessResult result = run_process(argv, environment, kDeadline);
  EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(argv) << "\n" << result.out << result.err;
  return result;
}

/// A prefix with only the library, and a project beside it.
class InstalledLibrary : public testing::Test {
 protected:
  void SetUp() override {
    succeed({"cmake", "--install", AUSCULT_BUILD_DIR, "--prefix", prefix(), "--component", "development"});
  }
  std::string prefix() const { return prefix_; }

  /// Copies a folder of the repository to where no other source is.
  fs::path copy(const fs::path& from) const {
    const fs::path to = work_ / from.filename().string();
    fs::copy(test::source_dir() / from, to, fs::copy_options::recursive);
    return to;
  }
  ProcessResult configure(const fs::path& project, std::vector<std::string> options = {}) const {
    std::vector<std::string> argv = {"cmake",
                                     "-G",
                                     "Ninja",
                                     "-S",
                                     project,
                                     "-B",
                                     project / "build",
                                     "-DCMAKE_PREFIX_PATH=" + prefix(),
                                     "-DCMAKE_BUILD_TYPE=Release"};
    argv.insert(argv.end(), options.begin(), options.end());
    return run_process(argv, {}, kDeadline);
  }
  /// Configures and builds; returns the folder of the programs.
  fs::path build(const fs::path& project) const {
    const ProcessResult configured = configure(project);
    EXPECT_EQ(configured.exit_code, 0) << configured.out << configured.err;
    succeed({"cmake", "--build", project / "build"});
    return project / "build";
  }
  /// Compiles one source with only the flags from pkg-config.
  fs::path build_by_pkg_config(const fs::path& source) const {
    const fs::path program = work_ / "by-pkg-config";
    succeed({"sh", "-ec",
             "c++ -std=c++20 -o '" + program.string() + "' '" + source.string() +
                 "' $(pkg-config --cflags --libs auscult)"},
            {{"PKG_CONFIG_PATH", prefix() + "/" AUSCULT_INSTALL_LIBDIR "/pkgconfig"}});
    return program;
  }
  bool has_header(const std::string& name) const { return fs::exists(fs::path(prefix()) / "include/auscult" / name); }

  TempDir work_;
  std::string prefix_ = work_ / "prefix";
};

// The dB values of `auscult features`, without header, file and frame.
std::string values_of_csv(const fs::path& path) {
  std::istringstream lines(test::read_file(path));
  std::string values, line;
  std::getline(lines, line);
  while (std::getline(lines, line)) values += line.substr(line.find(',', line.find(',') + 1) + 1) + '\n';
  return values;
}

void expect_consumer_output(const fs::path& program) {
  const ProcessResult result = succeed({program});
  EXPECT_EQ(result.out, AUSCULT_VERSION "\na.txt: no audio file\n  use WAV or FLAC\n");
}

TEST_F(InstalledLibrary, IsFoundByCMake) {
  expect_consumer_output(build(copy("tests/install/consumer")) / "consumer");
}

TEST_F(InstalledLibrary, IsFoundByPkgConfig) {
  expect_consumer_output(build_by_pkg_config(copy("tests/install/consumer") / "main.cpp"));
}

TEST_F(InstalledLibrary, WorksAfterItsPrefixWasMoved) {
  fs::rename(prefix(), work_ / "moved");
  prefix_ = work_ / "moved";
  const fs::path project = copy("tests/install/consumer");
  expect_consumer_output(build(project) / "consumer");
  expect_consumer_output(build_by_pkg_config(project / "main.cpp"));
}

TEST_F(InstalledLibrary, HasOnlyTheHeadersOfItsInterface) {
  for (const auto& entry : fs::directory_iterator(fs::path(prefix()) / "include")) {
    EXPECT_EQ(entry.path().filename(), "auscult");
  }
  for (const char* name :
       {"auscult.h", "version.h", "error.h", "frontend.h", "model.h", "scorer.h", "monitor.h", "event.h"})
    EXPECT_TRUE(has_header(name)) << name;
  EXPECT_FALSE(fs::exists(fs::path(prefix()) / "bin"));
}

TEST_F(InstalledLibrary, RefusesAnotherMinorVersionWhileBelowOne) {
  const fs::path project = copy("tests/install/consumer");
  const ProcessResult configured = configure(project, {"-DWANTED_VERSION=0.99"});
  EXPECT_NE(configured.exit_code, 0);
  EXPECT_NE(configured.err.find("compatible with requested version"), std::string::npos) << configured.err;
}

TEST_F(InstalledLibrary, RefusesAComponentThatItDoesNotHave) {
  const ProcessResult configured = configure(copy("tests/install/consumer"), {"-DWANTED_COMPONENTS=telepathy"});
  EXPECT_NE(configured.exit_code, 0);
  EXPECT_NE(configured.err.find("telepathy"), std::string::npos) << configured.err;
}

TEST_F(InstalledLibrary, BuildsAndRunsTheExamples) {
  const std::string model = test::source_dir() / "models/demo.safetensors";
  const std::string recording = test::source_dir() / "assets/demo.flac";
  const fs::path project = copy("docs/examples");
  const fs::path programs = build(project);

  const ProcessResult scored = succeed({programs / "score_file", model, recording});
  EXPECT_EQ(scored.out.substr(0, recording.size() + 1), recording + ",");
  const ProcessResult reference = test::auscult({"score", model, recording});
  EXPECT_EQ(scored.out.back(), '\n');
  EXPECT_EQ(scored.out.substr(scored.out.rfind(',')), reference.out.substr(reference.out.rfind(',')))
      << "the same decision";

  const ProcessResult log_mels = succeed({programs / "log_mels", recording});
  succeed({test::program("auscult"), "features", recording, "-o", work_ / "features.csv"});
  EXPECT_EQ(log_mels.out, values_of_csv(work_ / "features.csv"));

  // The demo model refuses to raise alarms only on a live device; in the demo recording a bearing fails after 20 s.
  const ProcessResult monitored = succeed({programs / "live_monitor", model, recording});
  EXPECT_NE(monitored.out.find("event began at"), std::string::npos) << monitored.out;
  EXPECT_NE(monitored.out.find(" hops, "), std::string::npos) << monitored.out;

  const ProcessResult by_pkg_config = succeed({build_by_pkg_config(project / "score_file.cpp"), model, recording});
  EXPECT_EQ(by_pkg_config.out, scored.out);
}

TEST_F(InstalledLibrary, TrainsAModelWhichItsOwnProgramsRead) {
  if (!has_header("training.h")) GTEST_SKIP() << "auscult/training.h is not installed";
  const fs::path programs = build(copy("docs/examples"));
  const std::string model = work_ / "trained.safetensors";
  succeed({programs / "train", test::workshop().normal(), model, test::workshop().preset()});
  EXPECT_EQ(test::auscult({"inspect", model}).exit_code, 0);
}

TEST(EmbeddedLibrary, IsAllThatAProjectGetsByDefault) {
  const TempDir work;
  succeed({"cmake", "-G", "Ninja", "-S", test::source_dir() / "tests/install/embedder", "-B", work / "build",
           "-DAUSCULT_SOURCE=" + test::source_dir().string()});
}

}  // namespace
}  // namespace auscult
