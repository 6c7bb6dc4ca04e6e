#include "events/event_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "base/clock.h"
#include "base/shared_folders.h"
#include "base/times.h"
#include "events/clip_store.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

constexpr int kSchema = 1;
constexpr int kApplication = 0x41757363;                   // "Ausc": identifies our databases, also for `file`
constexpr auto kBusy = std::chrono::milliseconds(1500);    // longest wait for another program; EventArchive ends in 2 s
constexpr auto kBusyPause = std::chrono::milliseconds(3);  // between attempts to get the lock
constexpr std::int64_t kClipWritingMs = 30'000;            // the seconds after an event, plus time for a slow disk

constexpr const char* kCreate = R"(
  CREATE TABLE events (
    run TEXT NOT NULL, id INTEGER NOT NULL, ended INTEGER NOT NULL,
    start_s REAL NOT NULL, end_s REAL NOT NULL, peak_score REAL NOT NULL, peak_s REAL NOT NULL, threshold REAL NOT NULL,
    detector TEXT NOT NULL, bands TEXT NOT NULL, wall_time_ms INTEGER NOT NULL, source TEXT NOT NULL,
    model_name TEXT NOT NULL, model_digest TEXT NOT NULL, clip TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT 'unknown', note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, id));
  CREATE INDEX events_by_time ON events (wall_time_ms);)";

constexpr const char* kColumns =
    "run, id, ended, start_s, end_s, peak_score, peak_s, threshold, detector, bands, wall_time_ms, source, model_name, "
    "model_digest, clip, verdict, note";

constexpr const char* kStore =
    "INSERT INTO events (run, id, ended, start_s, end_s, peak_score, peak_s, threshold, detector, bands, wall_time_ms, "
    "source, model_name, model_digest, clip, "
    "verdict, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "
    "ON CONFLICT (run, id) DO UPDATE SET ended = ?3, start_s = ?4, end_s = ?5, peak_score = ?6, peak_s = ?7, threshold "
    "= ?8, detector = ?9, bands = ?10, "
    "wall_time_ms = ?11, source = ?12, model_name = ?13, model_digest = ?14, clip = ?15";

constexpr const char* kWhere =
    " FROM events WHERE (?1 IS NULL OR verdict = ?1) AND (?2 IS NULL OR wall_time_ms >= ?2) AND peak_score >= ?3 AND "
    "(?4 = '' OR instr(lower(note), ?4) OR "
    "instr(lower(detector), ?4) OR instr(lower(source), ?4) OR instr(lower(model_name), ?4))";

