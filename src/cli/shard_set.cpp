#include "shard_set.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "dataset/split.h"

namespace auscult::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::size_t kMostNamed = 12;

// "\n    a\n    b\n    and 7 more"
std::string listed(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kMostNamed); ++i) text += "\n    " + printable(lines[i]);
  if (lines.size() > kMostNamed) text += "\n    and " + std::to_string(lines.size() - kMostNamed) + " more";
  return text;
}

// "model, format": in what two works differ.
std::string differences(const PartHead& one, const PartHead& other) {
  using nlohmann::json;
  if (one.command != other.command) return "command";
  if (one.shard->count != other.shard->count) return "number of parts";
  const json a = json::parse(one.work, nullptr, false), b = json::parse(other.work, nullptr, false);
  std::string text;
  if (a.is_object() && b.is_object()) {
    json keys = a;
    keys.update(b);
    for (const auto& [key, value] : keys.items())
      if (a.value(key, json()) != b.value(key, json())) text += (text.empty() ? "" : ", ") + key;
  }
  return text.empty() ? "options" : text;
}

bool same_work(const PartHead& one, const PartHead& other) {
  return one.command == other.command && one.work == other.work && one.shard->count == other.shard->count;
}

Result<PartLog> read_shard(const fs::path& rows) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(rows, error);
  if (error)
    return fail(ErrorCode::file_not_found, "cannot be opened: " + error.message(), rows.string(),
                "name the files of the shards, such as scores.csv.*-of-00020");
  auto log = read_part_log(log_of(rows), size);
  if (!log || !log->head.shard)
    return fail(ErrorCode::bad_input,
                "is no shard: its log " + log_of(rows).filename().string() + " is missing or says otherwise",
                rows.string(), "name files that --shard has written, and keep each .log beside its file");
  return std::move(*log);
}

