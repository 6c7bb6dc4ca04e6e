// Divides work among processes that know nothing of each other: by a hash of each name, so that every process comes to
// the same division, and a name that is added moves no other one. Thread rule: free functions, no state.
#pragma once

#include <string>
#include <string_view>

#include "auscult/error.h"

namespace auscult {

/// Part `number` of `count`; numbers begin with 1.
struct Shard {
  int number = 1;
  int count = 1;
  bool operator==(const Shard&) const = default;
};

inline constexpr int kMostShards = 100000;

/// "3/20". Errors: usage.
Result<Shard> parse_shard(std::string_view text);
std::string to_string(const Shard& shard);

/// The number of the part that a name belongs to, 1 to `count`: XXH3-64 of its bytes modulo `count`. Precondition:
/// count >= 1.
int shard_of(std::string_view name, int count);
inline bool in_shard(std::string_view name, const Shard& shard) {
  return shard_of(name, shard.count) == shard.number;
}

/// "scores.csv.00003-of-00020": the file for a part of the results. It sorts by number.
std::string shard_file(const std::string& results, const Shard& shard);

/// A digest of a list of names in order, independent of where they lie on a disk. One object, one thread.
class ListDigest {
 public:
  void add(std::string_view name);
  /// XXH3-128 as 32 hexadecimal digits.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace auscult
