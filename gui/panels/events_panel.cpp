// The events, newest first: a short list next to the plots, and a window with the whole list, filter, verdict, note,
// sound and export.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "app/places.h"
#include "base/clock.h"
#include "events/event_database.h"
#include "gui/export.h"
#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/robot.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr float kClipHeight = 110.0F;  // at scale 1
constexpr const char* kVerdicts[] = {"All", "Unknown", "Confirmed", "False alarms"};
constexpr const char* kFormats[] = {"CSV (tables)", "JSON lines", "Audacity labels"};
constexpr const char* kSideHelp =
    "Click an event to see it in the plots, if they still hold it. E opens the whole list, with sound, verdict and "
    "export.";

EventsModel::Actions actions_for(Session& session, AppState& state) {
  EventArchive& archive = session.events().archive();
  Player& player = session.events().player();
  return {[&archive](EventFilter filter) { archive.show(std::move(filter)); },
          [&archive](EventRef ref, Verdict verdict) { archive.set_verdict(std::move(ref), verdict); },
          [&archive](EventRef ref, std::string note) { archive.set_note(std::move(ref), std::move(note)); },
          [&archive](std::filesystem::path path, ExportFormat format, EventFilter filter) {
            archive.export_to(std::move(path), format, std::move(filter));
          },
          [&player](std::filesystem::path path, double from_s) { player.start(std::move(path), from_s); },
          [&state](double time) { state.show_time(time); }};
}

EventsModel& refreshed_model(PanelContext& context) {
  EventsView& view = context.view.events;
  EventKeeper& events = context.session.events();
  if (!view.model) view.model.emplace(actions_for(context.session, context.state));
  const History& history = context.state.shown();
  view.model->set_shown_run(events.run_name(), {history.start_of(history.first_column()), history.end_time()});
  view.model->set_listing(events.archive().listing());
  if (const auto outcome = events.archive().take_export()) view.model->set_export_outcome(*outcome);
  return *view.model;
}

// The text belongs to the event that was selected while it was typed.
void commit_note(EventsView& view) {
  if (view.note_of && view.model->selected() && view.model->selected()->ref == *view.note_of)
    view.model->set_note(view.note);
}

void select(EventsView& view, const EventRef& ref) {
  commit_note(view);
  view.model->select(ref);
}

void verdict_text(Verdict verdict) {
  if (verdict == Verdict::unknown) {
    ImGui::TextDisabled("-");
    return;
  }
  ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(verdict == Verdict::confirmed ? Tone::bad : Tone::info));
  ImGui::TextUnformatted(words_for(verdict));
  ImGui::PopStyleColor();
}

// Columns of a list of events.
enum class Columns { few, all };

// True if the row was clicked.
bool draw_row(const EventsModel& model, const Event& record, Columns columns) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(&record - model.rows().data()));
  const std::string start = event_time(record, system_ms());
  const bool clicked = ImGui::Selectable(start.c_str(), model.is_selected(record), ImGuiSelectableFlags_SpanAllColumns);
  if (&record == model.rows().data()) note_widget(columns == Columns::all ? "event in list" : "event");
  ImGui::PopID();
  ImGui::TableNextColumn();
  const bool under_way = model.under_way(record);
  if (under_way) ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::bad));
  ImGui::TextUnformatted(event_length(record, under_way).c_str());
  if (under_way) ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(short_number(record.peak_score).c_str());
  if (columns == Columns::all) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(record.detector.c_str());
  }
  ImGui::TableNextColumn();
  verdict_text(record.verdict);
  if (columns == Columns::all) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(record.note.c_str());
  }
  return clicked;
}

