// Warns about recordings that lack frequencies which the model analyzes: the first one by name, the others by their
// number. Thread rule: the main thread.
#pragma once

#include <cstdio>
#include <string>

#include "monitor/mismatch.h"

namespace auscult::cli {

class RateWarnings {
 public:
  explicit RateWarnings(const Model& model) : model_(model) {}

  /// A recording or another input with its sample rate in Hz.
  void see(const std::string& input, int sample_rate) {
    const auto missing = missing_frequencies(model_, sample_rate);
    if (!missing) return;
    if (found_++ == 0)
      std::fprintf(stderr, "auscult: warning: %s: %s %s\n", input.c_str(), missing->title.c_str(),
                   missing->advice.c_str());
  }
  /// After the last recording.
  void finish() const {
    if (found_ > 1) std::fprintf(stderr, "auscult: warning: the same is true of %d other recording(s)\n", found_ - 1);
  }

 private:
  const Model& model_;
  int found_ = 0;
};

}  // namespace auscult::cli
