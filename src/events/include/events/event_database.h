// Events in SQLite: one file, one table. A change is on the disk when its function returns, or has not happened
// (rollback journal, synchronous = EXTRA). Thread rule: one object, one thread; several objects, also of several
// programs, may use one file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "events/event.h"

namespace auscult {

class EventDatabase {
 public:
  enum class Mode {
    read_only,   ///< changes nothing, makes nothing, and takes a damaged file for an error
    read_write,  ///< makes folder and file; a damaged file is set aside and a fresh one begun
  };

  /// Errors: file_not_found (read_only); write_failed; bad_input when the file is of a newer Auscult, of another
  /// program or, in read_only, damaged: then nothing is touched.
  static Result<EventDatabase> open(const std::filesystem::path& path, Mode mode = Mode::read_write);
  ~EventDatabase();
  EventDatabase(EventDatabase&&) noexcept;
  EventDatabase& operator=(EventDatabase&&) noexcept;

  /// Set when open() found a damaged file: what it was renamed to, for people.
  const std::optional<Error>& set_aside() const;
  /// A call met damage: open again, which sets the file aside.
  bool damaged() const;

  /// Adds the event, or brings the one with the same ref up to date. Verdict and note of a known event stay.
  /// Errors, here and below: write_failed.
  Status store(const Event& record);
  /// An event that is not there is no error: nothing happens.
  Status set_verdict(const EventRef& ref, Verdict verdict);
  Status set_note(const EventRef& ref, const std::string& note);

  /// Newest first, with the state of their clips. Errors: bad_input when the file cannot be read.
  Result<std::vector<Event>> query(const EventFilter& filter = {});
  /// How many match, whatever limit and offset say.
  Result<std::int64_t> count(const EventFilter& filter = {});

 private:
  struct Impl;
  explicit EventDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sets clip_state by what lies on the disk at `now_ms` (ms since 1970).
void look_for_clips(std::span<Event> records, std::int64_t now_ms);

}  // namespace auscult
