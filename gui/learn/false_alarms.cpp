#include "gui/learn/false_alarms.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "auscult/dataset/split.h"
#include "auscult/engine/event_database.h"

namespace auscult::gui {

Result<FalseAlarmSound> find_false_alarms(const std::filesystem::path& database, const std::string& model_name, const std::vector<std::string>& file_digests) {
  AUSCULT_TRY_ASSIGN(EventDatabase events, EventDatabase::open(database, EventDatabase::Mode::read_only));
  AUSCULT_TRY_ASSIGN(const std::vector<EventRecord> records, events.query({.verdict = Verdict::false_alarm}));
  FalseAlarmSound sound;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {  // oldest first
    if (record->model_name != model_name) continue;
    const auto digest = record->clip_state == ClipState::kept ? file_digest(record->clip) : Result<std::string>(fail(ErrorCode::file_not_found, "its sound is gone"));
    if (!digest) ++sound.without_sound;
    else if (std::binary_search(file_digests.begin(), file_digests.end(), *digest)) ++sound.learned;
    else sound.clips.push_back(record->clip);
  }
  return sound;
}

FalseAlarms::FalseAlarms(std::filesystem::path database) : database_(std::move(database)) {}

void FalseAlarms::update(std::uint64_t revision, const std::string& model_name, const std::vector<std::string>& file_digests) {
  if (looking_.valid()) {
    if (looking_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    found_ = looking_.get().value_or(FalseAlarmSound{});  // no database yet: no false alarms
  }
  Question question{revision, model_name, file_digests.empty() ? "" : file_digests.back(), file_digests.size()};
  if (question == asked_) return;
  asked_ = std::move(question);
  looking_ = std::async(std::launch::async, find_false_alarms, database_, model_name, file_digests);
}

}  // namespace auscult::gui
