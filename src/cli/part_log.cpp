#include "part_log.h"

#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

namespace auscult::cli {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

// A file name is a sequence of bytes, a text in JSON is UTF-8. Names that are not are kept byte by byte under another
// key, each byte as the character of that number, because a name that changes is not found again by --resume.
constexpr const char* kName = "file";
constexpr const char* kNameBytes = "file_bytes";

std::string from_bytes(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return text;
}

std::string to_bytes(const std::string& text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size()) {
      name += text[i];
    } else {
      name += static_cast<char>((byte & 0x03U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    }
  }
  return name;
}

bool is_utf8(const std::string& name) {
  try {
    return !json(name).dump().empty();
  } catch (const json::type_error&) {
    return false;
  }
}

std::string line_of(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

template <class T>
T value_or(const json& object, const char* key, T other) {
  const auto found = object.find(key);
  if (found == object.end()) return other;
  if constexpr (std::is_same_v<T, std::string>)
    return found->is_string() ? found->get<T>() : other;
  else if constexpr (std::is_same_v<T, bool>)
    return found->is_boolean() ? found->get<T>() : other;
  else
    return found->is_number() ? found->get<T>() : other;
}

std::optional<PartHead> head_of(const json& object) {
  if (!object.is_object()) return std::nullopt;
  PartHead head{.work = value_or<std::string>(object, "work", ""),
                .command = value_or<std::string>(object, "command", "")};
  if (const auto shard = parse_shard(value_or<std::string>(object, "shard", ""))) head.shard = *shard;
  return head;
}

std::optional<PartEntry> entry_of(const json& object) {
  if (!object.is_object() || (!object.contains(kName) && !object.contains(kNameBytes))) return std::nullopt;
  PartEntry entry{.file = value_or<std::string>(object, kName, ""),
                  .seconds = value_or(object, "seconds", 0.0),
                  .score = value_or(object, "score", 0.0),
                  .anomalous = value_or(object, "anomalous", false),
                  .exit_code = value_or(object, "exit_code", 0),
                  .bytes = value_or(object, "bytes", std::int64_t{0})};
  if (object.contains(kNameBytes)) entry.file = to_bytes(value_or<std::string>(object, kNameBytes, ""));
  return entry;
}

std::optional<ShardEnd> end_of(const json& object) {
  if (!object.is_object() || !value_or(object, "complete", false)) return std::nullopt;
  ShardEnd end{.head_bytes = value_or(object, "head_bytes", std::int64_t{0}),
               .total = value_or(object, "total", std::int64_t{0}),
               .list = value_or<std::string>(object, "list", ""),
               .rows = value_or<std::string>(object, "rows", ""),
               .places = {}};
  const auto places = object.find("places");
  if (places == object.end() || !places->is_array()) return std::nullopt;
  for (const json& place : *places) end.places.push_back(place.is_number_integer() ? place.get<std::int64_t>() : -1);
  return end;
}

}  // namespace

std::optional<PartLog> read_part_log(const fs::path& path, std::uintmax_t row_bytes) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || in.eof()) return std::nullopt;
  const auto head = head_of(json::parse(line, nullptr, false));
  if (!head) return std::nullopt;
  PartLog log{.head = *head, .entries = {}, .end = {}, .head_bytes = in.tellg(), .good_bytes = in.tellg()};
  while (std::getline(in, line) && !in.eof()) {
    const json object = json::parse(line, nullptr, false);
    if (auto end = end_of(object); end && end->places.size() == log.entries.size()) {
      log.end = std::move(end);
    } else if (auto entry = entry_of(object);
               entry && entry->bytes >= log.row_bytes() && static_cast<std::uintmax_t>(entry->bytes) <= row_bytes) {
      log.entries.push_back(std::move(*entry));
      log.end.reset();
    } else {
      break;
    }
    log.good_bytes += static_cast<std::int64_t>(line.size()) + 1;
  }
  return log;
}

std::string to_line(const PartHead& head) {
  json object = {{"work", head.work}};
  if (head.shard) {
    object["command"] = head.command;
    object["shard"] = to_string(*head.shard);
  }
  return line_of(object);
}

std::string to_line(const PartEntry& entry) {
  json object = {{"bytes", entry.bytes},
                 {"seconds", entry.seconds},
                 {"score", entry.score},
                 {"anomalous", entry.anomalous},
                 {"exit_code", entry.exit_code}};
  if (is_utf8(entry.file))
    object[kName] = entry.file;
  else
    object[kNameBytes] = from_bytes(entry.file);
  return line_of(object);
}

std::string to_line(const ShardEnd& end) {
  return line_of({{"complete", true},
                  {"head_bytes", end.head_bytes},
                  {"total", end.total},
                  {"list", end.list},
                  {"rows", end.rows},
                  {"places", end.places}});
}

fs::path log_of(const fs::path& rows) {
  return rows.string() + ".log";
}

}  // namespace auscult::cli
