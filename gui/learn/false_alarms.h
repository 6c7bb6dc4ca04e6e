// What people have called false alarms of a model, as sound that it could learn: looked up in the database of events on
// a thread of its own. No Dear ImGui. Thread rule: FalseAlarms on the UI thread; find_false_alarms() anywhere, it reads
// the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auscult/error.h"

namespace auscult::gui {

struct FalseAlarmSound {
  std::vector<std::filesystem::path> clips;  ///< kept sound that the model does not know, oldest first
  int learned = 0;                           ///< events whose sound it knows already
  int without_sound = 0;                     ///< events whose sound is gone
  bool operator==(const FalseAlarmSound&) const = default;
};

/// Digests of files that never change once they are there, so that each is read once.
using KnownDigests = std::map<std::filesystem::path, std::string>;

/// Events of the models of that name, whichever file it was: a model that has learned again keeps its name.
/// `file_digests` (sorted): what it has learned from. Errors: those of EventDatabase.
Result<FalseAlarmSound> find_false_alarms(const std::filesystem::path& database, const std::string& model_name,
                                          const std::vector<std::string>& file_digests, KnownDigests& known);

class FalseAlarms {
 public:
  explicit FalseAlarms(std::filesystem::path database);

  /// Looks again when the list of events (its revision) or the model has changed. Never waits, nor does the end of this
  /// object.
  void update(std::uint64_t revision, const std::string& model_name, const std::vector<std::string>& file_digests);
  /// As it was found last for the model of the last update(); nothing before.
  const FalseAlarmSound& found() const { return found_; }

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
  std::shared_ptr<Mail> mail_;                                              // of the search under way
  std::shared_ptr<KnownDigests> known_ = std::make_shared<KnownDigests>();  // only touched by that search
  FalseAlarmSound found_;
};

}  // namespace auscult::gui
