// Sound of the events that users marked as false alarms of a model, so that the model can learn it; looked up in the
// database of events in a separate thread. No Dear ImGui. Thread rule: FalseAlarms on the UI thread;
// find_false_alarms() on any thread, it reads the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::gui {

struct FalseAlarmSound {
  std::vector<std::filesystem::path> clips;  ///< stored sound that the model has not learned, oldest first
  int learned = 0;                           ///< events whose sound it has already learned
  int without_sound = 0;                     ///< events whose sound is gone
  bool operator==(const FalseAlarmSound&) const = default;
};

/// Digests of files that never change once written, so that each is read only once.
using KnownDigests = std::map<std::filesystem::path, std::string>;

/// Events of all models with that name, whatever their file: a retrained model keeps its name. `file_digests` (sorted):
/// the files it learned from. Errors: those of EventDatabase.
Result<FalseAlarmSound> find_false_alarms(const std::filesystem::path& database, const std::string& model_name,
                                          const std::vector<std::string>& file_digests, KnownDigests& known);

class FalseAlarms {
 public:
  explicit FalseAlarms(std::filesystem::path database);

  /// Searches again if the list of events (its revision) or the model has changed. Neither this nor the destructor
  /// blocks.
  void update(std::uint64_t revision, const std::string& model_name, const std::vector<std::string>& file_digests);
  /// The latest result for the model of the last update(); empty before the first.
  const FalseAlarmSound& found() const { return found_; }
  /// Why that search failed; found() is then empty. A missing database is no failure: it holds no events.
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Question {
    std::uint64_t revision = 0;
    std::string model_name, last_digest;
    std::size_t digests = 0;
    bool same_model(const Question& other) const {
      return model_name == other.model_name && last_digest == other.last_digest && digests == other.digests;
    }
    bool operator==(const Question&) const = default;
  };
  struct Mail;
  std::filesystem::path database_;
  Question asked_;
  std::shared_ptr<Mail> mail_;                                              // of the running search
  std::shared_ptr<KnownDigests> known_ = std::make_shared<KnownDigests>();  // only used by that search
  FalseAlarmSound found_;
  std::optional<Error> failure_;
};

}  // namespace auscult::gui
