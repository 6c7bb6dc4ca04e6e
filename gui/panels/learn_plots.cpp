// The plots in the panel for training: levels, loss curves and the histogram of held-out scores.
#include <algorithm>
#include <cmath>
#include <string>

#include "gui/learn/train_report.h"
#include "gui/panels/learn_view.h"
#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

struct Canvas {
  ImVec2 min, max;
  ImDrawList* draw;
  float x(double share) const { return min.x + (max.x - min.x) * static_cast<float>(share); }
  float y(double share) const { return max.y - (max.y - min.y) * static_cast<float>(share); }
};

Canvas begin_canvas(float height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  Canvas canvas{at, {at.x + ImGui::GetContentRegionAvail().x, at.y + height}, ImGui::GetWindowDrawList()};
  canvas.draw->AddRectFilled(canvas.min, canvas.max, palette().plot_background);
  ImGui::Dummy({canvas.max.x - canvas.min.x, height});
  return canvas;
}

void end_canvas(const Canvas& canvas) {
  canvas.draw->AddRect(canvas.min, canvas.max, palette().plot_border);
}

void put_text(const PanelContext& context, const Canvas& canvas, ImVec2 at, const std::string& text,
              ImU32 colour = palette().axis_text) {
  ImFont* font = context.fonts.small;
  canvas.draw->AddText(font, font->FontSize, at, colour, text.c_str());
}

float text_width(const PanelContext& context, const std::string& text) {
  return context.fonts.small->CalcTextSizeA(context.fonts.small->FontSize, 1e6F, 0.0F, text.c_str()).x;
}

}  // namespace

void draw_seconds(const PanelContext& context, std::span<const SecondLevel> seconds, std::size_t expected,
                  float height) {
  const Canvas canvas = begin_canvas(height);
  const auto share_of = [](float dbfs) { return std::clamp((static_cast<double>(dbfs) + 90.0) / 90.0, 0.0, 1.0); };
  for (const float db : {-60.0F, -30.0F, -6.0F}) {
    canvas.draw->AddLine({canvas.min.x, canvas.y(share_of(db))}, {canvas.max.x, canvas.y(share_of(db))},
                         palette().grid);
    put_text(context, canvas, {canvas.min.x + 3 * context.scale, canvas.y(share_of(db))},
             label_value(static_cast<double>(db)));
  }
  const double count = static_cast<double>(std::max({expected, seconds.size(), std::size_t{1}}));
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const float left = canvas.x(static_cast<double>(i) / count),
                right = std::max(left + 1.0F, canvas.x(static_cast<double>(i + 1) / count));
    canvas.draw->AddRectFilled({left, canvas.y(share_of(seconds[i].rms_dbfs))}, {right, canvas.max.y},
                               palette().level_rms);
    const float peak = canvas.y(share_of(seconds[i].peak_dbfs));
    canvas.draw->AddLine({left, peak}, {right, peak},
                         seconds[i].clipped > 0.0F ? tone_colour(Tone::bad) : palette().level_peak, context.scale);
    if (seconds[i].lost)
      canvas.draw->AddLine({left, canvas.min.y}, {left, canvas.max.y}, tone_colour(Tone::caution), context.scale);
  }
  end_canvas(canvas);
}

