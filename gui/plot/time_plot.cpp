#include "gui/plot/time_plot.h"

#include <algorithm>
#include <cmath>

#include "gui/plot/axis.h"
#include "gui/theme.h"
#include "gui/words.h"

namespace auscult::gui {
namespace {

ImVec2 text_size(const PlotStyle& style, const char* text) {
  return style.font->CalcTextSizeA(style.font->FontSize, 1e6F, 0.0F, text);
}

void dashed_line(ImVec2 from, float to_x, ImU32 colour, float thickness, float dash) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  for (float x = from.x; x < to_x; x += 1.7F * dash)
    draw->AddLine({x, from.y}, {std::min(x + dash, to_x), from.y}, colour, thickness);
}

void margin_label(const TimePlot& plot, double value, ImU32 colour, const std::string& label) {
  const float half = text_size(plot.style, label.c_str()).y / 2;
  const float y = std::clamp(plot.y_of(value) - half, plot.min.y - half / 2, plot.max.y - 2 * half);
  text_at(plot.style, {plot.max.x + 5 * plot.style.scale, y}, colour, label.c_str());
}

}  // namespace

void text_at(const PlotStyle& style, ImVec2 at, ImU32 colour, const char* text) {
  ImGui::GetWindowDrawList()->AddText(style.font, style.font->FontSize, {std::floor(at.x), std::floor(at.y)}, colour,
                                      text);
}

float TimePlot::x(double time_s) const {
  return min.x + static_cast<float>((time_s - time.begin) / (time.end - time.begin)) * width();
}

float TimePlot::y_of(double value) const {
  const double position = std::clamp((value - y.low) / (y.high - y.low), 0.0, 1.0);
  return max.y - static_cast<float>(position) * height();
}

double TimePlot::time_at(float at) const {
  return time.begin + static_cast<double>((at - min.x) / width()) * (time.end - time.begin);
}

double TimePlot::value_at(float at) const {
  return y.low + static_cast<double>((max.y - at) / height()) * (y.high - y.low);
}

TimePlot begin_time_plot(const TimePlotOptions& options, const PlotStyle& style) {
  TimePlot plot;
  plot.style = style;
  plot.time = options.time;
  plot.y = options.y;
  plot.id = ImGui::GetID(options.id);
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float full = ImGui::GetContentRegionAvail().x;
  ImGui::InvisibleButton(options.id, {std::max(full, 1.0F), options.height});
  plot.min = {corner.x + style.left * style.scale, corner.y};
  plot.max = {std::max(corner.x + full - style.right * style.scale, plot.min.x + 1.0F), corner.y + options.height};
  plot.hovered = ImGui::IsItemHovered() && ImGui::IsMouseHoveringRect(plot.min, plot.max);
  const ImVec2 pressed = ImGui::GetIO().MouseClickedPos[ImGuiMouseButton_Left];
  plot.held = ImGui::IsItemActive() && pressed.x >= plot.min.x && pressed.x < plot.max.x;
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(plot.min, plot.max, palette().plot_background);
  draw->AddRect({plot.min.x - 1, plot.min.y - 1}, {plot.max.x + 1, plot.max.y + 1}, palette().plot_border);
  return plot;
}

void draw_y_ticks(const TimePlot& plot, const std::vector<Tick>& ticks) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  float last = 1e9F;
  for (const Tick& tick : ticks) {
    if (tick.value < plot.y.low || tick.value > plot.y.high) continue;
    const float y = plot.y_of(tick.value);
    draw->AddLine({plot.min.x, y}, {plot.max.x, y}, palette().grid);
    const ImVec2 size = text_size(plot.style, tick.label.c_str());
    const float top = std::clamp(y - size.y / 2, plot.min.y - size.y * 0.2F, plot.max.y - size.y * 0.8F);
    if (std::abs(last - top) < size.y * 0.95F) continue;
    last = top;
    text_at(plot.style, {plot.min.x - size.x - 5 * plot.style.scale, top}, palette().axis_text, tick.label.c_str());
  }
}

std::vector<Tick> value_ticks(const Range& y, int wanted) {
  std::vector<Tick> ticks;
  for (const double value : nice_ticks(y.low, y.high, wanted)) ticks.push_back({value, label_value(value)});
  return ticks;
}

void draw_time_grid(const TimePlot& plot) {
  for (const double t : time_ticks(plot.time.begin, plot.time.end, 8))
    ImGui::GetWindowDrawList()->AddLine({plot.x(t), plot.min.y}, {plot.x(t), plot.max.y}, palette().grid);
}

void draw_time_labels(const TimePlot& plot) {
  for (const double t : time_ticks(plot.time.begin, plot.time.end, 8)) {
    if (t < 0.0) continue;
    const std::string label = format_clock(t + 1e-6);
    const float width = text_size(plot.style, label.c_str()).x;
    if (plot.x(t) + width / 2 > plot.max.x + plot.style.right * plot.style.scale) continue;
    text_at(plot.style, {plot.x(t) - width / 2, plot.max.y + 2 * plot.style.scale}, palette().axis_text, label.c_str());
  }
  ImGui::Dummy({1.0F, plot.style.font->FontSize + 2 * plot.style.scale});
}