std::optional<EventRef> draw_rows(const EventsModel& model, Columns columns) {
  std::optional<EventRef> clicked;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(model.rows().size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
      if (const Event& record = model.rows()[static_cast<std::size_t>(i)]; draw_row(model, record, columns))
        clicked = record.ref;
  return clicked;
}

// --- the window with the whole list

void draw_filter(PanelContext& context) {
  EventsView& view = context.view.events;
  const float s = context.scale;
  ImGui::SetNextItemWidth(130 * s);
  ImGui::Combo("##verdict", &view.verdict, kVerdicts, IM_ARRAYSIZE(kVerdicts));
  tooltip(context, "Show only events with this verdict.");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(240 * s);
  ImGui::InputTextWithHint("##text", "Search notes, inputs, models", view.text, sizeof view.text);
  note_widget("search events");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(80 * s);
  ImGui::InputFloat("Peak at least", &view.minimum_peak, 0.0F, 0.0F, "%.1f");
  tooltip(context, "Show only events whose peak score was at least this high.");
  const std::optional<Verdict> verdict =
      view.verdict == 0 ? std::nullopt : std::optional(static_cast<Verdict>(view.verdict - 1));
  view.model->set_filter(verdict, view.text, static_cast<double>(std::max(0.0F, view.minimum_peak)));
  if (!view.model->filtered()) return;
  ImGui::SameLine();
  if (ImGui::Button("Show all")) {
    view.verdict = 0;
    view.text[0] = '\0';
    view.minimum_peak = 0.0F;
  }
}

std::optional<EventRef> draw_table(PanelContext& context, float height) {
  EventsView& view = context.view.events;
  std::optional<EventRef> clicked;
  if (view.model->rows().empty()) {
    ImGui::BeginChild("none", {0, height});
    ImGui::TextDisabled(view.model->filtered() ? "No event matches. Show all removes the filter." : "No events yet.");
    ImGui::EndChild();
    return clicked;
  }
  if (!ImGui::BeginTable(
          "all events", 6,
          ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_Resizable | ImGuiTableFlags_SizingFixedFit,
          {0, height}))
    return clicked;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const auto& [column, width] :
       {std::pair{"Start", 110.0F}, {"Length", 90.0F}, {"Peak", 70.0F}, {"Detector", 90.0F}, {"Verdict", 90.0F}})
    ImGui::TableSetupColumn(column, ImGuiTableColumnFlags_WidthFixed, width * context.scale);
  ImGui::TableSetupColumn("Note", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableHeadersRow();
  clicked = draw_rows(*view.model, Columns::all);
  ImGui::EndTable();
  return clicked;
}

void draw_sound(PanelContext& context, const Event& record) {
  Player& player = context.session.events().player();
  const PlayerStatus playing = player.status();
  const bool mine = playing.path == record.clip && !record.clip.empty();
  const bool sounds = mine && (playing.state == PlayState::opening || playing.state == PlayState::playing);
  const float width = 90 * context.scale;
  ImGui::BeginDisabled(!sounds && !context.view.events.model->can_play());
  if (ImGui::Button(sounds ? "Stop" : "Play", {width, 0})) {
    if (sounds) {
      player.stop();
    } else {
      context.view.events.model->play();
    }
  }
  note_widget("Play");
  ImGui::EndDisabled();
  tooltip(
      context,
      "The microphone picks up loudspeakers and may raise another event, which is then marked accordingly. Headphones "
      "prevent this. (P)");
  ImGui::SameLine();
  if (mine && playing.state == PlayState::failed && playing.error) {
    ImGui::TextWrapped("Playback failed: %s", to_message(*playing.error).c_str());
  } else if (sounds) {
    ImGui::ProgressBar(playing.duration_s > 0.0 ? static_cast<float>(playing.position_s / playing.duration_s) : 0.0F,
                       {200 * context.scale, 0},
                       (format_duration(playing.position_s) + " of " + format_duration(playing.duration_s)).c_str());
  } else {
    ImGui::TextDisabled("%s", words_for(record.clip_state));
  }
}

// The event's position in its clip, which begins 5 s before the event, or with the stream.
TimeSpan event_in_clip(const Event& record) {
  constexpr double kBefore = 5.0;
  const double begin = std::min(kBefore, record.start_s);
  return {begin, begin + record.duration_s()};
}

// The spectrogram of the event's sound; a click plays from there.
void draw_clip(PanelContext& context, const Event& record) {
  EventsView& view = context.view.events;
  view.picture.poll();
  if (record.clip_state != ClipState::kept) return;
  view.picture.request(record.clip);
  const auto image = view.picture.get();
  const float height = kClipHeight * context.scale, labels = context.fonts.small->FontSize + 4 * context.scale;
  if (!image) {
    ImGui::Dummy({0, height + labels});
    return;
  }
  if (std::exchange(view.drawn, image) != image) view.range = {};
  const History& history = image->history;
  const FrequencyAxis axis{false, 0.0, image->nyquist_hz};
  TimePlot plot = begin_time_plot({"clip", height, {0.0, image->seconds}, {0.0, 1.0}}, context.plot_style());
  view.range.follow(history, Spectrum::linear);
  view.texture.update(history, plot.time, view.range.range(), context.settings.colours, static_cast<int>(height));
  view.texture.draw(plot, history);
  std::vector<Tick> ticks;
  for (const double hz : axis.ticks()) ticks.push_back({axis.position(hz), label_hz(hz)});
  draw_y_ticks(plot, ticks);
  draw_time_grid(plot);
  draw_spans(plot, {event_in_clip(record)}, 0, palette().alarm_edge);
  Player& player = context.session.events().player();
  if (const PlayerStatus playing = player.status(); playing.path == record.clip && playing.state == PlayState::playing)
    draw_cursor(plot, playing.position_s);
  draw_title(plot, "Sound of the event", "Spectrogram, with the event between the lines. Click to play from there.",
             "Hz");
  draw_time_labels(plot);
  note_widget("clip");
  if (plot.hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Left))
    player.start(record.clip, std::max(0.0, plot.time_at(ImGui::GetIO().MousePos.x)));
  ImGui::Dummy({0, labels - ImGui::GetStyle().ItemSpacing.y});
}

