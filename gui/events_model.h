// What the list of events shows, without drawing: rows, filter, selection, and the user's edits. Nothing blocks:
// requests go out through Actions, and the next listing shows their effect. Thread rule: UI thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/event_archive.h"
#include "gui/history.h"

namespace auscult::gui {

class EventsModel {
 public:
  /// What the list requests from others.
  struct Actions {
    std::function<void(EventFilter)> show;
    std::function<void(EventRef, Verdict)> set_verdict;
    std::function<void(EventRef, std::string)> set_note;
    std::function<void(std::filesystem::path, ExportFormat, EventFilter)> export_to;
    std::function<void(std::filesystem::path, double from_s)> play;
    std::function<void(double time)> show_time;  ///< stream time of the run on display
  };

  static constexpr int kPage = 500;  ///< rows at first, and step by which more are shown

  explicit EventsModel(Actions actions);

  // Input from others.
  void set_listing(const std::shared_ptr<const EventArchive::Listing>& listing);
  /// The run on display and the span of it that the plots still hold.
  void set_shown_run(std::string run, TimeSpan held);
  void set_export_outcome(const EventArchive::ExportOutcome& outcome);

  const std::vector<Event>& rows() const { return rows_; }  ///< newest first
  std::int64_t matching() const { return matching_; }
  bool has_more() const { return matching_ > static_cast<std::int64_t>(rows_.size()); }
  void show_more();
  /// Why events are not on the disk, or what happened to the list; empty if nothing is wrong.
  std::string trouble() const;
  const std::string& export_message() const { return export_message_; }

  // Filter.
  const EventFilter& filter() const { return filter_; }
  void set_filter(std::optional<Verdict> verdict, std::string text, double minimum_peak);
  bool filtered() const;

  // Selection. It stays on an event that the filter excludes, until another one is selected.
  void select(const EventRef& ref);  ///< and shows that time if the plots still hold it
  void move_selection(int rows);     ///< up (-1) or down (1); selects the first row if none is selected
  const std::optional<Event>& selected() const { return selected_; }
  bool is_selected(const Event& record) const { return selected_ && selected_->ref == record.ref; }
  bool can_show(const Event& record) const;

  // Edits the selected event; no effect without a selection.
  void set_verdict(Verdict verdict);
  void set_note(std::string note);
  bool can_play() const { return selected_ && selected_->clip_state == ClipState::kept; }
  /// From 5 s before the event, where its clip begins.
  void play();

  /// Exports everything that matches the filter.
  void export_to(std::filesystem::path path, ExportFormat format);

  bool under_way(const Event& record) const { return !record.ended && record.ref.run == run_; }

 private:
  Event* row(const EventRef& ref);
  void change(const std::function<void(Event&)>& edit);

  Actions actions_;
  EventFilter filter_{.limit = kPage};
  std::uint64_t revision_ = 0;
  std::vector<Event> rows_;
  std::int64_t matching_ = 0, waiting_ = 0;
  std::optional<Error> trouble_, notice_;
  std::optional<Event> selected_;
  std::string run_;
  TimeSpan held_;
  std::string export_message_;
};

// Texts.
const char* words_for(Verdict verdict);  ///< "Unknown", "Confirmed", "False alarm"
const char* words_for(ClipState state);  ///< why there is no sound to play, or where it begins and ends
std::string event_time(const Event& record,
                       std::int64_t now_ms);                    ///< local "14:03:22", or "05 Jan 14:03" on another day
std::string event_length(const Event& record, bool under_way);  ///< "12 s", "now", "cut off"
/// Two or three lines: when, peak score, bands, input and model.
std::string event_details(const Event& record);

}  // namespace auscult::gui
