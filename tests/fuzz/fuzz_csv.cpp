// Any bytes as a table of scores and as a table of faults: an error that says something, or rows.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/csv.h"
#include "dataset/manifest.h"
#include "gui/batch/score_list.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const fs::path folder = [] {
    std::string pattern = "/dev/shm/auscult-fuzz-XXXXXX";
    return fs::path(mkdtemp(pattern.data()) ? pattern : "/dev/null");
  }();
  const fs::path path = folder / "manifest.csv";
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::ofstream(path, std::ios::binary) << text;
  const auto scores = auscult::gui::read_scores(path);
  if (!scores && scores.error().what.empty()) std::abort();
  if (scores) {
    (void)scores->csv(1.0, auscult::gui::ScoreOrder::score);
    (void)scores->ranking();
    (void)scores->histogram(20, 1.0);
  }
  (void)auscult::dataset::ManifestFinder().fault_of(folder / "clip.wav");
  (void)auscult::with_decimal_commas(text);
  std::error_code error;
  fs::remove(path, error);
  return 0;
}
