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
    read_only,   ///< changes and creates nothing; a damaged file is an error
    read_write,  ///< creates folder and file; a damaged file is renamed and a new one created
  };

  /// Errors: file_not_found (read_only); write_failed; bad_input if the file was written by a newer Auscult or by
  /// another program or, in read_only, is damaged: then nothing is touched.
  static Result<EventDatabase> open(const std::filesystem::path& path, Mode mode = Mode::read_write);
  ~EventDatabase();
  EventDatabase(EventDatabase&&) noexcept;
  EventDatabase& operator=(EventDatabase&&) noexcept;

  /// Set if open() found a damaged file: reports its new name to the user.
  const std::optional<Error>& set_aside() const;
  /// A call found damage: open again, which renames the file.
  bool damaged() const;

  /// Adds the event, or updates the one with the same ref, except its verdict and note. Errors, here and below:
  /// write_failed.
  Status store(const Event& record);
  /// No effect, and no error, if the event does not exist.
  Status set_verdict(const EventRef& ref, Verdict verdict);
  Status set_note(const EventRef& ref, const std::string& note);

  /// Newest first, with the state of their clips. Errors: bad_input if the file cannot be read.
  Result<std::vector<Event>> query(const EventFilter& filter = {});
  /// How many match, regardless of limit and offset.
  Result<std::int64_t> count(const EventFilter& filter = {});

 private:
  struct Impl;
  explicit EventDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sets clip_state from the files on the disk at `now_ms` (ms since 1970).
void look_for_clips(std::span<Event> records, std::int64_t now_ms);

}  // namespace auscult
