#include "events/event_archive.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared_folders.h"
#include "events/event_database.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kClipLook = std::chrono::seconds(2);  // between checks whether a clip has arrived

struct StoreEvent {
  Event record;
};
struct SetVerdict {
  EventRef ref;
  Verdict verdict;
};
struct SetNote {
  EventRef ref;
  std::string note;
};
using Change = std::variant<StoreEvent, SetVerdict, SetNote>;

struct Export {
  std::filesystem::path path;
  ExportFormat format;
  EventFilter filter;
};
struct Hold {
  Event record;
};
using Command = std::variant<Change, Hold, EventFilter, Export>;

Status write(EventDatabase& database, const Change& change) {
  if (const auto* event = std::get_if<StoreEvent>(&change)) return database.store(event->record);
  if (const auto* verdict = std::get_if<SetVerdict>(&change))
    return database.set_verdict(verdict->ref, verdict->verdict);
  const auto& note = std::get<SetNote>(change);
  return database.set_note(note.ref, note.note);
}

const EventRef& ref_of(const Change& change) {
  if (const auto* event = std::get_if<StoreEvent>(&change)) return event->record.ref;
  if (const auto* verdict = std::get_if<SetVerdict>(&change)) return verdict->ref;
  return std::get<SetNote>(change).ref;
}

// Applies the same change to a list in memory.
void amend(std::vector<Event>& records, const Change& change) {
  const auto find = [&](const EventRef& ref) {
    return std::find_if(records.begin(), records.end(), [&](const Event& r) { return r.ref == ref; });
  };
  if (const auto* event = std::get_if<StoreEvent>(&change)) {
    const auto known = find(event->record.ref);
    if (known == records.end()) {
      records.push_back(event->record);
      return;
    }
    Event updated = event->record;
    updated.verdict = known->verdict;
    updated.note = known->note;
    *known = std::move(updated);
  } else if (const auto* verdict = std::get_if<SetVerdict>(&change)) {
    if (const auto known = find(verdict->ref); known != records.end()) known->verdict = verdict->verdict;
  } else if (const auto* note = std::get_if<SetNote>(&change)) {
    if (const auto known = find(note->ref); known != records.end()) known->note = note->note;
  }
}

}  // namespace

// The thread keeps it alive if it is abandoned.
struct EventArchive::Shared {
  Shared(std::filesystem::path p, std::chrono::milliseconds r) : path(std::move(p)), retry(r) {}

  // Guarded by the mutex.
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Command> commands;
  std::shared_ptr<const EventArchive::Listing> listing = std::make_shared<EventArchive::Listing>();
  std::optional<EventArchive::ExportOutcome> exported;
  bool quit = false;

  void post(Command command) {
    {
      const std::lock_guard lock(mutex);
      commands.push_back(std::move(command));
    }
    changed.notify_all();
  }
  void run();
  /// Lists the existing events, with the reason why nothing more will be stored.
  void give_up(Error error);

  // The rest is for the storage thread alone.
  void work();
  void take(Change change);
  bool open();
  void write_waiting();
  std::vector<Event> select(const EventFilter& filter, std::int64_t& matching);
  void publish();
  void export_now(const Export& request);
  void fail_with(Error error);
  Clock::time_point wake_up() const;

  const std::filesystem::path path;
  const std::chrono::milliseconds retry;
  std::optional<EventDatabase> database;
  std::deque<Change> waiting;
  std::vector<Event> held;  // never written
  EventFilter filter;
  std::optional<Error> trouble, notice;
  std::uint64_t revision = 0;
  Clock::time_point next_try = Clock::now();
  bool clips_pending = false;
};

void EventArchive::Shared::run() {
  try {
    work();
  } catch (const std::exception& failure) {
    give_up({ErrorCode::internal, std::string("storing events stopped: ") + failure.what(), path.string(),
             "start again; please report this"});
    throw;  // for the log
  }
}

void EventArchive::Shared::give_up(Error error) {
  const std::lock_guard lock(mutex);
  auto last = std::make_shared<EventArchive::Listing>(*listing);
  ++last->revision;
  last->trouble = std::move(error);
  listing = std::move(last);
}

void EventArchive::Shared::work() {
  bool ending = false;
  for (bool first = true; !ending; first = false) {
    std::deque<Command> taken;
    {
      std::unique_lock lock(mutex);
      if (!first) changed.wait_until(lock, wake_up(), [&] { return quit || !commands.empty(); });
      taken.swap(commands);
      ending = quit;
    }
    for (Command& command : taken) {
      if (auto* hold = std::get_if<Hold>(&command)) amend(held, StoreEvent{std::move(hold->record)});
      if (auto* change = std::get_if<Change>(&command)) take(std::move(*change));
    }
    if (ending) next_try = Clock::now();
    write_waiting();
    for (Command& command : taken) {
      if (auto* wanted = std::get_if<EventFilter>(&command)) filter = std::move(*wanted);
      if (const auto* request = std::get_if<Export>(&command)) export_now(*request);
    }
    publish();
  }
  if (!waiting.empty())
    log(LogLevel::warning,
        std::to_string(waiting.size()) + " changes to the list of events could not be stored in " + path.string());
  database.reset();
}

Clock::time_point EventArchive::Shared::wake_up() const {
  if (!waiting.empty() || !database || trouble) return next_try;
  return Clock::now() +
         (clips_pending ? std::chrono::duration_cast<Clock::duration>(kClipLook) : std::chrono::hours(1));
}

