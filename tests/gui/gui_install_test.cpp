// The result of `cmake --install` under any prefix: every file in its place, programs that find the files that ship
// with them, and a desktop that recognizes the window.
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/robot.h"
#include "support/wait.h"
#include "support/x11.h"

namespace auscult::test {
namespace {

namespace fs = std::filesystem;

class Installed : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path build = fs::path(program("auscult")).parent_path().parent_path();
    const auto done = run_process({"cmake", "--install", build.string(), "--prefix", prefix().string()});
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  fs::path prefix() const { return folder_ / "pre fix"; }
  std::string installed(const std::string& name) const { return (prefix() / "bin" / name).string(); }
  TempDir folder_;
};

// The value of a key in a desktop entry.
std::string entry(const fs::path& file, const std::string& key) {
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);)
    if (line.starts_with(key + "=")) return line.substr(key.size() + 1);
  return "";
}

// The library for embedding, in include and lib, is tested in InstalledLibrary.
TEST_F(Installed, PutsEverythingInItsPlace) {
  std::set<std::string> files;
  for (const auto& found : fs::recursive_directory_iterator(prefix())) {
    const std::string path = fs::relative(found.path(), prefix()).string();
    if (found.is_regular_file() && !path.starts_with("include/") && !path.starts_with("lib/") &&
        !path.starts_with("share/man/"))
      files.insert(path);
  }
  EXPECT_EQ(files, (std::set<std::string>{"bin/auscult",
                                          "bin/auscult-gui",
                                          "libexec/auscult/auscult-train",
                                          "share/applications/auscult-open.desktop",
                                          "share/applications/auscult.desktop",
                                          "share/auscult/assets/demo.flac",
                                          "share/auscult/examples/cluster/README.md",
                                          "share/auscult/examples/cluster/kubernetes.yaml",
                                          "share/auscult/examples/cluster/slurm.sh",
                                          "share/auscult/examples/container/Dockerfile",
                                          "share/auscult/examples/grafana/auscult.json",
                                          "share/auscult/examples/prometheus/auscult-alerts-test.yml",
                                          "share/auscult/examples/prometheus/auscult-alerts.yml",
                                          "share/auscult/models/README.md",
                                          "share/auscult/models/demo.safetensors",
                                          "share/bash-completion/completions/auscult",
                                          "share/bash-completion/completions/auscult-gui",
                                          "share/doc/auscult/CHANGELOG.md",
                                          "share/doc/auscult/LICENSE",
                                          "share/doc/auscult/README.md",
                                          "share/fish/vendor_completions.d/auscult.fish",
                                          "share/fish/vendor_completions.d/auscult-gui.fish",
                                          "share/icons/hicolor/scalable/apps/auscult.svg",
                                          "share/metainfo/org.auscult.Auscult.metainfo.xml",
                                          "share/mime/packages/auscult.xml",
                                          "share/zsh/vendor-completions/_auscult",
                                          "share/zsh/vendor-completions/_auscult-gui"}));
}

// Every command has a page, and every option that it prints with --help is completed.
TEST_F(Installed, PagesAndCompletionsKnowEveryCommandAndOption) {
  const fs::path share = prefix() / "share";
  const std::string bash = read_file(share / "bash-completion/completions/auscult"),
                    zsh = read_file(share / "zsh/vendor-completions/_auscult"),
                    fish = read_file(share / "fish/vendor_completions.d/auscult.fish");
  for (const char* page : {"auscult", "auscult-gui"})
    EXPECT_TRUE(fs::exists(share / "man/man1" / (std::string(page) + ".1.gz"))) << page;
  for (const char* command : {"train", "refit", "adapt", "score", "evaluate", "benchmark", "listen", "serve", "status",
                              "simulate", "features", "devices", "events", "inspect"}) {
    EXPECT_TRUE(fs::exists(share / "man/man1" / ("auscult-" + std::string(command) + ".1.gz"))) << command;
    std::istringstream help(run_process({installed("auscult"), command, "--help"}).out);
    int options = 0;
    for (std::string line; std::getline(help, line);) {
      const auto at = line.find("--");
      if (!line.starts_with("  -") || at == std::string::npos) continue;
      ++options;
      const std::string name = line.substr(at + 2, line.find_first_of(" ,", at) - at - 2);
      EXPECT_NE(bash.find("--" + name), std::string::npos) << command << " --" << name;
      EXPECT_NE(zsh.find("--" + name + "["), std::string::npos) << command << " --" << name;
      EXPECT_NE(fish.find("from " + std::string(command) + "'"), std::string::npos) << command;
      EXPECT_NE(fish.find(" -l " + name + " "), std::string::npos) << command << " --" << name;
    }
    EXPECT_GE(options, 1) << command;
  }
}

