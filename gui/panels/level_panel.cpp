// Level of the input: its history over the plots' time axis, and the meter with the clipping lamp.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr double kQuietestDbfs = -90.0;

std::string dbfs_text(const PanelContext& context, float dbfs) {
  if (dbfs <= -199.0F) return "silence";
  const double offset =
      context.session.source().live() ? tuning_of(context.settings, context.session.source().device).offset_db : 0.0;
  char text[48];
  if (offset != 0.0)
    std::snprintf(text, sizeof text, "%.0f dBFS (%.0f dB SPL)", static_cast<double>(dbfs),
                  static_cast<double>(dbfs) + offset);
  else
    std::snprintf(text, sizeof text, "%.0f dBFS", static_cast<double>(dbfs));
  return text;
}

/// Highest peak and latest clipping of the last second, so that short peaks can be read.
struct Meter {
  float rms = kSilenceDbfs, peak = kSilenceDbfs;
  bool clipped = false;
};
Meter read_meter(const AppState& state) {
  Meter meter;
  const History& history = state.live();
  const auto columns = static_cast<std::int64_t>(1.0 / history.hop_seconds());
  for (std::int64_t column = std::max(history.first_column(), history.end_column() - columns);
       column < history.end_column(); ++column) {
    const HopRecord& record = history.record(column);
    meter.peak = std::max(meter.peak, record.peak_dbfs);
    meter.clipped = meter.clipped || record.clipped;
    if (record.present) meter.rms = record.rms_dbfs;
  }
  return meter;
}

void draw_bar(const PanelContext& context, float dbfs, ImU32 colour) {
  const float s = context.scale, width = ImGui::GetContentRegionAvail().x, height = 12 * s;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const auto x = [&](double db) {
    return at.x + width * static_cast<float>(std::clamp((db - kQuietestDbfs) / -kQuietestDbfs, 0.0, 1.0));
  };
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(at, {at.x + width, at.y + height}, palette().plot_background, 2 * s);
  draw->AddRectFilled(at, {x(static_cast<double>(dbfs)), at.y + height}, colour, 2 * s);
  for (const double db : {-60.0, -30.0, -6.0})
    draw->AddLine({x(db), at.y}, {x(db), at.y + height}, palette().plot_border);
  ImGui::Dummy({width, height});
}

}  // namespace

void draw_level_history(PanelContext& context, float height) {
  const History& history = context.state.shown();
  TimePlot plot = begin_time_plot({"level", height, context.state.view(), {kQuietestDbfs, 0.0}}, context.plot_style());
  draw_spans(plot, gap_spans(history, plot.time), palette().gap, 0);
  draw_y_ticks(plot, {{-60.0, "-60"}, {-30.0, "-30"}, {0.0, "0"}});
  draw_time_grid(plot);
  draw_area(
      plot, history, [](const HopRecord& record) { return record.rms_dbfs; }, palette().level_rms);
  draw_trace(
      plot, history, [](const HopRecord& record) { return record.peak_dbfs; }, palette().level_peak);
  if (context.view.cursor_time) draw_cursor(plot, *context.view.cursor_time);
  draw_title(plot, "Level", help::kLevel, "dBFS, average and peak");
  note_cursor(context, plot);
  if (!plot.hovered) return;
  const std::int64_t column = history.column_at(plot.time_at(ImGui::GetIO().MousePos.x));
  begin_value_tooltip(context, plot);
  if (column >= history.first_column() && column < history.end_column() && history.record(column).present) {
    const HopRecord& record = history.record(column);
    ImGui::Text("average %s, peak %s", dbfs_text(context, record.rms_dbfs).c_str(),
                dbfs_text(context, record.peak_dbfs).c_str());
  } else {
    ImGui::TextDisabled("no sound here");
  }
  ImGui::EndTooltip();
}

void draw_level_meter(PanelContext& context) {
  const Meter meter = read_meter(context.state);
  heading(context, "Level", help::kLevel);
  if (meter.clipped) {
    ImGui::SameLine(ImGui::GetContentRegionMax().x - 92 * context.scale);
    ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::bad));
    ImGui::TextUnformatted("! clipping");
    ImGui::PopStyleColor();
  }
  draw_bar(context, meter.rms, palette().level_rms);
  draw_bar(context, meter.peak, meter.clipped ? tone_colour(Tone::bad) : palette().level_peak);
  ImGui::PushFont(context.fonts.small);
  ImGui::TextDisabled("average %s, peak %s", dbfs_text(context, meter.rms).c_str(),
                      dbfs_text(context, meter.peak).c_str());
  ImGui::PopFont();
}

}  // namespace auscult::gui