void EventArchive::Shared::fail_with(Error error) {
  if (!trouble || trouble->what != error.what) log(LogLevel::warning, to_message(error));
  trouble = std::move(error);
  next_try = Clock::now() + retry;
}

void EventArchive::Shared::take(Change change) {
  const bool known =
      std::any_of(held.begin(), held.end(), [&](const Event& record) { return record.ref == ref_of(change); });
  if (known) {
    amend(held, change);
  } else {
    waiting.push_back(std::move(change));
  }
}

bool EventArchive::Shared::open() {
  auto opened = EventDatabase::open(path);
  if (!opened) {
    fail_with(opened.error());
    return false;
  }
  database.emplace(std::move(*opened));
  if (database->set_aside()) {
    notice = database->set_aside();
    log(LogLevel::warning, to_message(*notice));
  }
  trouble.reset();
  return true;
}

// In order, so that a verdict never precedes its event.
void EventArchive::Shared::write_waiting() {
  if (trouble && Clock::now() < next_try) return;
  if (trouble) database.reset();  // a connection keeps conditions from its opening, such as a read-only file
  if (!database && !open()) return;
  while (!waiting.empty()) {
    if (const Status written = write(*database, waiting.front()); !written) {
      const bool damaged = database->damaged();
      fail_with(written.error());
      if (damaged) next_try = Clock::now();  // reopening sets the file aside
      return;
    }
    waiting.pop_front();
  }
}

std::vector<Event> EventArchive::Shared::select(const EventFilter& wanted, std::int64_t& matching) {
  std::vector<Event> records;
  matching = 0;
  if (database) {
    auto found = database->query(wanted);
    auto counted = database->count(wanted);
    if (found && counted) {
      records = std::move(*found);
      matching = *counted;
    } else {
      fail_with(found ? counted.error() : found.error());
    }
  }
  if (waiting.empty() && held.empty()) return records;
  const auto before = static_cast<std::int64_t>(records.size());
  records.insert(records.end(), held.begin(), held.end());
  for (const Change& change : waiting) amend(records, change);
  std::erase_if(records, [&](const Event& record) { return !matches(record, wanted); });
  std::sort(records.begin(), records.end(), newer);
  matching += static_cast<std::int64_t>(records.size()) - before;
  if (wanted.limit > 0 && records.size() > static_cast<std::size_t>(wanted.limit))
    records.resize(static_cast<std::size_t>(wanted.limit));
  look_for_clips(records, system_ms());
  return records;
}

void EventArchive::Shared::publish() {
  auto next = std::make_shared<EventArchive::Listing>();
  next->filter = filter;
  next->records = select(filter, next->matching);
  next->waiting = static_cast<std::int64_t>(waiting.size());
  next->trouble = trouble;
  next->notice = notice;
  clips_pending = std::any_of(next->records.begin(), next->records.end(),
                              [](const Event& r) { return r.clip_state == ClipState::pending; });
  const std::lock_guard lock(mutex);
  const bool same = revision > 0 && listing->filter == next->filter && listing->records == next->records &&
                    listing->matching == next->matching && listing->waiting == next->waiting &&
                    listing->trouble.has_value() == trouble.has_value() &&
                    listing->notice.has_value() == notice.has_value();
  if (same) return;
  next->revision = ++revision;
  listing = std::move(next);
}

void EventArchive::Shared::export_now(const Export& request) {
  EventFilter all = request.filter;
  all.limit = all.offset = 0;
  std::int64_t matching = 0;
  const std::vector<Event> records = select(all, matching);
  (void)make_private_folders(request.path.parent_path());  // a failure shows when the file is written
  EventArchive::ExportOutcome outcome{request.path, static_cast<std::int64_t>(records.size()), std::nullopt};
  if (const Status written = export_events(records, request.format, request.path); !written)
    outcome.error = written.error();
  const std::lock_guard lock(mutex);
  exported = std::move(outcome);
}

EventArchive::EventArchive(std::filesystem::path database, std::chrono::milliseconds retry)
    : shared_(std::make_shared<Shared>(std::move(database), retry)) {
  if (const Status started = worker_.start([shared = shared_](std::stop_token) { shared->run(); }); !started)
    shared_->give_up(started.error());
}

EventArchive::~EventArchive() {
  close();
}

void EventArchive::store(Event record) {
  shared_->post(Change(StoreEvent{std::move(record)}));
}

void EventArchive::hold(Event record) {
  shared_->post(Hold{std::move(record)});
}

void EventArchive::set_verdict(EventRef ref, Verdict verdict) {
  shared_->post(Change(SetVerdict{std::move(ref), verdict}));
}

void EventArchive::set_note(EventRef ref, std::string note) {
  shared_->post(Change(SetNote{std::move(ref), std::move(note)}));
}

void EventArchive::show(EventFilter filter) {
  shared_->post(std::move(filter));
}

void EventArchive::export_to(std::filesystem::path path, ExportFormat format, EventFilter filter) {
  shared_->post(Export{std::move(path), format, std::move(filter)});
}

std::shared_ptr<const EventArchive::Listing> EventArchive::listing() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->listing;
}

std::optional<EventArchive::ExportOutcome> EventArchive::take_export() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->exported, std::nullopt);
}

bool EventArchive::close(std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->quit = true;
  }
  shared_->changed.notify_all();
  return worker_.join(patience);
}

}  // namespace auscult
