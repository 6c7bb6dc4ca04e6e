#include "learning_curve_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace auscult::bench {
namespace {

constexpr double kPanelWidth = 300.0, kPanelHeight = 220.0, kLeft = 44.0, kTop = 56.0, kGap = 58.0;
constexpr double kLowest = 0.5;
// Okabe and Ito's colors, which color-blind readers can tell apart, then gray levels.
constexpr std::array<const char*, 10> kColours = {"#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00",
                                                  "#56B4E9", "#000000", "#777777", "#999900", "#AA4499"};
constexpr std::size_t kColumns = 2;

std::string text(double x, double y, const char* anchor, const std::string& what, int size = 11) {
  char head[128];
  std::snprintf(head, sizeof head, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">", x, y, anchor,
                size);
  return head + what + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour, double width) {
  char out[192];
  std::snprintf(out, sizeof out,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n", x1, y1,
                x2, y2, colour, width);
  return out;
}

// Where amounts and values lie in a panel.
struct Axes {
  double left, top, first, last;
  double x(double minutes) const {
    return left + (last > first ? (std::log(minutes) - first) / (last - first) : 0.5) * kPanelWidth;
  }
  double y(double value) const {
    return top + (1.0 - (std::clamp(value, kLowest, 1.0) - kLowest) / (1.0 - kLowest)) * kPanelHeight;
  }
};

std::string grid(const Axes& axes, const std::vector<double>& minutes) {
  std::string out;
  for (int tick = 5; tick <= 10; ++tick) {
    const double y = axes.y(0.1 * tick);
    char label[16];
    std::snprintf(label, sizeof label, "%.1f", 0.1 * tick);
    out += line(axes.left, y, axes.left + kPanelWidth, y, "#DDDDDD", 1.0) + text(axes.left - 6, y + 4, "end", label);
  }
  for (const double amount : minutes) {
    char label[16];
    std::snprintf(label, sizeof label, "%g", amount);
    out += line(axes.x(amount), axes.top + kPanelHeight, axes.x(amount), axes.top + kPanelHeight + 4, "#444444", 1.0) +
           text(axes.x(amount), axes.top + kPanelHeight + 16, "middle", label);
  }
  return out + text(axes.left + kPanelWidth / 2, axes.top + kPanelHeight + 30, "middle", "minutes of normal sound");
}

std::string curve(const Axes& axes, const std::vector<double>& minutes, const CurveLine& one, const char* colour) {
  std::string points, dots;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    if (std::isnan(one.values[i])) continue;
    char point[128];
    std::snprintf(point, sizeof point, "%.1f,%.1f ", axes.x(minutes[i]), axes.y(one.values[i]));
    points += point;
    std::snprintf(point, sizeof point, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", axes.x(minutes[i]),
                  axes.y(one.values[i]), one.control ? 1.8 : 3.0, colour);
    dots += point;
  }
  return "<polyline fill=\"none\" stroke=\"" + std::string(colour) + "\" stroke-width=\"" +
         (one.control ? "1.2\" stroke-dasharray=\"5 3" : "2.4") + "\" points=\"" + points + "\"/>\n" + dots;
}

}  // namespace

std::string to_svg(const std::vector<double>& minutes, const std::vector<CurvePanel>& panels,
                   const std::string& title) {
  const std::size_t rows = (panels.size() + kColumns - 1) / kColumns;
  const double width = kColumns * (kPanelWidth + kGap) + 190.0,
               height = kTop + static_cast<double>(rows) * (kPanelHeight + kGap + 22.0);
  char head[256];
  std::snprintf(head, sizeof head,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"#FFFFFF\"/>\n",
                width, height);
  std::string out = head + text(kLeft, 22, "start", title, 14);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const std::size_t row = p / kColumns, column = p % kColumns;
    const Axes axes = {kLeft + static_cast<double>(column) * (kPanelWidth + kGap),
                       kTop + static_cast<double>(row) * (kPanelHeight + kGap + 22.0), std::log(minutes.front()),
                       std::log(minutes.back())};
    out += text(axes.left, axes.top - 8, "start", panels[p].title, 12) + grid(axes, minutes);
    for (std::size_t l = 0; l < panels[p].lines.size(); ++l)
      out += curve(axes, minutes, panels[p].lines[l], kColours[l % kColours.size()]);
  }
  const double x = kColumns * (kPanelWidth + kGap) + kLeft;
  for (std::size_t l = 0; !panels.empty() && l < panels.front().lines.size(); ++l) {
    const CurveLine& one = panels.front().lines[l];
    const double y = kTop + 18.0 * static_cast<double>(l);
    out += line(x - 20, y, x, y, kColours[l % kColours.size()], one.control ? 1.2 : 2.4) +
           text(x + 6, y + 4, "start", one.score);
  }
  return out + "</svg>\n";
}

}  // namespace auscult::bench
