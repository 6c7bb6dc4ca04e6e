// What libsndfile sees of an audio file: the bytes as they are or, for a file whose header is wrong, a repaired header
// followed by the ranges of the file that hold the sound. Seeing the file through a view also keeps libsndfile from
// guessing a raw format from its name. Thread rule: one object, one thread. Ownership: the descriptor is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sndfile.h>

namespace auscult::audio {

/// Bytes of a file.
struct FileRange {
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

class FileView {
 public:
  /// The whole file.
  FileView(int descriptor, std::int64_t size) : descriptor_(descriptor), ranges_{{0, size}}, size_(size) {}

  /// From now on: `header`, then the ranges in order.
  void replace(std::string header, std::vector<FileRange> ranges);
  std::int64_t size() const { return size_; }
  /// Functions that take a FileView as user data. The view must not move while libsndfile uses it.
  static SF_VIRTUAL_IO& functions();

 private:
  static sf_count_t length(void* user);
  static sf_count_t seek(sf_count_t offset, int whence, void* user);
  static sf_count_t read(void* into, sf_count_t count, void* user);
  static sf_count_t write(const void* from, sf_count_t count, void* user);
  static sf_count_t tell(void* user);
  /// Some of the bytes at the position; 0 at the end or after an error.
  std::int64_t read_some(unsigned char* into, std::int64_t count) const;

  int descriptor_;
  std::string header_;
  std::vector<FileRange> ranges_;
  std::int64_t size_;
  std::int64_t position_ = 0;
};

}  // namespace auscult::audio