void draw_verdict(PanelContext& context, const Event& record) {
  static constexpr const char* kHelp[] = {"Not reviewed yet.", "Something was wrong with the machine.",
                                          "Nothing was wrong: this sound is normal."};
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("Verdict");
  for (const Verdict verdict : {Verdict::confirmed, Verdict::false_alarm, Verdict::unknown}) {
    ImGui::SameLine();
    if (ImGui::RadioButton(words_for(verdict), record.verdict == verdict))
      context.view.events.model->set_verdict(verdict);
    note_widget(words_for(verdict));
    tooltip(context, kHelp[static_cast<int>(verdict)]);
  }
}

void draw_note(PanelContext& context, const Event& record) {
  EventsView& view = context.view.events;
  if (view.note_of != record.ref) {
    view.note_of = record.ref;
    std::snprintf(view.note, sizeof view.note, "%s", record.note.c_str());
  }
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##note", "Note: findings, actions taken", view.note, sizeof view.note);
  note_widget("Note");
  if (ImGui::IsItemDeactivatedAfterEdit()) commit_note(view);
}

void draw_selected(PanelContext& context) {
  EventsView& view = context.view.events;
  if (!view.model->selected()) {
    ImGui::TextDisabled("Select an event to play it, record a verdict and add a note.");
    return;
  }
  const Event record = *view.model->selected();  // a copy, because the buttons change the event
  ImGui::TextWrapped("%s", event_details(record).c_str());
  draw_clip(context, record);
  draw_verdict(context, record);
  draw_note(context, record);
  draw_sound(context, record);
  if (!view.model->can_show(record)) return;
  ImGui::SameLine();
  if (ImGui::Button("Show in the plots")) context.state.show_time(record.start_s);
}