bool is_damage(int code) {
  return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

std::string ascii_lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string bands_text(const std::vector<FrequencyBand>& bands) {
  auto list = nlohmann::json::array();
  for (const FrequencyBand& band : bands) list.push_back({band.from_hz, band.to_hz, band.share});
  return list.dump();
}

std::vector<FrequencyBand> parse_bands(const std::string& text) {
  std::vector<FrequencyBand> bands;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return bands;
  for (const auto& item : list) {
    if (!item.is_array() || item.size() != 3 || !item[0].is_number() || !item[1].is_number() || !item[2].is_number())
      continue;
    bands.push_back({item[0].get<double>(), item[1].get<double>(), item[2].get<double>()});
  }
  return bands;
}

class Statement {
 public:
  Statement(sqlite3* db, const std::string& sql) { sqlite3_prepare_v2(db, sql.c_str(), -1, &statement_, nullptr); }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  bool prepared() const { return statement_ != nullptr; }
  Statement& bind(const std::string& text) {
    sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  Statement& bind(double value) {
    sqlite3_bind_double(statement_, ++bound_, value);
    return *this;
  }
  Statement& bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  Statement& bind_null() {
    sqlite3_bind_null(statement_, ++bound_);
    return *this;
  }
  int step() { return statement_ ? sqlite3_step(statement_) : SQLITE_ERROR; }

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                 : std::string();
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

void bind_filter(Statement& statement, const EventFilter& filter) {
  filter.verdict ? statement.bind(std::string(to_string(*filter.verdict))) : statement.bind_null();
  filter.since_ms ? statement.bind(*filter.since_ms) : statement.bind_null();
  statement.bind(filter.minimum_peak).bind(ascii_lower(filter.text));
}

Event read_row(const Statement& row) {
  Event record;
  record.ref = {row.text(0), row.integer(1)};
  record.ended = row.integer(2) != 0;
  record.start_s = row.real(3);
  record.end_s = row.real(4);
  record.peak_score = row.real(5);
  record.peak_s = row.real(6);
  record.threshold = row.real(7);
  record.detector = row.text(8);
  record.bands = parse_bands(row.text(9));
  record.wall_time_ms = row.integer(10);
  record.source = row.text(11);
  record.model_name = row.text(12);
  record.model_digest = row.text(13);
  record.clip = row.text(14);
  record.verdict = parse_verdict(row.text(15)).value_or(Verdict::unknown);
  record.note = row.text(16);
  return record;
}

// SQLite's side files move with the database: a journal left behind would be applied to the new one.
Result<fs::path> set_file_aside(const fs::path& path) {
  std::string stamp = iso_time(system_ms());
  for (char& c : stamp)
    if (c == ':') c = '-';
  fs::path target = path;
  target.replace_filename(path.stem().string() + ".damaged-" + stamp + path.extension().string());
  std::error_code error;
  for (const char* suffix : {"-journal", "-wal", "-shm", ""}) {
    const fs::path from = path.string() + suffix;
    if (!fs::exists(from, error)) continue;
    fs::rename(from, target.string() + suffix, error);
    if (error)
      return fail(ErrorCode::write_failed, "the damaged list of events cannot be renamed: " + error.message(),
                  path.string(), "move it away manually; events are kept in memory meanwhile");
  }
  return target;
}

// SQLite's own handler waits longer each time, up to 100 ms: beside a program that writes often it would never see the
// file free. `count` is the number of attempts before this one.
int wait_for_others(void*, int count) {
  if (count * kBusyPause > kBusy) return 0;
  std::this_thread::sleep_for(kBusyPause);
  return 1;
}

// SQLite itself would create a file that everybody may read, and gives its side files the mode of the database. A
// failure is reported by SQLite, which tries the same. (An existing file is not opened here: closing it would release
// the locks of other connections of this process.)
void create_private(const fs::path& path) {
  const int created = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (created >= 0) ::close(created);
}

// When the oldest clip of a folder was written: the quota deletes in this order (clip_store.h), not in that of names,
// which a clock that is set back or a recording of former times puts out of order.
std::optional<std::int64_t> oldest_clip_ms(const fs::path& folder) {
  std::optional<std::int64_t> oldest;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    if (!is_event_clip(file.path())) continue;
    const fs::file_time_type written = file.last_write_time(error);
    if (error) continue;
    const auto since_1970 = std::chrono::file_clock::to_sys(written).time_since_epoch();
    const auto ms =
        static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
    oldest = std::min(oldest.value_or(ms), ms);
  }
  return oldest;
}

// When the clip of an event was written at the earliest: events of a recording have the recording's time, and were
// found after their run began.
std::int64_t stored_about_ms(const Event& record) {
  const auto ended = record.wall_time_ms + static_cast<std::int64_t>(1000.0 * record.duration_s());
  const auto begun = parse_time(record.ref.run.substr(0, record.ref.run.find('Z') + 1), 0);
  return begun ? std::max(*begun, ended) : ended;
}

}  // namespace

struct EventDatabase::Impl {
  explicit Impl(fs::path p) : path(std::move(p)) {}
  ~Impl() { sqlite3_close(db); }

  int execute(const char* sql) { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr); }
  std::optional<std::int64_t> number(const std::string& sql) {
    Statement statement(db, sql);
    if (statement.step() != SQLITE_ROW) return std::nullopt;
    return statement.integer(0);
  }
  /// The latest SQLite error as an Error with this code.
  tl::unexpected<Error> failure(ErrorCode code, const std::string& what, const std::string& hint) {
    damaged = damaged || is_damage(sqlite3_errcode(db));
    if (db && (sqlite3_errcode(db) & 0xFF) == SQLITE_BUSY)
      return fail(code, what + ": another program is writing to it", path.string(), "try again");
    return fail(code, what + ": " + (db ? sqlite3_errmsg(db) : "out of memory"), path.string(), hint);
  }
  tl::unexpected<Error> cannot_write() {
    return failure(ErrorCode::write_failed, "the event could not be stored",
                   "check the free disk space and that the folder is writable");
  }
  tl::unexpected<Error> cannot_read() {
    return failure(ErrorCode::bad_input, "the stored events cannot be read",
                   "check the disk; keep a copy of the file for diagnosis");
  }
  Status run(Statement& statement) {
    if (statement.step() == SQLITE_DONE) return {};
    auto error = cannot_write();
    if (sqlite3_get_autocommit(db) == 0) execute("ROLLBACK");
    return error;
  }

  Status connect(Mode mode);
  Status check(Mode mode);
  Status create();

  fs::path path;
  sqlite3* db = nullptr;
  bool damaged = false;
  std::optional<Error> set_aside;
};

