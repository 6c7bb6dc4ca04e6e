// A plot over stream time, drawn with Dear ImGui's draw list: frame, grid, labels, traces, shaded spans, a draggable
// line. All plots of the window have the same left and right margins, so that times align vertically. Thread rule: UI
// thread, inside a frame. Units: pixels on the screen, seconds of stream time.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <imgui.h>

#include "gui/history.h"
#include "gui/plot/auto_range.h"

namespace auscult::gui {

struct PlotStyle {
  float scale = 1.0F;
  ImFont* font = nullptr;             ///< labels
  float left = 46.0F, right = 62.0F;  ///< margins at scale 1: axis labels, color bar and line labels
};

/// Position of a plot and meaning of its axes; made by begin_time_plot() each frame.
struct TimePlot {
  ImVec2 min, max;  ///< inner area
  TimeSpan time;
  Range y;
  bool hovered = false;  ///< the pointer is inside, but not on the title
  bool held = false;     ///< the button was pressed inside and is still down
  PlotStyle style;
  ImGuiID id = 0;

  float x(double time_s) const;
  float y_of(double value) const;  ///< clipped to the plot
  double time_at(float x) const;
  double value_at(float y) const;
  float width() const { return max.x - min.x; }
  float height() const { return max.y - min.y; }
};

struct TimePlotOptions {
  const char* id = "";
  float height = 100.0F;  ///< pixels
  TimeSpan time;
  Range y;
};

/// A label aligned to whole pixels, so that it is sharp.
void text_at(const PlotStyle& style, ImVec2 at, ImU32 colour, const char* text);
/// Takes the full width and draws the background.
TimePlot begin_time_plot(const TimePlotOptions& options, const PlotStyle& style);

struct Tick {
  double value = 0.0;  ///< on the y axis
  std::string label;
};
void draw_y_ticks(const TimePlot& plot, const std::vector<Tick>& ticks);
std::vector<Tick> value_ticks(const Range& y, int wanted);
void draw_time_grid(const TimePlot& plot);
/// The labels below the last plot; takes one line.
void draw_time_labels(const TimePlot& plot);

/// Title in the upper left corner; its tooltip explains the term. `note` follows in a muted color.
void draw_title(TimePlot& plot, const char* title, const char* help, const std::string& note = {});
void draw_spans(const TimePlot& plot, const std::vector<TimeSpan>& spans, ImU32 fill, ImU32 edge);
/// Draws value_of(record) for each column, interrupted where it is not finite or the hop is missing. If many columns
/// share a pixel, their minimum and maximum are drawn, so that no peak is lost.
void draw_trace(const TimePlot& plot, const History& history, const std::function<float(const HopRecord&)>& value_of,
                ImU32 colour);
/// The same as a filled area above the bottom.
void draw_area(const TimePlot& plot, const History& history, const std::function<float(const HopRecord&)>& value_of,
               ImU32 colour);

/// A dashed horizontal line with a label in the right margin.
void draw_level_line(const TimePlot& plot, double value, ImU32 colour, const std::string& label);
/// The same with a handle. True while it is dragged; `value` follows the pointer.
bool drag_level_line(const TimePlot& plot, double& value, ImU32 colour, const std::string& label);
/// A vertical line at the pointer's time, in every plot.
void draw_cursor(const TimePlot& plot, double time_s);

}  // namespace auscult::gui
