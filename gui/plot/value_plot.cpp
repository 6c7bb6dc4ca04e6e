#include "gui/plot/value_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <imgui_internal.h>  // PushItemFlag

#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

void draw_frame(ImVec2 min, ImVec2 max) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(min, max, palette().plot_background);
  draw->AddRect({min.x - 1, min.y - 1}, {max.x + 1, max.y + 1}, palette().plot_border);
}

double largest(const ClassHistogram& h) {
  double most = 1.0;
  for (const auto* counts : {&h.normal, &h.abnormal, &h.unknown})
    for (const double n : *counts) most = std::max(most, n);
  return most;
}

}  // namespace

bool draw_class_histogram(const char* id, const ClassHistogram& histogram, double& threshold, float height,
                          const PlotStyle& style) {
  const float s = style.scale, label = style.font->FontSize + 3 * s;
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float width = std::max(60.0F, ImGui::GetContentRegionAvail().x);
  // The keyboard changes the number next to it. Pressed by a key, the button would move the line to the pointer.
  ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
  ImGui::InvisibleButton(id, {width, height});
  ImGui::PopItemFlag();
  const bool held = ImGui::IsItemActive(), over = ImGui::IsItemHovered();
  const ImVec2 min = corner, max{corner.x + width, corner.y + height - label};
  draw_frame(min, max);
  ImDrawList* draw = ImGui::GetWindowDrawList();
  const double low = histogram.low, high = std::max({histogram.high, threshold * 1.1, low + 1e-6});
  const auto x = [&](double value) {
    return min.x + static_cast<float>((value - low) / (high - low)) * (max.x - min.x);
  };
  // Square roots, so that a few abnormal recordings are visible next to many normal ones.
  const double most = std::sqrt(largest(histogram));
  const auto bar = [&](std::size_t bin, std::size_t bins, double count, float from, float to, ImU32 colour) {
    if (count <= 0.0) return;
    const double step = (histogram.high - histogram.low) / static_cast<double>(bins),
                 left = low + step * static_cast<double>(bin);
    const float a = x(left), b = x(left + step),
                top = max.y - static_cast<float>(std::sqrt(count) / most) * (max.y - min.y - 2 * s);
    draw->AddRectFilled({a + from * (b - a), top}, {std::max(a + to * (b - a), a + from * (b - a) + 1), max.y}, colour);
  };
  const std::size_t bins = histogram.normal.size();
  for (std::size_t i = 0; i < bins; ++i) {
    bar(i, bins, histogram.unknown[i], 0.05F, 0.95F, palette().gap);
    bar(i, bins, histogram.normal[i], 0.05F, 0.5F, palette().trace);
    bar(i, bins, histogram.abnormal[i], 0.5F, 0.95F, palette().alarm_edge);
  }
  for (const double tick : nice_ticks(low, high, 6)) {
    draw->AddLine({x(tick), min.y}, {x(tick), max.y}, palette().grid);
    text_at(style, {x(tick) - 4 * s, max.y + 2 * s}, palette().axis_text, label_value(tick).c_str());
  }
  if (over || held) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (held)
    threshold = std::clamp(
        low + static_cast<double>((ImGui::GetIO().MousePos.x - min.x) / (max.x - min.x)) * (high - low), low, high);
  draw->AddLine({x(threshold), min.y}, {x(threshold), max.y}, palette().threshold, 2 * s);
  draw->AddTriangleFilled({x(threshold) - 5 * s, min.y}, {x(threshold) + 5 * s, min.y}, {x(threshold), min.y + 8 * s},
                          palette().threshold);
  return held;
}

void draw_roc(const std::vector<RocPoint>& points, const RocPoint& now, float side, const PlotStyle& style) {
  const float s = style.scale;
  const ImVec2 min = ImGui::GetCursorScreenPos(), max{min.x + side, min.y + side};
  ImGui::Dummy({side, side});
  draw_frame(min, max);
  ImDrawList* draw = ImGui::GetWindowDrawList();
  const auto at = [&](double false_rate, double true_rate) {
    return ImVec2{min.x + static_cast<float>(false_rate) * side, max.y - static_cast<float>(true_rate) * side};
  };
  draw->AddLine(at(0, 0), at(1, 1), palette().grid);
  draw->AddLine(at(0.1, 0), at(0.1, 1), palette().grid);  // the range of pAUC
  // One point per recording: thousands of them share a pixel, and Dear ImGui cannot draw a line of more than 16,000.
  ImVec2 last = at(0, 0);
  draw->PathLineTo(last);
  for (const RocPoint& p : points) {
    const ImVec2 next = at(p.false_positive_rate, p.true_positive_rate);
    if (next.x - last.x + last.y - next.y < 0.5F) continue;
    draw->PathLineTo(next);
    last = next;
  }
  draw->PathLineTo(at(1, 1));
  draw->PathStroke(palette().trace, 0, 1.6F * s);
  draw->AddCircleFilled(at(now.false_positive_rate, now.true_positive_rate), 4 * s, palette().threshold);
  text_at(style, {min.x + 4 * s, min.y + 2 * s}, palette().axis_text, "found");
  text_at(style, {max.x - 74 * s, max.y - style.font->FontSize - 2 * s}, palette().axis_text, "false alarms");
}

}  // namespace auscult::gui
