// The event database with a thread of its own, for whoever must not wait: the window. What cannot be written stays in
// memory, is listed all the same, and is tried again until it is on the disk. Thread rule: every function from any
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
  /// What was asked for with show(), as it is now.
  struct Listing {
    std::uint64_t revision = 0;  ///< grows with every change
    EventFilter filter;
    std::vector<Event> records;    ///< newest first
    std::int64_t matching = 0;     ///< how many match, shown or not
    std::int64_t waiting = 0;      ///< changes that are not on the disk yet
    std::optional<Error> trouble;  ///< why they are not
    std::optional<Error> notice;   ///< a damaged database was set aside
  };

  struct ExportOutcome {
    std::filesystem::path path;
    std::int64_t events = 0;
    std::optional<Error> error;
  };

  /// Opens (or makes) the database on its thread. `retry`: how long after a failure the next try comes.
  explicit EventArchive(std::filesystem::path database, std::chrono::milliseconds retry = std::chrono::seconds(5));
  ~EventArchive();
  EventArchive(const EventArchive&) = delete;
  EventArchive& operator=(const EventArchive&) = delete;

  void store(Event record);
  /// Lists and exports it with the others until the program ends, but never writes it: an event of a recording, which
  /// can be heard again. Verdict and note of a known one stay.
  void hold(Event record);
  void set_verdict(EventRef ref, Verdict verdict);
  void set_note(EventRef ref, std::string note);
  void show(EventFilter filter);
  /// Writes all that match, whatever limit and offset say. The folder is made if it is missing.
  void export_to(std::filesystem::path path, ExportFormat format, EventFilter filter);

  /// Never null.
  std::shared_ptr<const Listing> listing() const;
  /// What became of the export that was finished last; once.
  std::optional<ExportOutcome> take_export();

  /// Tries once more to write what waits, and ends the thread. False when a disk that hangs kept it for longer than
  /// `patience`: the thread is left behind. Idempotent.
  bool close(std::chrono::milliseconds patience = std::chrono::milliseconds(2000));

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  Worker worker_{"events"};
};

}  // namespace auscult
