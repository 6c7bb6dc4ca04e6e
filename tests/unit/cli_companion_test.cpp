// `auscult train|refit|benchmark` runs auscult-train under the same name.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/cli.h"
#include "training/blas_kernels.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::run_process;
using test::TempDir;

// A copy of `auscult` alone in bin/ of an empty prefix.
class Alone {
 public:
  Alone() {
    fs::create_directories(folder_ / "bin");
    fs::copy_file(test::program("auscult"), auscult());
  }
  fs::path auscult() const { return folder_ / "bin/auscult"; }
  fs::path libexec() const { return folder_ / "libexec/auscult"; }

 private:
  TempDir folder_;
};

TEST(CompanionCommand, IsListedWithoutTheProgramThatRunsIt) {
  const Alone alone;
  const auto help = run_process({alone.auscult(), "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* words : {"train", "Train a model on recordings of normal sound", "refit",
                            "Retrain a model on its recordings and on false alarms", "benchmark",
                            "Train and evaluate a model for every machine"})
    EXPECT_NE(help.out.find(words), std::string::npos) << help.out;
}

TEST(CompanionCommand, NamesTheProgramThatIsMissing) {
  const Alone alone;
  for (const char* command : {"train", "refit", "benchmark"}) {
    const auto result = run_process({alone.auscult(), command, "--help"});
    test::expect_one_message(result, 2, "auscult-train");
    EXPECT_NE(result.err.find("AUSCULT_TRAINING"), std::string::npos) << result.err;
  }
}

// The names that OpenBLAS gives to its kernels each time it is loaded.
std::vector<std::string> kernels_of(const test::Environment& environment) {
  test::Environment verbose = environment;
  verbose["OPENBLAS_VERBOSE"] = "2";
  const auto result = run_process({test::program("auscult-train"), "--version"}, verbose);
  EXPECT_EQ(result.exit_code, 0);
  std::vector<std::string> names;
  for (const std::string& line : test::lines_of(result.err))
    if (line.starts_with("Core: ")) names.push_back(line.substr(6));
  return names;
}

TEST(CompanionCommand, TrainsWithTheProcessorsInstructions) {
  const auto names = kernels_of({});
  if (names.empty()) GTEST_SKIP() << "OpenBLAS has kernels for one processor only";
  EXPECT_FALSE(better_blas_kernels(names.back(), vector_instructions())) << names.back();
}

TEST(CompanionCommand, TrainsWithTheKernelsThatTheUserChose) {
  const auto names = kernels_of({{"OPENBLAS_CORETYPE", "Nehalem"}});
  if (names.empty()) GTEST_SKIP() << "OpenBLAS has kernels for one processor only";
  EXPECT_EQ(names, std::vector<std::string>{"Nehalem"}) << "started once";
}

TEST(CompanionCommand, StartsTheProgramInLibexecWithTheSameArguments) {
  const Alone alone;
  fs::create_directories(alone.libexec());
  test::write_file(alone.libexec() / "auscult-train", "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n");
  fs::permissions(alone.libexec() / "auscult-train", fs::perms::owner_all);
  const auto result = run_process({alone.auscult(), "train", "a b", "--help", "--no-such-option", "-o", ""});
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.out, "train\na b\n--help\n--no-such-option\n-o\n\n");
}

TEST(CompanionCommand, HelpIsThatOfTheCommand) {
  const auto help = test::auscult({"train", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("--false-alarms-per-hour"), std::string::npos) << help.out;
  EXPECT_NE(help.out.find("auscult train"), std::string::npos) << help.out;
  EXPECT_EQ(test::auscult({"train", "--no-such-option"}).exit_code, 2);
}

TEST(CompanionCommandPrograms, LinkNothingThatTrains) {
  const auto symbols_of = [](const char* name) {
    return run_process({"sh", "-c", "nm -C '" + test::program(name) + "' | grep -c 'auscult::train_model(' || true"})
        .out;
  };
  EXPECT_EQ(symbols_of("auscult"), "0\n");
  EXPECT_EQ(symbols_of("auscult-gui"), "0\n");
  EXPECT_NE(symbols_of("auscult-train"), "0\n") << "the symbols are looked for under the wrong name";
}

}  // namespace
}  // namespace auscult
