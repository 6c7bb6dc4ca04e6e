// The results of long work, on the disk as they come: rows go to NAME.part, and NAME.part.log says which recordings are
// in it. When all are complete, NAME.part becomes NAME. After an interruption, a crash or a power cut, another run goes
// on behind the last complete recording. The part of the results that a shard has to give goes to NAME and NAME.log,
// which both stay: the last line of the log says that all is there. Thread rule: one object, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auscult/error.h"
#include "part_log.h"

namespace auscult::cli {

class PartFile {
 public:
  PartFile() = default;
  ~PartFile();
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&& other) noexcept;

  /// For `target`, or for results that are in the log alone if `target` is a folder. `work` describes what determines
  /// the results. With `resume`, what an earlier run has left is used. Nothing is created before the first row.
  /// Errors: usage if that run did other work; write_failed.
  static Result<PartFile> open(const std::filesystem::path& target, std::string work, bool resume) {
    return open(target, PartHead{.work = std::move(work)}, resume);
  }
  /// With `head.shard`, `target` is the file of that shard.
  static Result<PartFile> open(const std::filesystem::path& target, PartHead head, bool resume);

  const std::vector<PartEntry>& earlier() const { return earlier_; }
  /// What an earlier run wrote at the end of a shard; nothing if it did not get there.
  const std::optional<ShardEnd>& earlier_end() const { return earlier_end_; }
  /// Where the results that another run has left, and that this one does not use, will be kept; empty: there are none.
  const std::filesystem::path& old_path() const { return old_path_; }
  /// Where the results are until finish().
  std::filesystem::path path() const;

  /// Part of the rows of a recording, or of what stands before the first one. Errors: write_failed.
  Status append(std::string_view text);
  /// The rows of a recording are complete. Errors: write_failed.
  Status end_rows(const PartEntry& entry);
  /// Puts the file in place, durably; or removes the log if the target is a folder. Errors: write_failed.
  Status finish();
  /// Of a shard: says durably that it is complete. `end.rows` is filled in. Errors: write_failed.
  Status finish_shard(ShardEnd end);

 private:
  bool resumed() const { return log_bytes_ > 0; }
  Status begin();
  Result<int> open_part(const std::filesystem::path& path) const;
  Status set_others_aside() const;
  void choose_old_path();
  bool is_shard() const { return head_.shard.has_value(); }
  Status read_log();
  Status flush();
  std::filesystem::path log_path() const;
  void close_files() noexcept;

  std::filesystem::path target_, old_path_;
  PartHead head_;
  bool folder_ = false, left_ = false;
  int rows_ = -1, log_ = -1;  // descriptors
  std::string buffer_;
  std::int64_t bytes_ = 0;      // of complete rows; later of all that is written
  std::int64_t log_bytes_ = 0;  // of what an earlier run has left and this one uses
  std::vector<PartEntry> earlier_;
  std::optional<ShardEnd> earlier_end_;
  std::chrono::steady_clock::time_point synced_;
};

}  // namespace auscult::cli
