// Module borders: third-party libraries stay in the modules that own them, and headers stay free of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;    // relative to the project root, with slashes
  std::string header;  // as it stands between the brackets or quotes
};

const std::vector<Include>& all_includes() {
  static const std::vector<Include> includes = [] {
    std::vector<Include> found;
    const std::regex line_pattern("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"].*");
    for (const char* folder : {"include", "src", "gui"}) {
      for (const auto& entry : fs::recursive_directory_iterator(test::source_dir() / folder)) {
        const std::string extension = entry.path().extension();
        if (extension != ".h" && extension != ".cpp" && extension != ".in") continue;
        std::ifstream in(entry.path());
        std::smatch match;
        for (std::string line; std::getline(in, line);)
          if (std::regex_match(line, match, line_pattern)) found.push_back({fs::relative(entry.path(), test::source_dir()).generic_string(), match[1]});
      }
    }
    return found;
  }();
  return includes;
}

void expect_only_under(const std::vector<std::string>& headers, const std::vector<std::string>& folders) {
  bool any = false;
  for (const Include& include : all_includes()) {
    const bool meant = std::any_of(headers.begin(), headers.end(), [&](const std::string& h) { return include.header.rfind(h, 0) == 0; });
    if (!meant) continue;
    any = true;
    EXPECT_TRUE(std::any_of(folders.begin(), folders.end(), [&](const std::string& f) { return include.file.rfind(f, 0) == 0; })) << include.file << " includes " << include.header;
  }
  EXPECT_TRUE(any) << headers.front() << " is included nowhere: the test looks for the wrong name";
}

TEST(ModuleBorders, ThirdPartyHeadersStayWhereTheyBelong) {
  expect_only_under({"torch/", "ATen/", "c10/"}, {"src/model/"});
  expect_only_under({"portaudio.h", "pa_"}, {"src/audio/"});
  expect_only_under({"sndfile.h"}, {"src/audio/"});
  expect_only_under({"soxr.h"}, {"src/dsp/"});
  expect_only_under({"kissfft/", "kiss_fft"}, {"src/dsp/"});
  expect_only_under({"sqlite3.h"}, {"src/engine/"});
  expect_only_under({"CLI/"}, {"src/cli/", "gui/"});
}

TEST(ModuleBorders, TheWindowsLibrariesAreKnownToTheWindowOnly) {
  if (!fs::exists(test::source_dir() / "gui" / "CMakeLists.txt")) GTEST_SKIP() << "no window in this tree";
  expect_only_under({"imgui", "GLFW/", "GL/"}, {"gui/"});
}

TEST(ModuleBorders, PublicHeadersNeedOnlyTheStandardLibraryAndExpected) {
  const std::vector<std::string> allowed = {"auscult/", "tl/expected.hpp"};
  for (const Include& include : all_includes()) {
    if (include.file.rfind("include/", 0) != 0) continue;
    const bool standard = include.header.find('.') == std::string::npos && include.header.find('/') == std::string::npos;
    const bool fine = standard || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& a) { return include.header.rfind(a, 0) == 0; });
    EXPECT_TRUE(fine) << include.file << " includes " << include.header;
  }
}

TEST(ModuleBorders, DependenciesPointOneWay) {
  // A module may use itself and what stands in its list; DESIGN: base <- {dsp, audio, detect} <- {dataset, model} <- engine <- {cli, gui}.
  const std::vector<std::pair<std::string, std::string>> allowed = {
      {"base", "base"}, {"dsp", "base dsp"}, {"audio", "base audio"}, {"detect", "base detect"}, {"dataset", "base dsp audio detect dataset"}, {"model", "base dsp audio detect model"},
      {"simulate", "base dsp audio simulate"}, {"engine", "base dsp audio detect dataset model engine"}};
  for (const Include& include : all_includes()) {
    if (include.header.rfind("auscult/", 0) != 0) continue;
    const std::string target = include.header.substr(8, include.header.find('/', 8) - 8);
    for (const auto& [module, modules] : allowed) {
      const bool own = include.file.rfind("src/" + module + "/", 0) == 0 || include.file.rfind("include/auscult/" + module + "/", 0) == 0;
      if (!own) continue;
      EXPECT_NE((" " + modules + " ").find(" " + target + " "), std::string::npos) << include.file << " includes " << include.header;
    }
  }
}

}  // namespace
}  // namespace auscult
