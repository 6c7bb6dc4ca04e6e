// Module borders: third-party libraries stay in the modules that own them, and headers stay free of them.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>

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
    for (const char* folder : {"include", "src", "gui", "bench"}) {
      for (const auto& entry : fs::recursive_directory_iterator(test::source_dir() / folder)) {
        const std::string extension = entry.path().extension();
        if (extension != ".h" && extension != ".cpp" && extension != ".in") continue;
        std::ifstream in(entry.path());
        std::smatch match;
        for (std::string line; std::getline(in, line);)
          if (std::regex_match(line, match, line_pattern))
            found.push_back({fs::relative(entry.path(), test::source_dir()).generic_string(), match[1]});
      }
    }
    return found;
  }();
  return includes;
}

void expect_only_under(const std::vector<std::string>& headers, const std::vector<std::string>& folders) {
  bool any = false;
  for (const Include& include : all_includes()) {
    const bool meant = std::any_of(headers.begin(), headers.end(),
                                   [&](const std::string& h) { return include.header.rfind(h, 0) == 0; });
    if (!meant) continue;
    any = true;
    EXPECT_TRUE(std::any_of(folders.begin(), folders.end(),
                            [&](const std::string& f) { return include.file.rfind(f, 0) == 0; }))
        << include.file << " includes " << include.header;
  }
  EXPECT_TRUE(any) << headers.front() << " is included nowhere: the test looks for the wrong name";
}

TEST(ModuleBorders, ThirdPartyHeadersStayWhereTheyBelong) {
  expect_only_under({"torch/", "ATen/", "c10/"}, {"src/training/torch_"});
  expect_only_under({"Eigen/"}, {"src/model/"});
  expect_only_under({"portaudio.h", "pa_"}, {"src/audio/"});
  expect_only_under({"sndfile.h"}, {"src/audio/"});
  expect_only_under({"soxr.h"}, {"src/dsp/"});
  expect_only_under({"kissfft/", "kiss_fft"}, {"src/dsp/", "bench/peers/"});
  expect_only_under({"sqlite3.h"}, {"src/events/"});
  expect_only_under({"CLI/"}, {"src/cli/", "gui/", "bench/"});
  expect_only_under({"httplib.h", "mosquitto", "prometheus/", "systemd/", "curl/", "openssl/"}, {"src/service/"});
  expect_only_under({"toml++/"}, {"src/service/", "gui/"});
}

TEST(ModuleBorders, TheWindowsLibrariesAreKnownToTheWindowOnly) {
  if (!fs::exists(test::source_dir() / "gui" / "CMakeLists.txt")) GTEST_SKIP() << "no window in this tree";
  expect_only_under({"imgui", "GLFW/", "GL/"}, {"gui/"});
}

TEST(ModuleBorders, PublicHeadersNeedOnlyTheStandardLibraryAndExpected) {
  const std::vector<std::string> allowed = {"auscult/", "tl/expected.hpp"};
  for (const Include& include : all_includes()) {
    if (include.file.rfind("include/", 0) != 0) continue;
    const bool standard =
        include.header.find('.') == std::string::npos && include.header.find('/') == std::string::npos;
    const bool fine = standard || std::any_of(allowed.begin(), allowed.end(),
                                              [&](const std::string& a) { return include.header.rfind(a, 0) == 0; });
    EXPECT_TRUE(fine) << include.file << " includes " << include.header;
  }
}

// The library that a header belongs to: its folder, or for an installed header the library that implements it.
std::string library_of(const std::string& header) {
  static const std::map<std::string, std::string> installed = {
      {"auscult/error.h", "base"},     {"auscult/version.h", "base"},    {"auscult/model.h", "model"},
      {"auscult/scorer.h", "scoring"}, {"auscult/monitor.h", "monitor"}, {"auscult/training.h", "training"}};
  if (const auto found = installed.find(header); found != installed.end()) return found->second;
  const std::size_t slash = header.find('/');
  return slash == std::string::npos ? std::string() : header.substr(0, slash);
}

TEST(ModuleBorders, LibrariesIncludeOnlyLibrariesBelow) {
  // A library may include itself and those of smaller rank, so that there is no cycle. Of equal rank: none.
  const std::map<std::string, int> rank = {
      {"base", 0},    {"audio", 1},    {"dsp", 1},     {"detect", 1},  {"events", 2},     {"model", 2},
      {"dataset", 2}, {"simulate", 2}, {"scoring", 3}, {"monitor", 4}, {"evaluation", 4}, {"training", 5},
      {"service", 5}, {"app", 6},      {"cli", 7},     {"gui", 7},     {"bench", 7}};
  std::size_t checked = 0;
  for (const Include& include : all_includes()) {
    const std::size_t from = include.file.rfind("src/", 0) == 0 ? 4 : 0;
    const std::string own = include.file.substr(from, include.file.find('/', from) - from),
                      target = library_of(include.header);
    if (!rank.contains(own) || !rank.contains(target)) continue;
    ++checked;
    EXPECT_TRUE(own == target || rank.at(target) < rank.at(own)) << include.file << " includes " << include.header;
  }
  EXPECT_GT(checked, 300U) << "the test looks for includes of another form than the code has";
}

TEST(ModuleBorders, LibtorchIsIncludedByAtMostFourFiles) {
  std::set<std::string> files;
  for (const Include& include : all_includes())
    if (include.header.rfind("torch/", 0) == 0) files.insert(include.file);
  std::size_t sources = 0;
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "src" / "training"))
    sources += entry.path().filename().string().rfind("torch_", 0) == 0 && entry.path().extension() == ".cpp";
  EXPECT_LE(sources, 4U);
  for (const std::string& file : files) EXPECT_EQ(file.rfind("src/training/torch_", 0), 0U) << file;
}

}  // namespace
}  // namespace auscult