void draw_title(TimePlot& plot, const char* title, const char* help, const std::string& note) {
  const PlotStyle& style = plot.style;
  const ImVec2 size = text_size(style, title);
  const float note_width = note.empty() ? 0.0F : text_size(style, note.c_str()).x + 8 * style.scale;
  const float pad = 4 * style.scale;
  const ImVec2 at{plot.min.x + pad, plot.min.y + pad * 0.75F};
  const ImVec2 corner{at.x + size.x + note_width + pad, at.y + size.y + pad * 0.5F};
  ImGui::GetWindowDrawList()->AddRectFilled({at.x - pad, at.y - pad * 0.5F}, corner, palette().title_back,
                                            3 * style.scale);
  text_at(style, at, palette().title_text, title);
  if (!note.empty()) text_at(style, {at.x + size.x + 8 * style.scale, at.y}, palette().muted, note.c_str());
  if (plot.hovered && ImGui::IsMouseHoveringRect(at, corner)) {
    plot.hovered = false;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(360 * style.scale);
    ImGui::TextUnformatted(help);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
  }
}

void draw_spans(const TimePlot& plot, const std::vector<TimeSpan>& spans, ImU32 fill, ImU32 edge) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  for (const TimeSpan& span : spans) {
    if (span.end <= plot.time.begin || span.begin >= plot.time.end) continue;
    const float left = std::max(plot.x(span.begin), plot.min.x);
    const float right = std::max(std::min(plot.x(span.end), plot.max.x), left + 1.0F);
    draw->AddRectFilled({left, plot.min.y}, {right, plot.max.y}, fill);
    if (edge != 0 && span.begin > plot.time.begin)
      draw->AddLine({left, plot.min.y}, {left, plot.max.y}, edge, plot.style.scale);
  }
}

namespace {

// The values that share one pixel, drawn as one line: from the first value to both extremes, then to the last.
struct Bundle {
  float x = 0.0F, first = 0.0F, low = 0.0F, high = 0.0F, last = 0.0F;
  int n = 0;

  void add(float at, float y) {
    if (n++ == 0) first = low = high = y;
    x = at;
    low = std::min(low, y);
    high = std::max(high, y);
    last = y;
  }
  void draw(ImDrawList* path) {
    if (n == 0) return;
    path->PathLineTo({x, first});
    if (n > 2) {
      path->PathLineTo({x, low});
      path->PathLineTo({x, high});
    }
    if (n > 1) path->PathLineTo({x, last});
    n = 0;
  }
};

}  // namespace

void draw_trace(const TimePlot& plot, const History& history, const std::function<float(const HopRecord&)>& value_of,
                ImU32 colour) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->PushClipRect(plot.min, plot.max, true);
  Bundle bundle;
  const auto flush = [&] {
    bundle.draw(draw);
    if (draw->_Path.Size > 1) {
      draw->PathStroke(colour, 0, 1.4F * plot.style.scale);
    } else {
      draw->PathClear();
    }
  };
  const auto [begin, end] = columns_within(history, plot.time);
  for (std::int64_t column = begin; column < end; ++column) {
    const HopRecord& record = history.record(column);
    const float value = record.present ? value_of(record) : NAN;
    if (!std::isfinite(value) || record.after_gap) flush();
    if (!std::isfinite(value)) continue;
    const float x = plot.x(history.start_of(column + 1));
    if (bundle.n > 0 && std::floor(x) != std::floor(bundle.x)) bundle.draw(draw);
    bundle.add(x, plot.y_of(static_cast<double>(value)));
  }
  flush();
  draw->PopClipRect();
}

void draw_area(const TimePlot& plot, const History& history, const std::function<float(const HopRecord&)>& value_of,
               ImU32 colour) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->PushClipRect(plot.min, plot.max, true);
  const auto [begin, end] = columns_within(history, plot.time);
  // One bar per pixel column, which several hops may share.
  float drawn_to = plot.min.x, top = plot.max.y;
  for (std::int64_t column = begin; column < end; ++column) {
    const HopRecord& record = history.record(column);
    const float left = std::floor(plot.x(history.start_of(column))),
                right = std::floor(plot.x(history.start_of(column + 1)));
    if (record.present) top = std::min(top, plot.y_of(static_cast<double>(value_of(record))));
    if (right <= left) continue;
    if (top < plot.max.y) draw->AddRectFilled({std::max(left, drawn_to), top}, {right, plot.max.y}, colour);
    drawn_to = right;
    top = plot.max.y;
  }
  draw->PopClipRect();
}

void draw_level_line(const TimePlot& plot, double value, ImU32 colour, const std::string& label) {
  const float y = std::floor(plot.y_of(value)) + 0.5F;
  dashed_line({plot.min.x, y}, plot.max.x, colour, 1.5F * plot.style.scale, 6 * plot.style.scale);
  margin_label(plot, value, colour, label);
}

bool drag_level_line(const TimePlot& plot, double& value, ImU32 colour, const std::string& label) {
  const float reach = 6 * plot.style.scale;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  bool* dragging = ImGui::GetStateStorage()->GetBoolRef(plot.id, false);
  const bool near = plot.hovered && std::abs(mouse.y - plot.y_of(value)) < reach;
  if (near && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) *dragging = true;
  if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) *dragging = false;
  if (*dragging) value = plot.value_at(std::clamp(mouse.y, plot.min.y, plot.max.y));
  if (near || *dragging) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeNS);
  draw_level_line(plot, value, colour, label);
  const float y = plot.y_of(value), s = plot.style.scale;
  ImGui::GetWindowDrawList()->AddTriangleFilled({plot.max.x, y - 5 * s}, {plot.max.x, y + 5 * s},
                                                {plot.max.x - 8 * s, y}, colour);
  return *dragging;
}

void draw_cursor(const TimePlot& plot, double time_s) {
  if (time_s < plot.time.begin || time_s > plot.time.end) return;
  ImGui::GetWindowDrawList()->AddLine({plot.x(time_s), plot.min.y}, {plot.x(time_s), plot.max.y}, palette().cursor);
}

}  // namespace auscult::gui
