// Small plots of values instead of time: the histogram of both classes with its threshold, and the ROC curve. Thread
// rule: UI thread, inside a frame.
#pragma once

#include <vector>

#include <imgui.h>

#include "gui/batch/score_list.h"
#include "gui/plot/time_plot.h"

namespace auscult::gui {

/// Takes the full width. In each bin, normal is drawn on the left and abnormal on the right; the dashed line is the
/// threshold. True while it is dragged; `threshold` follows.
bool draw_class_histogram(const char* id, const ClassHistogram& histogram, double& threshold, float height,
                          const PlotStyle& style);

/// A square of `side` pixels; the dot marks the current threshold.
void draw_roc(const std::vector<RocPoint>& points, const RocPoint& now, float side, const PlotStyle& style);

}  // namespace auscult::gui