Status EventDatabase::Impl::connect(Mode mode) {
  std::error_code error;
  if (mode == Mode::read_only && !fs::exists(path, error))
    return fail(ErrorCode::file_not_found, "there are no stored events", path.string(),
                "events are stored while auscult-gui listens to a microphone, and by auscult listen --keep-events");
  if (mode == Mode::read_write) {
    AUSCULT_TRY(make_private_folders(path.parent_path()));
    create_private(path);
  }
  const int flags = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr) != SQLITE_OK)
    return failure(mode == Mode::read_only ? ErrorCode::bad_input : ErrorCode::write_failed,
                   "the list of events cannot be opened",
                   "check that the folder is writable and the disk has free space");
  sqlite3_busy_handler(db, wait_for_others, nullptr);
  return {};
}

// Sets `damaged` if that is the problem.
Status EventDatabase::Impl::check(Mode mode) {
  // One after another, because a success would hide the reason of a failure before it.
  const auto version = number("PRAGMA user_version");
  const auto application = version ? number("PRAGMA application_id") : std::nullopt;
  const auto tables = application ? number("SELECT count(*) FROM sqlite_master") : std::nullopt;
  if (!tables) return cannot_read();
  const bool fresh = *version == 0 && *application == 0 && *tables == 0;
  if (fresh && mode == Mode::read_write) return create();
  if (*application != kApplication)
    return fail(ErrorCode::bad_input, fresh ? "is empty" : "is a database of another program", path.string(),
                "it was not changed; name another file");
  if (*version > kSchema)
    return fail(ErrorCode::bad_input, "was written by a newer version of Auscult", path.string(),
                "it was not changed; update Auscult, or move the file away to start a new list");
  Statement quick(db, "PRAGMA quick_check(1)");
  const int outcome = quick.step();
  const bool sound = outcome == SQLITE_ROW && quick.text(0) == "ok";
  if (!sound && outcome != SQLITE_ROW && !is_damage(outcome)) return cannot_read();
  damaged = !sound || !Statement(db, std::string("SELECT ") + kColumns + " FROM events LIMIT 0").prepared();
  if (damaged)
    return fail(ErrorCode::bad_input, "the list of events is damaged", path.string(),
                "the window renames it and starts a new one");
  execute("PRAGMA synchronous = EXTRA");
  return {};
}

Status EventDatabase::Impl::create() {
  const std::string sql = std::string("BEGIN IMMEDIATE;") + kCreate +
                          "PRAGMA application_id = " + std::to_string(kApplication) +
                          "; PRAGMA user_version = " + std::to_string(kSchema) + "; COMMIT";
  execute("PRAGMA synchronous = EXTRA");
  if (execute(sql.c_str()) == SQLITE_OK) return {};
  auto error = cannot_write();
  if (sqlite3_get_autocommit(db) == 0) execute("ROLLBACK");
  return error;
}

EventDatabase::EventDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventDatabase::~EventDatabase() = default;
EventDatabase::EventDatabase(EventDatabase&&) noexcept = default;
EventDatabase& EventDatabase::operator=(EventDatabase&&) noexcept = default;

Result<EventDatabase> EventDatabase::open(const fs::path& path, Mode mode) {
  auto impl = std::make_unique<Impl>(path);
  AUSCULT_TRY(impl->connect(mode));
  const Status checked = impl->check(mode);
  if (checked) return EventDatabase(std::move(impl));
  if (!impl->damaged || mode == Mode::read_only) return tl::unexpected(checked.error());

  impl = std::make_unique<Impl>(path);  // closes the damaged one first
  AUSCULT_TRY_ASSIGN(const fs::path aside, set_file_aside(path));
  impl->set_aside = Error{
      ErrorCode::bad_input,
      "the list of events was damaged; it was renamed to " + aside.filename().string() + " and a new one was started",
      path.string(),
      "sqlite3 " + aside.string() +
          " .recover may restore its content; the sound of the events is still in the clips folder"};
  AUSCULT_TRY(impl->connect(mode));
  AUSCULT_TRY(impl->check(mode));
  return EventDatabase(std::move(impl));
}

