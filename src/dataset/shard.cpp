#include "dataset/shard.h"

#include <charconv>
#include <cstdint>
#include <cstdio>

#include <xxhash.h>

#include "dataset/split.h"

namespace auscult {
namespace {

bool to_number(std::string_view text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Shard> parse_shard(std::string_view text) {
  Shard shard;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !to_number(text.substr(0, slash), shard.number) ||
      !to_number(text.substr(slash + 1), shard.count) || shard.number < 1 || shard.count < shard.number ||
      shard.count > kMostShards)
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