TEST_F(Installed, BashCompletesCommandsOptionsAndValues) {
  const std::string script = (prefix() / "share/bash-completion/completions/auscult").string();
  const auto completions = [&](const std::string& words, const std::string& index) {
    const auto done = run_process({"bash", "-c",
                                   "source \"$1\"; COMP_WORDS=(" + words + "); COMP_CWORD=" + index +
                                       "; _auscult; printf '%s\\n' \"${COMPREPLY[@]}\"",
                                   "bash", script});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.out;
  };
  EXPECT_EQ(completions("auscult sc", "1"), "score\n");
  EXPECT_EQ(completions("auscult listen --on", "2"), "--on-event\n");
  EXPECT_EQ(completions("auscult score --format a", "3"), "audacity\n");
  EXPECT_EQ(completions("auscult events ex", "2"), "export\n");
}

TEST_F(Installed, EntriesOfTheMenuNameWhatIsThere) {
  for (const char* name : {"auscult.desktop", "auscult-open.desktop"}) {
    const fs::path file = prefix() / "share" / "applications" / name;
    const std::string run = entry(file, "Exec");
    EXPECT_TRUE(fs::exists(prefix() / "bin" / run.substr(0, run.find(' ')))) << run;
    EXPECT_TRUE(fs::exists(prefix() / "share/icons/hicolor/scalable/apps" / (entry(file, "Icon") + ".svg"))) << name;
  }
}

TEST_F(Installed, EntriesOfTheMenuAreValid) {
  if (run_process({"which", "desktop-file-validate"}).exit_code != 0)
    GTEST_SKIP() << "desktop-file-validate is not installed (scripts/install --tests gets it)";
  for (const char* name : {"auscult.desktop", "auscult-open.desktop"}) {
    const auto checked = run_process({"desktop-file-validate", (prefix() / "share" / "applications" / name).string()});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
    EXPECT_EQ(checked.out + checked.err, "") << "not even a hint";
  }
}

// With the BLAS that libtorch would choose by itself, training is many times slower.
TEST_F(Installed, TrainingUsesTheSameBlasAsInTheBuildFolder) {
  const auto blas_of = [](const std::string& path) {
    const std::string text = run_process({"ldd", path}).out;
    const auto at = text.find("libblas.so.3 => ");
    return at == std::string::npos ? "" : text.substr(at, text.find(" (", at) - at);
  };
  const std::string kept = (prefix() / "libexec" / "auscult" / "auscult-train").string();
  EXPECT_NE(blas_of(program("auscult-train")).find("openblas-openmp"), std::string::npos);
  EXPECT_EQ(blas_of(kept), blas_of(program("auscult-train")));
}

TEST_F(Installed, ProgramsThatDoNotTrainLoadNoLibtorch) {
  for (const char* name : {"auscult", "auscult-gui"}) {
    const std::string libraries = run_process({"ldd", installed(name)}).out;
    EXPECT_NE(libraries.find("libsndfile"), std::string::npos) << name << ": " << libraries;
    for (const char* unwanted : {"torch", "libc10", "blas"})
      EXPECT_EQ(libraries.find(unwanted), std::string::npos) << name << " loads " << unwanted;
  }
}

TEST_F(Installed, WindowOpensWithTheModelThatCameWithIt) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  const auto open = [&] {
    return run_process(
        {installed("auscult-gui"), "--device", "none", "--screenshot", (folder_ / "look.png").string(), "--after", "1"},
        display.environment(), std::chrono::seconds(60));
  };
  EXPECT_EQ(open().exit_code, 0);
  const fs::path model = prefix() / "share" / "auscult" / "models" / "demo.safetensors";
  write_file(model, "damaged, to tell it from the one in the source tree");
  const ProcessResult refused = open();
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_NE(refused.err.find(model.string()), std::string::npos) << refused.err;
}

TEST(InstalledDesktop, KnowsTheWindowByItsClassAndIcon) {
  AUSCULT_REQUIRE_DISPLAY(display, 1280, 800);
  WindowRobot window(display, {(source_dir() / "models" / "demo.safetensors").string(), "--device", "none"});
  ASSERT_TRUE(display.wait_for_window("Auscult")) << window.said();
  const WindowClass known = window_class(display.name(), "Auscult");
  for (const char* name : {"auscult.desktop", "auscult-open.desktop"})
    EXPECT_EQ(known.name, entry(source_dir() / "assets" / name, "StartupWMClass"));
  std::vector<WindowIcon> icons;
  ASSERT_TRUE(eventually([&] { return (icons = window_icons(display.name(), "Auscult")).size() == 4; }))
      << icons.size();
  const WindowIcon& largest = icons.back();
  ASSERT_EQ(largest.width, 128U);
  ASSERT_EQ(largest.height, 128U);
  EXPECT_EQ(largest.pixels[26 * 128 + 81], 0xffff7870U) << "the alarm above the trace, opaque";
  EXPECT_EQ(largest.pixels[0] >> 24U, 0U) << "a transparent corner";
}

}  // namespace
}  // namespace auscult::test