std::string false_alarm_text(const FalseAlarms& alarms, const std::string& model) {
  if (alarms.failure()) return "The false alarms of " + model + " could not be read: " + alarms.failure()->what + ".";
  const FalseAlarmSound& sound = alarms.found();
  const auto count = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " false alarm" : " false alarms"); };
  if (!sound.clips.empty()) return count(sound.clips.size()) + " of " + model + " can be learned as normal sound.";
  if (sound.learned > 0) return model + " has learned all of its false alarms whose sound is stored.";
  return "Events marked as false alarms can be learned as normal sound.";
}

// Retrains the model on the false alarms. Decisions on the way are made in the panel for training.
void draw_relearning(PanelContext& context) {
  EventsView& view = context.view.events;
  const std::optional<ModelView>& model = context.state.model();
  if (!model || model->demo || !context.session.model()) return;
  if (!view.false_alarms) view.false_alarms.emplace(default_data_places().event_database());
  view.false_alarms->update(context.session.events().archive().listing()->revision, model->name,
                            context.session.model()->training.file_digests);
  const FalseAlarmSound& sound = view.false_alarms->found();
  LearnJob& learn = context.session.learn();
  const bool busy = learn.stage() == LearnStage::recording || learn.stage() == LearnStage::ready ||
                    learn.stage() == LearnStage::training || learn.stage() == LearnStage::saving ||
                    learn.stage() == LearnStage::review;
  ImGui::BeginDisabled(sound.clips.empty() || busy);
  const bool pressed = ImGui::Button("Learn as normal");
  ImGui::EndDisabled();
  note_widget("Learn as normal", !sound.clips.empty() && !busy);
  tooltip(context,
          "Retrains the model on its recordings and on the sound of these events. Shows the effect "
          "before the model is replaced.");
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextDisabled("%s", false_alarm_text(*view.false_alarms, model->name).c_str());
  if (!pressed) return;
  learn.relearn(model->path, model->machine, sound.clips);
  context.view.learn.open = true;
}

// An empty path means the exports folder; a folder gets a file name with the time.
std::filesystem::path export_path(const EventsView& view) {
  std::filesystem::path path = view.path[0] == '\0' ? export_folder() : expanded(view.path);
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    path = dated_file(path, std::string("-events") + extension_of(static_cast<ExportFormat>(view.format)));
  return path;
}

void draw_export(PanelContext& context) {
  EventsView& view = context.view.events;
  const float s = context.scale;
  ImGui::SetNextItemWidth(150 * s);
  ImGui::Combo("##format", &view.format, kFormats, IM_ARRAYSIZE(kFormats));
  ImGui::SameLine();
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - 90 * s - ImGui::GetStyle().ItemSpacing.x);
  ImGui::InputTextWithHint("##path", "File or folder; empty: Auscult's exports folder", view.path, sizeof view.path);
  note_widget("export path");
  ImGui::SameLine();
  if (ImGui::Button("Export", {90 * s, 0})) {
    commit_note(view);
    view.model->export_to(export_path(view), static_cast<ExportFormat>(view.format));
  }
  note_widget("Export");
  tooltip(context, "Writes all events that match the filter.");
  if (!view.model->export_message().empty()) ImGui::TextWrapped("%s", view.model->export_message().c_str());
}

void draw_trouble(const EventsModel& model) {
  const std::string trouble = model.trouble();
  if (trouble.empty()) return;
  ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::caution));
  ImGui::TextWrapped("! %s", trouble.c_str());
  ImGui::PopStyleColor();
}

