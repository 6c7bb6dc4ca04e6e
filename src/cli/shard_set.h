// The shards of one work, put together: a set is used only if it is complete and nothing is in it twice, because a gap
// would look like a result. Thread rule: one object, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "part_log.h"

namespace auscult::cli {

class ShardSet {
 public:
  ShardSet() = default;
  ~ShardSet();
  ShardSet(ShardSet&& other) noexcept = default;
  ShardSet& operator=(ShardSet&& other) = delete;

  /// Reads the logs of all shards and checks that they are one work: same command, model and options, each number once,
  /// each complete, all of the same list of names, each name of it in one of them, and the rows as they were written.
  /// Errors: file_not_found; bad_input with everything that is missing or doubled.
  static Result<ShardSet> open(const std::vector<std::string>& shards);

  const PartHead& head() const { return logs_.front().head; }
  /// Checks that there is a result for each of these names. Errors: bad_input with names that have none.
  Status check_names(const std::vector<std::string>& names) const;
  /// What stands before the first row.
  Result<std::string> header() const;
  /// The results in the order of the list of names, each with its rows, in pieces. Errors: those of the sink;
  /// write_failed if rows can no longer be read.
  using RowSink = std::function<Status(std::string_view rows)>;
  using EntrySink = std::function<Status(const PartEntry& entry)>;
  Status each_rows(const RowSink& sink) const;
  Status each_entry(const EntrySink& sink) const;
  /// Results that say that a recording could not be used.
  std::size_t failures() const;
  std::size_t size() const { return order_.size(); }

 private:
  struct Place {
    std::uint32_t shard = 0;
    std::uint32_t entry = 0;
  };
  Status check_parts();
  Status check_same_list() const;
  Status put_in_order();
  Status check_rows();
  Status copy(std::size_t shard, std::int64_t from, std::int64_t to, const RowSink& sink) const;

  std::vector<std::filesystem::path> rows_;
  std::vector<PartLog> logs_;
  std::vector<int> files_;  // descriptors
  std::vector<Place> order_;
};

}  // namespace auscult::cli
