#include "gui/learn/false_alarms.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "base/worker.h"
#include "dataset/split.h"
#include "events/event_database.h"

namespace auscult::gui {
namespace {

std::optional<std::string> digest_of(const Event& record, KnownDigests& known) {
  if (record.clip_state != ClipState::kept) return std::nullopt;
  if (const auto before = known.find(record.clip); before != known.end()) return before->second;
  auto digest = file_digest(record.clip);
  if (!digest) return std::nullopt;
  return known.emplace(record.clip, std::move(*digest)).first->second;
}

}  // namespace

Result<FalseAlarmSound> find_false_alarms(const std::filesystem::path& database, const std::string& model_name,
                                          const std::vector<std::string>& file_digests, KnownDigests& known) {
  AUSCULT_TRY_ASSIGN(EventDatabase events, EventDatabase::open(database, EventDatabase::Mode::read_only));
  AUSCULT_TRY_ASSIGN(const std::vector<Event> records, events.query({.verdict = Verdict::false_alarm}));
  FalseAlarmSound sound;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {  // oldest first
    if (record->model_name != model_name) continue;
    const auto digest = digest_of(*record, known);
    if (!digest)
      ++sound.without_sound;
    else if (std::binary_search(file_digests.begin(), file_digests.end(), *digest))
      ++sound.learned;
    else
      sound.clips.push_back(record->clip);
  }
  return sound;
}

// Results of the thread; may outlive the object that started it.
struct FalseAlarms::Mail {
  std::mutex mutex;
  bool done = false;
  FalseAlarmSound found;
  std::optional<Error> failure;
};

FalseAlarms::FalseAlarms(std::filesystem::path database) : database_(std::move(database)) {}

void FalseAlarms::update(std::uint64_t revision, const std::string& model_name,
                         const std::vector<std::string>& file_digests) {
  Question question{revision, model_name, file_digests.empty() ? "" : file_digests.back(), file_digests.size()};
  const bool same_model = question.same_model(asked_);
  if (!same_model) {  // another model's false alarms do not apply to this one
    found_ = {};
    failure_.reset();
  }
  if (mail_) {
    const std::lock_guard lock(mail_->mutex);
    if (!mail_->done) {
      if (!same_model) asked_ = {};  // the running search is for another model: search again when it has ended
      return;
    }
    if (question.same_model(asked_)) {
      found_ = std::move(mail_->found);
      failure_ = std::move(mail_->failure);
    }
  }
  mail_.reset();
  if (question == asked_) return;
  asked_ = std::move(question);
  mail_ = std::make_shared<Mail>();
  const auto search = [mail = mail_, known = known_, database = database_, name = model_name, digests = file_digests] {
    const std::shared_ptr<void> at_end(nullptr, [&mail](void*) {  // also after an exception
      const std::lock_guard lock(mail->mutex);
      mail->done = true;
    });
    auto found = find_false_alarms(database, name, digests, *known);
    const std::lock_guard lock(mail->mutex);
    if (found)
      mail->found = std::move(*found);
    else if (found.error().code != ErrorCode::file_not_found)  // no database yet: no false alarms
      mail->failure = found.error();
  };
  if (Worker::run_unattended("false alarms", search)) return;
  mail_.reset();
  asked_ = {};  // search again at the next update
}

}  // namespace auscult::gui
