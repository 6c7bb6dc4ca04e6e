// Messages that wait to be delivered, on the disk: what was put in is there after a restart, until it was delivered. At
// most a fixed number; then the oldest goes, and is counted. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult {

struct OutboxMessage {
  std::string topic, payload;
  bool operator==(const OutboxMessage&) const = default;
};

class Outbox {
 public:
  /// Takes up what earlier runs have left in the folder, which is created for this user alone. Errors: write_failed.
  Status open(const std::filesystem::path& folder, std::size_t limit = 10000);

  /// Keeps the message, first on the disk. If that fails it is kept in memory, and trouble() says why.
  void put(OutboxMessage message);
  /// The oldest messages with a number above `after`, at most `count`.
  std::vector<std::pair<std::uint64_t, OutboxMessage>> after(std::uint64_t number, std::size_t count) const;
  /// The message was delivered. Unknown numbers are ignored.
  void done(std::uint64_t number);

  std::size_t waiting() const;
  std::uint64_t dropped() const;  ///< since open(): there were more than the limit
  std::optional<Error> trouble() const;

 private:
  std::filesystem::path file_of(std::uint64_t number) const;

  mutable std::mutex mutex_;
  std::filesystem::path folder_;
  std::size_t limit_ = 0;
  std::map<std::uint64_t, OutboxMessage> messages_;  // by number, ascending in time
  std::uint64_t next_ = 1, dropped_ = 0;
  std::optional<Error> trouble_;
};

}  // namespace auscult