void draw_loss_curves(const PanelContext& context, const std::vector<LossCurve>& curves, float height) {
  const Canvas canvas = begin_canvas(height);
  struct Extent {
    std::string detector;
    double low = INFINITY, high = -INFINITY, steps = 1.0;
    int latest = 0;
  };
  std::vector<Extent> extents;
  const auto extent_of = [&](const LossCurve& curve) -> Extent& {
    const auto it =
        std::find_if(extents.begin(), extents.end(), [&](const Extent& e) { return e.detector == curve.detector; });
    return it != extents.end() ? *it : extents.emplace_back(Extent{curve.detector});
  };
  for (const LossCurve& curve : curves) {
    Extent& extent = extent_of(curve);
    extent.latest = std::max(extent.latest, curve.model);
    for (std::size_t i = 0; i < curve.losses.size(); ++i) {
      extent.low = std::min(extent.low, curve.losses[i]);
      extent.high = std::max(extent.high, curve.losses[i]);
      extent.steps = std::max(extent.steps, curve.steps[i]);
    }
  }
  // Gives a nearly constant loss a flat line instead of a plot of its noise.
  for (Extent& extent : extents) extent.high = std::max(extent.high, extent.low + 0.05 * std::abs(extent.low));
  const double lanes = static_cast<double>(std::max<std::size_t>(extents.size(), 1));
  for (const LossCurve& curve : curves) {
    const Extent& extent = extent_of(curve);
    const double lane = static_cast<double>(&extent - extents.data());
    std::vector<ImVec2> points;
    for (std::size_t i = 0; i < curve.losses.size(); ++i) {
      const double y = extent.high > extent.low ? (curve.losses[i] - extent.low) / (extent.high - extent.low) : 0.5;
      points.push_back(
          {canvas.x((lane + 0.02 + 0.96 * curve.steps[i] / extent.steps) / lanes), canvas.y(0.06 + 0.74 * y)});
    }
    const bool latest = curve.model == extent.latest;
    canvas.draw->AddPolyline(points.data(), static_cast<int>(points.size()),
                             latest ? palette().trace : palette().plot_border, 0,
                             (latest ? 1.8F : 1.0F) * context.scale);
  }
  for (std::size_t lane = 0; lane < extents.size(); ++lane) {
    const float left = canvas.x(static_cast<double>(lane) / lanes);
    if (lane > 0) canvas.draw->AddLine({left, canvas.min.y}, {left, canvas.max.y}, palette().plot_border);
    put_text(context, canvas, {left + 5 * context.scale, canvas.min.y + 2 * context.scale},
             extents[lane].detector + ": loss over steps, " + short_number(extents[lane].low) + " to " +
                 short_number(extents[lane].high),
             palette().title_text);
  }
  if (curves.empty())
    put_text(context, canvas, {canvas.min.x + 6 * context.scale, canvas.min.y + 4 * context.scale},
             "The loss curve appears shortly.");
  end_canvas(canvas);
}

void draw_score_histogram(const PanelContext& context, const TrainingSummary& result, double threshold, float height) {
  const Canvas canvas = begin_canvas(height);
  const float s = context.scale, axis = context.fonts.small->FontSize + 2 * s;
  const double right_end = std::max(result.held_out.bin_width * static_cast<double>(result.held_out.histogram.size()),
                                    1.1 * threshold),
               tallest = static_cast<double>(
                   *std::max_element(result.held_out.histogram.begin(), result.held_out.histogram.end()));
  const float floor = canvas.max.y - axis;
  const auto x = [&](double u) { return canvas.x(std::clamp(u / right_end, 0.0, 1.0)); };
  for (std::size_t i = 0; i < result.held_out.histogram.size(); ++i) {
    if (result.held_out.histogram[i] == 0) continue;
    const double share = (0.3 + std::log10(static_cast<double>(result.held_out.histogram[i]))) /
                         (0.3 + std::log10(std::max(tallest, 2.0)));
    const double from = static_cast<double>(i) * result.held_out.bin_width;
    canvas.draw->AddRectFilled({x(from) + 0.5F * s, floor - (floor - canvas.min.y - 4 * s) * static_cast<float>(share)},
                               {x(from + result.held_out.bin_width) - 0.5F * s, floor},
                               from >= threshold ? tone_colour(Tone::bad) : palette().trace);
  }
  for (const double tick : nice_ticks(0.0, right_end, 8)) {
    canvas.draw->AddLine({x(tick), canvas.min.y}, {x(tick), floor}, palette().grid);
    put_text(context, canvas, {x(tick) + 2 * s, floor + s}, label_value(tick));
  }
  canvas.draw->AddLine({x(threshold), canvas.min.y}, {x(threshold), floor}, palette().threshold, 2 * s);
  const std::string label = "threshold " + short_number(threshold);
  const float width = text_width(context, label);
  const float left = x(threshold) + 5 * s + width > canvas.max.x ? x(threshold) - 5 * s - width : x(threshold) + 5 * s;
  put_text(context, canvas, {left, canvas.min.y + 3 * s}, label, palette().threshold);
  end_canvas(canvas);
}

}  // namespace auscult::gui
