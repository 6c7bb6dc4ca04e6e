// The two output formats of `auscult features` for log-mel frames: .csv for any number of recordings, .npy for one.
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "auscult/error.h"
#include "base/atomic_file.h"

namespace auscult::cli {

/// A file written next to its target, which it replaces when complete.
class OutputFile {
 public:
  /// Errors: write_failed.
  static Result<OutputFile> create(const std::filesystem::path& target);
  void write(const void* bytes, std::size_t count);
  void write(const std::string& text) { write(text.data(), text.size()); }
  /// Errors: write_failed, also for a failure of write().
  Status commit();

 private:
  struct Closer {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  OutputFile(AtomicFile file, std::FILE* stream) : file_(std::move(file)), stream_(stream) {}
  AtomicFile file_;
  std::unique_ptr<std::FILE, Closer> stream_;
  bool ok_ = true;
};

/// "file,frame,mel_1,...,mel_N".
std::string csv_header(int n_mels);
/// `rows`: n_mels values per frame, dB.
void write_csv_rows(OutputFile& out, const std::string& file, std::span<const float> rows, std::size_t n_mels);
/// NumPy's format, version 1.0: float32, frames x n_mels.
void write_npy(OutputFile& out, std::span<const float> rows, std::size_t n_mels);

}  // namespace auscult::cli
