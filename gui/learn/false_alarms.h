// What people have called false alarms of a model, as sound that it could learn: looked up in the database of events on a thread
// of its own. No Dear ImGui. Thread rule: FalseAlarms on the UI thread; find_false_alarms() anywhere, it reads the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "auscult/base/error.h"

namespace auscult::gui {

struct FalseAlarmSound {
  std::vector<std::filesystem::path> clips;  ///< kept sound that the model does not know, oldest first
  int learned = 0;                           ///< events whose sound it knows already
  int without_sound = 0;                     ///< events whose sound is gone
  bool operator==(const FalseAlarmSound&) const = default;
};

/// Events of the models of that name, whichever file it was: a model that has learned again keeps its name.
/// `file_digests` (sorted): what it has learned from. Errors: those of EventDatabase.
Result<FalseAlarmSound> find_false_alarms(const std::filesystem::path& database, const std::string& model_name, const std::vector<std::string>& file_digests);

class FalseAlarms {
 public:
  explicit FalseAlarms(std::filesystem::path database);

  /// Looks again when the list of events (its revision) or the model has changed. Never waits.
  void update(std::uint64_t revision, const std::string& model_name, const std::vector<std::string>& file_digests);
  /// As it was found last; nothing before.
  const FalseAlarmSound& found() const { return found_; }

 private:
  struct Question {
    std::uint64_t revision = 0;
    std::string model_name, last_digest;
    std::size_t digests = 0;
    bool operator==(const Question&) const = default;
  };
  std::filesystem::path database_;
  Question asked_;
  std::future<Result<FalseAlarmSound>> looking_;
  FalseAlarmSound found_;
};

}  // namespace auscult::gui
