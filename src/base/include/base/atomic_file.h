// Atomic file replacement: a file is either the old one or the complete new one. Temporary file in the same folder,
// fsync, rename, fsync of the folder. What replaces a file keeps its mode and, where allowed, its owner and group. A
// stream (base/streams.h) is written to and never replaced. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "auscult/error.h"
#include "base/shared_folders.h"

namespace auscult {

/// Writes `bytes` to `path`, replacing an existing file. Creates no folders. Errors: write_failed.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Gives an open file, as yet without a name of its own, the mode and, where allowed, owner and group of the file
/// that it will replace, or what `access` says if there is none.
void keep_permissions(int descriptor, const std::filesystem::path& target, FileAccess access = FileAccess::by_umask);

/// Replaces `target` by the complete file `from` of the same folder, durably. Errors: write_failed.
Status put_in_place(const std::filesystem::path& from, const std::filesystem::path& target,
                    FileAccess access = FileAccess::by_umask);

/// A path to write to; commit() puts the finished file in place. Without commit() the temporary file is removed.
class AtomicFile {
 public:
  /// Errors: write_failed if the target's folder does not exist or cannot be written, or if another user has put a link
  /// there (base/shared_folders.h).
  static Result<AtomicFile> create(const std::filesystem::path& target, FileAccess access = FileAccess::by_umask);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;

  /// Write here (any library may open it by name). It has the target's extension.
  const std::filesystem::path& temporary_path() const { return temporary_; }
  const std::filesystem::path& target_path() const { return target_; }
  /// Puts the file in place, or copies it to the stream. Errors: write_failed.
  Status commit();

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary, FileAccess access);
  static Result<AtomicFile> create_for_stream(const std::filesystem::path& stream);
  void discard() noexcept;
  std::filesystem::path target_, temporary_;
  FileAccess access_ = FileAccess::by_umask;
  bool stream_ = false;
};

}  // namespace auscult
