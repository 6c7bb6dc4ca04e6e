// Linear and mel spectrogram with frequency axis and color scale.
#include <algorithm>
#include <cmath>

#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

FrequencyAxis axis_of(const AppState& state, Spectrum spectrum) {
  const ModelView model = state.model().value_or(ModelView{});
  if (spectrum == Spectrum::mel) return {true, model.mel_low_hz, model.mel_high_hz};
  return {false, 0.0, model.nyquist_hz};
}

std::vector<Tick> frequency_ticks(const FrequencyAxis& axis) {
  std::vector<Tick> ticks;
  for (const double hz : axis.ticks()) ticks.push_back({axis.position(hz), label_hz(hz)});
  return ticks;
}

void draw_colour_scale(const PanelContext& context, const TimePlot& plot, const Range& decibels) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  const float s = context.scale, left = plot.max.x + 6 * s, right = left + 10 * s;
  const Colormap& map = colormap(context.settings.colours);
  constexpr int kBands = 32;
  for (int band = 0; band < kBands; ++band) {
    const auto colour_at = [&](int i) { return map[static_cast<std::size_t>(std::min(255, i * 256 / kBands))]; };
    const float y0 = plot.max.y - plot.height() * static_cast<float>(band) / kBands;
    const float y1 = plot.max.y - plot.height() * static_cast<float>(band + 1) / kBands;
    draw->AddRectFilledMultiColor({left, y1}, {right, y0}, colour_at(band + 1), colour_at(band + 1), colour_at(band),
                                  colour_at(band));
  }
  const float text_height = context.fonts.small->FontSize;
  const auto label = [&](double db, float y) {
    const std::string text = label_value(db) + (db == decibels.high ? " dB" : "");
    draw->AddText(context.fonts.small, text_height, {right + 4 * s, std::floor(y)}, palette().axis_text, text.c_str());
  };
  label(decibels.high, plot.min.y - 2 * s);
  label(std::round((decibels.low + decibels.high) / 2), (plot.min.y + plot.max.y - text_height) / 2);
  label(decibels.low, plot.max.y - text_height + 2 * s);
}

// The upper half moves the loud end, the lower half the quiet end.
void drag_colour_scale(const PanelContext& context, const TimePlot& plot, DecibelRange& range) {
  const float s = context.scale;
  const ImVec2 from{plot.max.x + 4 * s, plot.min.y}, to{plot.max.x + 58 * s, plot.max.y};
  const bool over = ImGui::IsItemHovered() && ImGui::IsMouseHoveringRect(from, to);
  int* held =
      ImGui::GetStateStorage()->GetIntRef(plot.id + 1, 0);  // +1, -1: the loud or the quiet end is being dragged
  if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    range.set_automatic();
  } else if (over && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    *held = ImGui::GetIO().MousePos.y < 0.5F * (plot.min.y + plot.max.y) ? 1 : -1;
  }
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) *held = 0;
  if (over || *held != 0) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeNS);
  if (*held == 0) {
    if (over)
      tooltip(context, range.automatic() ? "Drag either end to set the range of the color scale."
                                         : "Drag either end; double-click for the automatic range.");
    return;
  }
  Range wanted = range.range();
  const double moved = static_cast<double>(-ImGui::GetIO().MouseDelta.y / plot.height()) * (wanted.high - wanted.low);
  (*held > 0 ? wanted.high : wanted.low) += moved;
  if (moved != 0.0) range.set(wanted);
}

void draw_empty_hint(const PanelContext& context, const TimePlot& plot) {
  const Phase phase = context.state.phase();
  const bool soon = phase == Phase::loading || phase == Phase::starting || phase == Phase::running;
  const char* text = soon ? "Waiting for sound..." : "No sound yet";
  const ImVec2 size = ImGui::CalcTextSize(text);
  ImGui::GetWindowDrawList()->AddText({(plot.min.x + plot.max.x - size.x) / 2, (plot.min.y + plot.max.y - size.y) / 2},
                                      palette().muted, text);
}

void draw_hover(const PanelContext& context, const TimePlot& plot, Spectrum spectrum, const FrequencyAxis& axis) {
  const History& history = context.state.shown();
  const double position = std::clamp(plot.value_at(ImGui::GetIO().MousePos.y), 0.0, 1.0);
  const std::int64_t column = history.column_at(plot.time_at(ImGui::GetIO().MousePos.x));
  begin_value_tooltip(context, plot);
  ImGui::Text("%.0f Hz", axis.hz_at(position));
  const int bins = history.bins(spectrum);
  if (column < history.first_column() || column >= history.end_column() || bins == 0 ||
      !history.record(column).present) {
    ImGui::TextDisabled("no sound here");
  } else {
    const auto bin = static_cast<std::size_t>(std::min(bins - 1, static_cast<int>(position * bins)));
    ImGui::Text("%.0f dB", static_cast<double>(db_from_cell(history.cells(spectrum, column)[bin])));
    if (spectrum == Spectrum::mel) ImGui::TextDisabled("mel band %d of %d", static_cast<int>(bin) + 1, bins);
  }
  ImGui::EndTooltip();
}

}  // namespace

void draw_spectrogram(PanelContext& context, Spectrum spectrum, float height) {
  const bool mel = spectrum == Spectrum::mel;
  const History& history = context.state.shown();
  DecibelRange& range = mel ? context.view.mel_range : context.view.linear_range;
  SpectrogramTexture& texture = mel ? context.view.mel : context.view.linear;
  const FrequencyAxis axis = axis_of(context.state, spectrum);

  TimePlot plot =
      begin_time_plot({mel ? "mel" : "linear", height, context.state.view(), {0.0, 1.0}}, context.plot_style());
  drag_colour_scale(context, plot, range);
  range.follow(history, spectrum);
  texture.update(history, plot.time, range.range(), context.settings.colours, static_cast<int>(height));
  texture.draw(plot, history);
  draw_y_ticks(plot, frequency_ticks(axis));
  draw_time_grid(plot);
  draw_spans(plot, alarm_spans(history, plot.time), 0, palette().alarm_edge);
  if (history.empty()) draw_empty_hint(context, plot);
  if (context.view.cursor_time) draw_cursor(plot, *context.view.cursor_time);
  draw_colour_scale(context, plot, range.range());
  draw_title(plot, mel ? "Mel spectrogram" : "Spectrogram", mel ? help::kMel : help::kLinear,
             mel ? "Hz, the model's input" : "Hz");
  note_cursor(context, plot);
  if (plot.hovered) draw_hover(context, plot, spectrum, axis);
}

}  // namespace auscult::gui
