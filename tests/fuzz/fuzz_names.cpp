// Any bytes as the name of a file: labels, times and fields of tables, and nothing that steers a terminal.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/csv.h"
#include "base/printable.h"
#include "base/times.h"
#include "dataset/clip_name.h"
#include "dataset/name_words.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  constexpr std::size_t kLongestPath = 4096;  // PATH_MAX
  std::string name(reinterpret_cast<const char*>(data), size < kLongestPath ? size : kLongestPath);
  for (const char c : auscult::printable(name))
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
  (void)auscult::dataset::verdict_of_name(name);
  (void)auscult::dataset::machine_of_name(name);
  (void)auscult::time_in_name(name);
  (void)auscult::parse_time(name, 1'767'225'600'000);
  const auto path = (std::filesystem::path("/") / name).lexically_normal();
  (void)auscult::dataset::describe(path, 1);
  if (name.find_first_of("\r\n") == std::string::npos) {
    const auto fields = auscult::split_csv_line(auscult::csv_field(name) + "," + auscult::csv_text(name));
    if (fields.size() != 2 || fields[0] != name) std::abort();
  }
  return 0;
}
