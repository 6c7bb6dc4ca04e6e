// The event database in a separate thread, for callers that must not wait, such as the window. Changes that cannot be
// written stay in memory, are listed, and are retried until they are on the disk. Thread rule: every function from any
// thread; none waits for the disk, except close().
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/worker.h"
#include "events/event.h"

namespace auscult {

class EventArchive {
 public:
  /// The current result of the request made with show().
  struct Listing {
    std::uint64_t revision = 0;  ///< grows with every change
    EventFilter filter;
    std::vector<Event> records;    ///< newest first
    std::int64_t matching = 0;     ///< how many match, including those not listed
    std::int64_t waiting = 0;      ///< changes that are not on the disk yet
    std::optional<Error> trouble;  ///< why some changes are not on the disk
    std::optional<Error> notice;   ///< a damaged database was renamed
  };

  struct ExportOutcome {
    std::filesystem::path path;
    std::int64_t events = 0;
    std::optional<Error> error;
  };

  /// Opens (or creates) the database on its thread. `retry`: delay before the next attempt after a failure.
  explicit EventArchive(std::filesystem::path database, std::chrono::milliseconds retry = std::chrono::seconds(5));
  ~EventArchive();
  EventArchive(const EventArchive&) = delete;
  EventArchive& operator=(const EventArchive&) = delete;

  void store(Event record);
  /// Lists and exports it with the others until the program ends, but never stores it: an event of a recording, which
  /// can be computed again. An existing verdict and note are kept.
  void hold(Event record);
  void set_verdict(EventRef ref, Verdict verdict);
  void set_note(EventRef ref, std::string note);
  void show(EventFilter filter);
  /// Writes all that match, regardless of limit and offset. The folder is created if missing.
  void export_to(std::filesystem::path path, ExportFormat format, EventFilter filter);

  /// Never null.
  std::shared_ptr<const Listing> listing() const;
  /// The result of the latest finished export; returned once.
  std::optional<ExportOutcome> take_export();

  /// Retries pending writes once and ends the thread. False if a hanging disk took longer than `patience`: the thread
  /// is abandoned. Idempotent.
  bool close(std::chrono::milliseconds patience = std::chrono::milliseconds(2000));

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Worker worker_{"events"};
};

}  // namespace auscult
