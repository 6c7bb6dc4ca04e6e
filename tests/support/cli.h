// Shared by tests of the command line: a model trained by the program itself, and parsing of its output. Test-only,
// header-only; needs auscult_audio.
#pragma once

#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/files.h"
#include "support/process.h"
#include "support/sounds.h"

namespace auscult::test {

/// A folder with normal recordings in normal/, a preset that trains in a fraction of a second, and a model of them.
class Workshop {
 public:
  Workshop() {
    write_file(preset(), tiny_preset_json());
    write_normal_clips(folder_ / "normal", 12);
    const ProcessResult trained = auscult({"train", folder_ / "normal", "--preset", preset(), "-o", model()});
    if (trained.exit_code != 0) throw std::runtime_error("training failed: " + trained.err);
  }
  std::string preset() const { return folder_ / "tiny.json"; }
  std::string model() const { return folder_ / "model.safetensors"; }
  std::string normal() const { return folder_ / "normal"; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempDir folder_;
};

/// Made once per test program.
inline const Workshop& workshop() {
  static const Workshop instance;
  return instance;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> values;
  for (const std::string& line : lines_of(text)) values.push_back(nlohmann::json::parse(line));
  return values;
}

inline int count(const std::string& text, const std::string& word) {
  int n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

/// The program ended with `code` and one message with a hint, and printed nothing on stdout.
inline void expect_one_message(const ProcessResult& result, int code, const std::string& word) {
  EXPECT_EQ(result.exit_code, code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(count(result.err, "error: "), 1) << result.err;
  EXPECT_NE(result.err.find(word), std::string::npos) << "wanted: " << word << "\ngot: " << result.err;
  EXPECT_GE(lines_of(result.err).size(), 2U) << "what to do next is missing: " << result.err;
  for (const char* trace :
       {"terminate called", "what():", "c10::Error", "Exception raised", "nlohmann", "AddressSanitizer", "frame #"})
    EXPECT_EQ(result.err.find(trace), std::string::npos) << result.err;
}

}  // namespace auscult::test
