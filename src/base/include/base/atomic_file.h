// Atomic file replacement: a file is either the old one or the complete new one. Temporary file in the same folder,
// fsync, rename, fsync of the folder. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "auscult/error.h"

namespace auscult {

/// Writes `bytes` to `path`, replacing an existing file. Creates no folders. Errors: write_failed.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// A path to write to; commit() puts the finished file in place. Without commit() the temporary file is removed.
class AtomicFile {
 public:
  /// Errors: write_failed if the target's folder does not exist or cannot be written.
  static Result<AtomicFile> create(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  /// Write here (any library may open it by name). It has the target's extension.
  const std::filesystem::path& temporary_path() const { return temporary_; }
  const std::filesystem::path& target_path() const { return target_; }
  Status commit();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary);
  void discard() noexcept;
  std::filesystem::path target_, temporary_;
};

}  // namespace auscult
