// The log beside results that are written as they come: JSON lines that say what made the results, which recordings are
// complete and where their rows end, and, for a shard, that all of it is complete. It tells of rows only after they are
// written, so that its last good line marks what can be relied on. Thread rule: free functions, no state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "dataset/shard.h"

namespace auscult::cli {

/// A recording whose rows are complete.
struct PartEntry {
  std::string file;
  double seconds = 0.0;
  double score = 0.0;
  bool anomalous = false;
  int exit_code = 0;       ///< not 0: it could not be scored
  std::int64_t bytes = 0;  ///< where its rows end
};

/// The first line. `work`: what determines the results.
struct PartHead {
  std::string work;
  std::string command = {};         ///< of a shard: score, train, benchmark
  std::optional<Shard> shard = {};  ///< nothing: the results are not divided
  bool operator==(const PartHead&) const = default;
};

/// The last line of a complete shard.
struct ShardEnd {
  std::int64_t head_bytes = 0;       ///< what stands before the first row
  std::int64_t total = 0;            ///< names in the whole list
  std::string list;                  ///< digest of the whole list (ListDigest)
  std::string rows;                  ///< digest of the file of rows
  std::vector<std::int64_t> places;  ///< of each entry in the whole list; -1: it is no longer there
};

struct PartLog {
  PartHead head;
  std::vector<PartEntry> entries;
  std::optional<ShardEnd> end;  ///< only if nothing follows it
  std::int64_t head_bytes = 0;  ///< of the log: its first line
  std::int64_t good_bytes = 0;  ///< of the log: up to its last good line
  std::int64_t row_bytes() const { return entries.empty() ? 0 : entries.back().bytes; }
};

/// A log up to its last good line: one that a crash has left incomplete, one about rows beyond `row_bytes`, and all
/// that follow are left out. Nothing if it has no complete first line.
std::optional<PartLog> read_part_log(const std::filesystem::path& path, std::uintmax_t row_bytes);

std::string to_line(const PartHead& head);
std::string to_line(const PartEntry& entry);
std::string to_line(const ShardEnd& end);

/// Where the log of a file of rows lies.
std::filesystem::path log_of(const std::filesystem::path& rows);

}  // namespace auscult::cli
