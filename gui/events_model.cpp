#include "gui/events_model.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "detect/calibration.h"
#include "gui/words.h"

namespace auscult::gui {
namespace {

std::tm local_time(std::int64_t ms) {
  const std::time_t time = ms / 1000;
  std::tm local{};
  localtime_r(&time, &local);
  return local;
}

std::string formatted(const std::tm& time, const char* format) {
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, format, &time);
  return {text, length};
}

std::string count_of(std::int64_t n, const char* thing) {
  return format_count(static_cast<std::uint64_t>(n)) + " " + thing + (n == 1 ? "" : "s");
}

}  // namespace

EventsModel::EventsModel(Actions actions) : actions_(std::move(actions)) {
  actions_.show(filter_);
}

void EventsModel::set_listing(const std::shared_ptr<const EventArchive::Listing>& listing) {
  if (listing->revision == revision_) return;
  revision_ = listing->revision;
  rows_ = listing->records;
  matching_ = listing->matching;
  waiting_ = listing->waiting;
  trouble_ = listing->trouble;
  notice_ = listing->notice;
  if (!selected_) return;
  if (const Event* known = row(selected_->ref)) selected_ = *known;
}

void EventsModel::set_shown_run(std::string run, TimeSpan held) {
  run_ = std::move(run);
  held_ = held;
}

void EventsModel::set_export_outcome(const EventArchive::ExportOutcome& outcome) {
  export_message_ = outcome.error ? "Export failed: " + to_message(*outcome.error)
                                  : count_of(outcome.events, "event") + " written to " + outcome.path.string();
}

void EventsModel::show_more() {
  filter_.limit += kPage;
  actions_.show(filter_);
}

std::string EventsModel::trouble() const {
  if (trouble_ && waiting_ > 0)
    return count_of(waiting_, "change") + " not yet on the disk; kept in memory and retried. " + to_message(*trouble_);
  if (trouble_) return to_message(*trouble_);
  return notice_ ? to_message(*notice_) : "";
}

void EventsModel::set_filter(std::optional<Verdict> verdict, std::string text, double minimum_peak) {
  EventFilter next{.verdict = verdict, .minimum_peak = minimum_peak, .text = std::move(text), .limit = kPage};
  EventFilter same = filter_;
  same.limit = kPage;
  if (next == same) return;
  filter_ = std::move(next);
  actions_.show(filter_);
}

bool EventsModel::filtered() const {
  return filter_.verdict || !filter_.text.empty() || filter_.minimum_peak > 0.0;
}

Event* EventsModel::row(const EventRef& ref) {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Event& record) { return record.ref == ref; });
  return found == rows_.end() ? nullptr : &*found;
}

bool EventsModel::can_show(const Event& record) const {
  return record.ref.run == run_ && !run_.empty() && record.start_s >= held_.begin && record.start_s <= held_.end;
}

void EventsModel::select(const EventRef& ref) {
  const Event* record = row(ref);
  if (!record) return;
  selected_ = *record;
  if (can_show(*record)) actions_.show_time(record->start_s);
}

void EventsModel::move_selection(int rows) {
  if (rows_.empty()) return;
  const auto at = std::find_if(rows_.begin(), rows_.end(), [&](const Event& record) { return is_selected(record); });
  const auto last = static_cast<std::ptrdiff_t>(rows_.size()) - 1;
  const std::ptrdiff_t next = at == rows_.end() ? 0 : std::clamp<std::ptrdiff_t>(at - rows_.begin() + rows, 0, last);
  select(EventRef(rows_[static_cast<std::size_t>(next)].ref));
}

// Shown at once; the listing that confirms it comes later.
void EventsModel::change(const std::function<void(Event&)>& edit) {
  edit(*selected_);
  if (Event* known = row(selected_->ref)) edit(*known);
}

void EventsModel::set_verdict(Verdict verdict) {
  if (!selected_ || selected_->verdict == verdict) return;
  change([verdict](Event& record) { record.verdict = verdict; });
  actions_.set_verdict(selected_->ref, verdict);
}

void EventsModel::set_note(std::string note) {
  if (!selected_ || selected_->note == note) return;
  change([&note](Event& record) { record.note = note; });
  actions_.set_note(selected_->ref, std::move(note));
}

void EventsModel::play() {
  if (can_play()) actions_.play(selected_->clip, 0.0);
}

void EventsModel::export_to(std::filesystem::path path, ExportFormat format) {
  export_message_ = "Exporting...";
  actions_.export_to(std::move(path), format, filter_);
}

const char* words_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::unknown:
      return "Unknown";
    case Verdict::confirmed:
      return "Confirmed";
    case Verdict::false_alarm:
      return "False alarm";
  }
  return "Unknown";
}

const char* words_for(ClipState state) {
  switch (state) {
    case ClipState::none:
      return "No sound was stored for this event.";
    case ClipState::pending:
      return "The sound is still being recorded.";
    case ClipState::kept:
      return "The sound is stored, from 5 s before to 5 s after the event.";
    case ClipState::removed:
      return "The sound was deleted to make room: at most 1 GB is stored, and the oldest is deleted first.";
    case ClipState::missing:
      return "The sound is missing: it could not be written, or the file was moved.";
  }
  return "";
}

std::string event_time(const Event& record, std::int64_t now_ms) {
  const std::tm time = local_time(record.wall_time_ms), now = local_time(now_ms);
  if (time.tm_yday == now.tm_yday && time.tm_year == now.tm_year) return formatted(time, "%H:%M:%S");
  return formatted(time, time.tm_year == now.tm_year ? "%d %b %H:%M" : "%d %b %Y");
}

std::string event_length(const Event& record, bool under_way) {
  if (under_way) return "now";
  return record.ended ? format_duration(record.duration_s()) : "cut off";
}

std::string event_details(const Event& record) {
  std::string text =
      formatted(local_time(record.wall_time_ms), "%A %d %B %Y, %H:%M:%S") + ", " + event_length(record, false) + ".\n";
  text += "Peak score " + score_text(record.peak_score, record.threshold) + " (threshold " +
          short_number(record.threshold) + "): " + rarity(record.peak_score, kUsuallySupportedU) + ".\n";
  if (!record.bands.empty()) text += "Strongest bands: " + to_text(record.bands) + ". ";
  text += "Input: " + record.source + (record.model_name.empty() ? "" : ", model: " + record.model_name) + ".";
  return text;
}

}  // namespace auscult::gui