void draw_event_window(PanelContext& context) {
  EventsView& view = context.view.events;
  if (!view.open || !may_show(context, "Events")) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float s = context.scale;
  centre_next_window();
  ImGui::SetNextWindowSize({std::min(860 * s, screen.x * 0.96F), std::min(660 * s, screen.y * 0.92F)},
                           ImGuiCond_Appearing);
  if (ImGui::Begin("Events", &view.open, ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings)) {
    draw_filter(context);
    draw_trouble(*view.model);
    const bool picture = view.model->can_play();
    const float below = 7 * ImGui::GetFrameHeightWithSpacing() + 3 * ImGui::GetTextLineHeight() +
                        (picture ? (kClipHeight + 22) * s : 0.0F);
    const std::optional<EventRef> clicked =
        draw_table(context, std::max(80 * s, ImGui::GetContentRegionAvail().y - below));
    ImGui::TextDisabled(
        "%s of %s shown", format_count(view.model->rows().size()).c_str(),
        format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, view.model->matching()))).c_str());
    if (view.model->has_more()) {
      ImGui::SameLine();
      if (ImGui::SmallButton("Show more")) view.model->show_more();
    }
    ImGui::Separator();
    draw_selected(context);
    draw_relearning(context);
    ImGui::Separator();
    draw_export(context);
    if (clicked) select(view, *clicked);  // last, so that a note that is being typed is stored first
  }
  ImGui::End();
  if (!view.open) commit_note(view);
}

}  // namespace

void draw_events(PanelContext& context) {
  EventsView& view = context.view.events;
  const EventsModel& model = refreshed_model(context);
  heading(context,
          ("Events: " + format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(0, model.matching()))) +
           (model.filtered() ? " (filtered)" : ""))
              .c_str(),
          help::kEvents);
  ImGui::SameLine();
  ImGui::PushFont(context.fonts.small);
  if (ImGui::SmallButton("Open list")) view.open = !view.open;
  note_widget("Open list");
  tooltip(context, kSideHelp);
  if (!model.trouble().empty()) {
    ImGui::SameLine();
    ImGui::TextColored(ImGui::ColorConvertU32ToFloat4(tone_colour(Tone::caution)), "(!)");
    tooltip(context, model.trouble().c_str());
  }
  std::optional<EventRef> clicked;
  if (model.rows().empty()) {
    ImGui::TextDisabled(model.filtered() ? "None matches the filter." : "None yet.");
  } else if (ImGui::BeginTable("events", 4,
                               ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp)) {
    ImGui::TableSetupScrollFreeze(0, 1);
    for (const char* column : {"Start", "Length", "Peak", "Verdict"}) ImGui::TableSetupColumn(column);
    ImGui::TableHeadersRow();
    clicked = draw_rows(model, Columns::few);
    ImGui::EndTable();
  }
  ImGui::PopFont();
  if (clicked) select(view, *clicked);
  draw_event_window(context);
}

void add_event_commands(Commands& commands, ViewState& view) {
  const std::string group = "Events";
  EventsView& events = view.events;
  const auto any = [&events] { return events.model && !events.model->rows().empty(); };
  commands.add({"events", "Show the list of events", group, {{'E'}}, [&events] { events.open = !events.open; }});
  commands.add({"older_event",
                "Select the previous event",
                group,
                {{'N'}},
                [&events] { events.model->move_selection(1); },
                any,
                Command::Held::repeats});
  commands.add({"newer_event",
                "Select the next event",
                group,
                {{.key = 'N', .shift = true}},
                [&events] { events.model->move_selection(-1); },
                any,
                Command::Held::repeats});
  commands.add({"play_event",
                "Play the sound of the selected event",
                group,
                {{'P'}},
                [&events] { events.model->play(); },
                [&events] { return events.model && events.model->can_play(); }});
  const auto judge = [&](const char* id, const char* title, int key, Verdict verdict) {
    commands.add({id,
                  title,
                  group,
                  {{key}},
                  [&events, verdict] { events.model->set_verdict(verdict); },
                  [&events] { return events.model && events.model->selected(); }});
  };
  judge("confirm_event", "Selected event: confirmed", 'Y', Verdict::confirmed);
  judge("false_alarm", "Selected event: false alarm", 'F', Verdict::false_alarm);
  judge("unknown_verdict", "Selected event: unknown", 'U', Verdict::unknown);
}

}  // namespace auscult::gui
