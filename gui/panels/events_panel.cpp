// The events so far, newest first.
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

std::string start_text(const AppState& state, const EventNotice& notice) {
  return state.source().live && notice.wall_time_ms > 0 ? format_wall_time(notice.wall_time_ms) : format_clock(notice.event.start_s);
}

std::string detector_name(const AppState& state, int detector) {
  const auto index = static_cast<std::size_t>(detector);
  return state.model() && detector >= 0 && index < state.model()->detectors.size() ? state.model()->detectors[index].name : "-";
}

void draw_row(const PanelContext& context, const EventNotice& notice) {
  const bool under_way = notice.edge == EventEdge::began;
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(start_text(context.state, notice).c_str());
  ImGui::TableNextColumn();
  if (under_way) {
    ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::bad));
    ImGui::TextUnformatted("now");
    ImGui::PopStyleColor();
  } else {
    ImGui::TextUnformatted(format_duration(notice.event.end_s - notice.event.start_s).c_str());
  }
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(short_number(notice.event.peak_score).c_str());
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(detector_name(context.state, notice.event.peak_detector).c_str());
}

}  // namespace

void draw_events(PanelContext& context) {
  const auto& events = context.state.events();
  heading(context, ("Events: " + std::to_string(events.size())).c_str(), help::kEvents);
  ImGui::PushFont(context.fonts.small);
  if (events.empty()) {
    ImGui::TextDisabled("None so far.");
  } else if (ImGui::BeginTable("events", 4, ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingStretchProp)) {
    ImGui::TableSetupScrollFreeze(0, 1);
    for (const char* column : {"Start", "Length", "Peak u", "Detector"}) ImGui::TableSetupColumn(column);
    ImGui::TableHeadersRow();
    for (auto notice = events.rbegin(); notice != events.rend(); ++notice) draw_row(context, *notice);
    ImGui::EndTable();
  }
  ImGui::PopFont();
}

}  // namespace auscult::gui