const std::optional<Error>& EventDatabase::set_aside() const {
  return impl_->set_aside;
}

bool EventDatabase::damaged() const {
  return impl_->damaged;
}

Status EventDatabase::store(const Event& r) {
  Statement statement(impl_->db, kStore);
  if (!statement.prepared()) return impl_->cannot_write();
  statement.bind(r.ref.run)
      .bind(r.ref.id)
      .bind(std::int64_t{r.ended})
      .bind(r.start_s)
      .bind(r.end_s)
      .bind(r.peak_score)
      .bind(r.peak_s)
      .bind(r.threshold);
  statement.bind(r.detector)
      .bind(bands_text(r.bands))
      .bind(r.wall_time_ms)
      .bind(r.source)
      .bind(r.model_name)
      .bind(r.model_digest)
      .bind(r.clip.string());
  statement.bind(std::string(to_string(r.verdict))).bind(r.note);
  return impl_->run(statement);
}

Status EventDatabase::set_verdict(const EventRef& ref, Verdict verdict) {
  Statement statement(impl_->db, "UPDATE events SET verdict = ?1 WHERE run = ?2 AND id = ?3");
  if (!statement.prepared()) return impl_->cannot_write();
  statement.bind(std::string(to_string(verdict))).bind(ref.run).bind(ref.id);
  return impl_->run(statement);
}

Status EventDatabase::set_note(const EventRef& ref, const std::string& note) {
  Statement statement(impl_->db, "UPDATE events SET note = ?1 WHERE run = ?2 AND id = ?3");
  if (!statement.prepared()) return impl_->cannot_write();
  statement.bind(note).bind(ref.run).bind(ref.id);
  return impl_->run(statement);
}

Result<std::vector<Event>> EventDatabase::query(const EventFilter& filter) {
  Statement statement(impl_->db, std::string("SELECT ") + kColumns + kWhere +
                                     " ORDER BY wall_time_ms DESC, run DESC, id DESC LIMIT ?5 OFFSET ?6");
  if (!statement.prepared()) return impl_->cannot_read();
  bind_filter(statement, filter);
  statement.bind(std::int64_t{filter.limit > 0 ? filter.limit : -1}).bind(std::int64_t{std::max(0, filter.offset)});
  std::vector<Event> records;
  int outcome = statement.step();
  for (; outcome == SQLITE_ROW; outcome = statement.step()) records.push_back(read_row(statement));
  if (outcome != SQLITE_DONE) return impl_->cannot_read();
  look_for_clips(records, system_ms());
  return records;
}

Result<std::int64_t> EventDatabase::count(const EventFilter& filter) {
  Statement statement(impl_->db, std::string("SELECT count(*)") + kWhere);
  if (!statement.prepared()) return impl_->cannot_read();
  bind_filter(statement, filter);
  if (statement.step() != SQLITE_ROW) return impl_->cannot_read();
  return statement.integer(0);
}

void look_for_clips(std::span<Event> records, std::int64_t now_ms) {
  std::error_code error;
  std::map<fs::path, std::optional<std::int64_t>> oldest;  // of each folder
  for (Event& record : records) {
    record.clip_state = ClipState::none;
    if (record.clip.empty()) continue;
    record.clip_state = ClipState::kept;
    if (fs::exists(record.clip, error)) continue;
    const auto [entry, is_new] = oldest.try_emplace(record.clip.parent_path());
    if (is_new) entry->second = oldest_clip_ms(entry->first);
    const auto end_ms = record.wall_time_ms + static_cast<std::int64_t>(1000.0 * record.duration_s());
    const bool before_all = entry->second && stored_about_ms(record) < *entry->second;
    record.clip_state = std::abs(now_ms - end_ms) < kClipWritingMs ? ClipState::pending
                        : before_all                               ? ClipState::removed
                                                                   : ClipState::missing;
  }
}

}  // namespace auscult