// As many files as there are shards are open at the same time.
void allow_many_files() {
  struct rlimit limit {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

ShardSet::~ShardSet() {
  for (const int file : files_)
    if (file >= 0) close(file);
}

Result<ShardSet> ShardSet::open(const std::vector<std::string>& shards) {
  ShardSet set;
  for (const std::string& shard : shards) {
    AUSCULT_TRY_ASSIGN(PartLog log, read_shard(shard));
    if (!set.logs_.empty() && !same_work(set.head(), log.head))
      return fail(
          ErrorCode::bad_input,
          "does not belong to " + set.rows_.front().string() + " (another " + differences(set.head(), log.head) + ")",
          shard, "merge the shards of one command");
    set.rows_.emplace_back(shard);
    set.logs_.push_back(std::move(log));
  }
  AUSCULT_TRY(set.check_parts());
  AUSCULT_TRY(set.check_same_list());
  AUSCULT_TRY(set.put_in_order());
  AUSCULT_TRY(set.check_rows());
  return set;
}

// All that is wrong at once, so that one look is enough to repeat what is needed.
Status ShardSet::check_parts() {
  const int count = head().shard->count;
  std::map<int, std::vector<std::size_t>> by_number;
  for (std::size_t i = 0; i < logs_.size(); ++i) by_number[logs_[i].head.shard->number].push_back(i);
  std::vector<std::string> wrong;
  for (const auto& [number, shards] : by_number)
    if (shards.size() > 1)
      wrong.push_back(to_string(Shard{number, count}) + " is there twice: " + rows_[shards[0]].string() + ", " +
                      rows_[shards[1]].string());
  for (int number = 1; number <= count; ++number)
    if (!by_number.contains(number)) wrong.push_back(to_string(Shard{number, count}) + " is missing");
  for (std::size_t i = 0; i < logs_.size(); ++i)
    if (!logs_[i].end)
      wrong.push_back(to_string(*logs_[i].head.shard) + " is not complete, with " +
                      std::to_string(logs_[i].entries.size()) + " results: " + rows_[i].string());
  if (wrong.empty()) return {};
  return fail(ErrorCode::bad_input, "the shards are no complete set:" + listed(wrong), {},
              "run the command of each missing or incomplete part with --resume; leave out a copy");
}

Status ShardSet::check_same_list() const {
  const ShardEnd& first = *logs_.front().end;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < logs_.size(); ++i)
    if (const ShardEnd& end = *logs_[i].end; end.list != first.list)
      others.push_back(to_string(*logs_[i].head.shard) + " had " + std::to_string(end.total) +
                       " names: " + rows_[i].string());
  if (others.empty()) return {};
  return fail(
      ErrorCode::bad_input,
      "the shards had different lists of inputs: " + to_string(*head().shard) + " had " + std::to_string(first.total) +
          " names, but" + listed(others),
      {}, "files have come or gone between the tasks: run all parts again with --resume, which does only what is new");
}

Status ShardSet::put_in_order() {
  const auto total = static_cast<std::size_t>(std::max<std::int64_t>(0, logs_.front().end->total));
  std::vector<char> seen(total, 0);
  order_.resize(total);
  std::size_t found = 0;
  for (std::size_t s = 0; s < logs_.size(); ++s) {
    const std::vector<std::int64_t>& places = logs_[s].end->places;
    for (std::size_t e = 0; e < places.size(); ++e) {
      if (places[e] < 0) continue;  // no longer in the list
      const auto place = static_cast<std::size_t>(places[e]);
      if (place >= total || seen[place] != 0)
        return fail(ErrorCode::bad_input, "a result is there twice: " + printable(logs_[s].entries[e].file),
                    rows_[s].string(), "remove this shard and its log, and run its part again");
      seen[place] = 1;
      ++found;
      order_[place] = {.shard = static_cast<std::uint32_t>(s), .entry = static_cast<std::uint32_t>(e)};
    }
  }
  if (found == total) return {};
  return fail(ErrorCode::bad_input,
              std::to_string(total - found) + " of " + std::to_string(total) + " results are missing", {},
              "run all parts again with --resume, which does only what is missing");
}

Status ShardSet::check_rows() {
  allow_many_files();
  std::vector<std::string> damaged;
  for (std::size_t s = 0; s < logs_.size(); ++s) {
    const auto digest = file_digest(rows_[s]);
    if (!digest || *digest != logs_[s].end->rows) damaged.push_back(rows_[s].string());
    files_.push_back(::open(rows_[s].c_str(), O_RDONLY | O_CLOEXEC));
    if (files_.back() < 0)
      return fail(ErrorCode::file_not_found, std::string("cannot be opened: ") + std::strerror(errno),
                  rows_[s].string(),
                  errno == EMFILE ? "allow more open files: ulimit -n 100000" : "check the read permission");
  }
  if (damaged.empty()) return {};
  return fail(ErrorCode::bad_input, "shards are not as they were written:" + listed(damaged), {},
              "copy them again, or remove each with its log and run its part again");
}

Status ShardSet::check_names(const std::vector<std::string>& names) const {
  std::unordered_set<std::string_view> known;
  for (const Place& place : order_) known.insert(logs_[place.shard].entries[place.entry].file);
  std::vector<std::string> missing;
  for (const std::string& name : names)
    if (!known.contains(name)) missing.push_back(name);
  if (missing.empty()) return {};
  return fail(ErrorCode::bad_input,
              std::to_string(missing.size()) + " of " + std::to_string(names.size()) +
                  " names of the list have no result:" + listed(missing),
              {}, "run all parts again with --resume and this list, which does only what is missing");
}

Status ShardSet::copy(std::size_t shard, std::int64_t from, std::int64_t to, const RowSink& sink) const {
  std::string piece;
  while (from < to) {
    piece.resize(std::min(kPiece, static_cast<std::size_t>(to - from)));
    const ssize_t n = pread(files_[shard], piece.data(), piece.size(), from);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return fail(ErrorCode::bad_input, "cannot be read", rows_[shard].string(), "it may have been changed meanwhile");
    AUSCULT_TRY(sink(std::string_view(piece).substr(0, static_cast<std::size_t>(n))));
    from += n;
  }
  return {};
}

Result<std::string> ShardSet::header() const {
  std::string text;
  AUSCULT_TRY(copy(0, 0, logs_.front().end->head_bytes, [&](std::string_view piece) {
    text += piece;
    return Status{};
  }));
  return text;
}

Status ShardSet::each_rows(const RowSink& sink) const {
  for (const Place& place : order_) {
    const PartLog& log = logs_[place.shard];
    const std::int64_t from = place.entry == 0 ? log.end->head_bytes : log.entries[place.entry - 1].bytes;
    AUSCULT_TRY(copy(place.shard, from, log.entries[place.entry].bytes, sink));
  }
  return {};
}

Status ShardSet::each_entry(const EntrySink& sink) const {
  for (const Place& place : order_) AUSCULT_TRY(sink(logs_[place.shard].entries[place.entry]));
  return {};
}

std::size_t ShardSet::failures() const {
  return static_cast<std::size_t>(std::count_if(order_.begin(), order_.end(), [this](const Place& place) {
    return logs_[place.shard].entries[place.entry].exit_code != 0;
  }));
}

}  // namespace auscult::cli
