#include "dataset/shard.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <xxhash.h>

#include "base/whole_number.h"
#include "dataset/split.h"

namespace auscult {

Result<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const Shard shard{whole_number<int>(text.substr(0, slash)).value_or(0),
                    whole_number<int>(text.substr(std::min(slash + 1, text.size()))).value_or(0)};
  if (shard.number < 1 || shard.count < shard.number || shard.count > kMostShards)
    return fail(ErrorCode::usage, "is no part of a whole", std::string(text),
                "write I/N with I from 1 to N, such as --shard 3/20, or auto, or none");
  return shard;
}

std::string to_string(const Shard& shard) {
  return std::to_string(shard.number) + "/" + std::to_string(shard.count);
}

int shard_of(std::string_view name, int count) {
  return static_cast<int>(XXH3_64bits(name.data(), name.size()) % static_cast<std::uint64_t>(count)) + 1;
}

std::string shard_file(const std::string& results, const Shard& shard) {
  char ending[40];
  std::snprintf(ending, sizeof ending, ".%05d-of-%05d", shard.number, shard.count);
  return results + ending;
}

void ListDigest::add(std::string_view name) {
  text_ += '\0';
  text_ += name;
  text_ = text_digest(text_);
}

}  // namespace auscult
