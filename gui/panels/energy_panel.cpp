// Each detector's energy, and the live fused score with the threshold line, which can be dragged.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdio>

#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

using ValueOf = std::function<float(const HopRecord&)>;

// The energies of a machine that is off are far from those of a running one and would flatten the rest of the trace.
float unless_off(const HopRecord& record, float value) {
  return record.state == AlarmState::not_running ? NAN : value;
}

std::vector<float> visible_values(const AppState& state, const ValueOf& value_of) {
  const History& history = state.shown();
  std::vector<float> values;
  const auto [begin, end] = columns_within(history, state.view());
  for (std::int64_t column = begin; column < end; ++column)
    if (history.record(column).present) values.push_back(value_of(history.record(column)));
  return values;
}

const HopRecord* record_under_pointer(const AppState& state, const TimePlot& plot) {
  const History& history = state.shown();
  const std::int64_t column = history.column_at(plot.time_at(ImGui::GetIO().MousePos.x));
  if (column < history.first_column() || column >= history.end_column()) return nullptr;
  return history.record(column).present ? &history.record(column) : nullptr;
}

std::string title_of(const DetectorView& view) {
  return view.energy == EnergyKind::dagmm ? "DAGMM energy" : "Energy, " + view.name;
}

const char* plain_name(const DetectorView& view) {
  if (view.energy == EnergyKind::dagmm) return "E(z): the higher, the less it sounds as in training";
  if (view.name == "frames") return "fast: a fraction of a second";
  if (view.name == "summary") return "slow: about two seconds";
  return "";
}

std::string cut_off_note(const std::vector<float>& values, const Range& y) {
  float highest = -INFINITY;
  for (const float value : values)
    if (std::isfinite(value)) highest = std::max(highest, value);
  return static_cast<double>(highest) > y.high ? "up to " + short_number(static_cast<double>(highest)) : "";
}

void draw_energy_hover(const PanelContext& context, const TimePlot& plot, const ValueOf& value_of, const char* word) {
  begin_value_tooltip(context, plot);
  const HopRecord* record = record_under_pointer(context.state, plot);
  if (record && std::isfinite(value_of(*record))) {
    ImGui::Text("%s %.2f", word, static_cast<double>(value_of(*record)));
  } else {
    ImGui::TextDisabled("no value here");
  }
  ImGui::EndTooltip();
}

}  // namespace

void draw_energy_trace(PanelContext& context, std::size_t detector, float height) {
  const AppState& state = context.state;
  const DetectorView& view = state.model()->detectors[detector];
  const ValueOf value_of = [detector](const HopRecord& record) { return unless_off(record, record.energy[detector]); };
  const std::vector<float> values = visible_values(state, value_of);
  const double threshold = state.energy_threshold(detector).value_or(1.0);
  // The axis always includes the median normal energy.
  const double floor = view.energy_at ? view.energy_at(0.3) : 0.0;
  const Range y = trace_range(values, floor, threshold);

  TimePlot plot = begin_time_plot({view.name.c_str(), height, state.view(), y}, context.plot_style());
  draw_marks(context, plot);
  draw_y_ticks(plot, value_ticks(y, std::max(2, static_cast<int>(height / (15 * context.scale)))));
  draw_time_grid(plot);
  draw_trace(plot, state.shown(), value_of, palette().trace);
  draw_level_line(plot, threshold, palette().threshold, label_value(std::round(threshold * 10) / 10));
  const std::string plain = plain_name(view), cut = cut_off_note(values, y);
  draw_title(plot, title_of(view).c_str(), view.energy == EnergyKind::dagmm ? help::kDagmmEnergy : help::kEnergy,
             cut.empty() || plain.empty() ? plain + cut : plain + ", " + cut);
  note_cursor(context, plot);
  if (plot.hovered) draw_energy_hover(context, plot, value_of, "energy");
}

float energies_fold_height(const PanelContext& context) {
  return context.fonts.small->FontSize;
}

void draw_energies_fold(PanelContext& context) {
  const ModelView& model = *context.state.model();
  std::string names;
  for (std::size_t d = 0; d < model.detectors.size(); ++d)
    if (d != model.main_detector()) names += (names.empty() ? "" : ", ") + model.detectors[d].name;
  const std::string text = "Energies of the other detectors: " + names;
  const PlotStyle style = context.plot_style();
  const float size = energies_fold_height(context), left = style.left * context.scale;
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + left);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = 1.6F * size + style.font->CalcTextSizeA(size, FLT_MAX, 0.0F, text.c_str()).x;
  bool& unfolded = context.settings.all_energies;
  if (ImGui::InvisibleButton("energies", {width, size})) unfolded = !unfolded;
  tooltip(context, unfolded ? "Fold (D)" : "Unfold (D)");
  const ImU32 colour = ImGui::GetColorU32(ImGui::IsItemHovered() ? ImGuiCol_Text : ImGuiCol_TextDisabled);
  const ImVec2 centre{at.x + 0.5F * size, at.y + 0.5F * size};
  const float r = 0.3F * size;
  ImDrawList* draw = ImGui::GetWindowDrawList();
  if (unfolded)
    draw->AddTriangleFilled({centre.x - r, centre.y - r / 2}, {centre.x + r, centre.y - r / 2},
                            {centre.x, centre.y + r}, colour);
  else
    draw->AddTriangleFilled({centre.x - r / 2, centre.y - r}, {centre.x + r, centre.y},
                            {centre.x - r / 2, centre.y + r}, colour);
  text_at(style, {at.x + 1.4F * size, at.y}, colour, text.c_str());
}

void draw_fused_score(PanelContext& context, float height) {
  AppState& state = context.state;
  const ValueOf value_of = [](const HopRecord& record) { return unless_off(record, record.fused); };
  const std::vector<float> values = visible_values(state, value_of);
  const Range y = trace_range(values, 0.0, state.threshold());

  TimePlot plot = begin_time_plot({"fused", height, state.view(), y}, context.plot_style());
  draw_marks(context, plot);
  draw_y_ticks(plot, value_ticks(y, std::max(2, static_cast<int>(height / (15 * context.scale)))));
  draw_time_grid(plot);
  draw_trace(plot, state.shown(), value_of, palette().fused_trace);
  double threshold = state.threshold();
  char label[32];
  std::snprintf(label, sizeof label, "%.1f", threshold);
  if (drag_level_line(plot, threshold, palette().threshold, label)) state.set_threshold(threshold);
  draw_title(plot, "Anomaly score (u)", help::kFused, cut_off_note(values, y));
  note_cursor(context, plot);
  if (plot.hovered) draw_energy_hover(context, plot, value_of, "score");
  draw_time_labels(plot);
}

}  // namespace auscult::gui
