#include "gui/icon.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace auscult::gui {
namespace {

struct Point {
  double x, y;
};
struct Colour {
  double r, g, b;
};

constexpr double kSide = 128.0;  // side of the drawing in auscult.svg
constexpr Colour kGround{0x17, 0x1a, 0x20}, kThreshold{0xff, 0xb3, 0x47}, kTrace{0x60, 0xbe, 0xff},
    kAlarm{0xff, 0x78, 0x70};
constexpr std::array<Point, 11> kTracePoints{
    {{14, 88}, {36, 88}, {42, 78}, {50, 96}, {58, 82}, {64, 88}, {74, 88}, {81, 26}, {90, 104}, {96, 88}, {114, 88}}};

// Distances in units of the drawing; negative inside.
double to_rounded_square(Point p, double radius) {
  const double x = std::abs(p.x - kSide / 2) - (kSide / 2 - radius),
               y = std::abs(p.y - kSide / 2) - (kSide / 2 - radius);
  return std::hypot(std::max(x, 0.0), std::max(y, 0.0)) + std::min(std::max(x, y), 0.0) - radius;
}

double to_line(Point p, Point a, Point b, double width) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double along = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy) - width / 2;
}

double to_threshold(Point p) {
  double nearest = kSide;
  for (double x = 14; x < 114; x += 18) nearest = std::min(nearest, to_line(p, {x, 44}, {x + 10, 44}, 4));
  return nearest;
}

double to_trace(Point p) {
  double nearest = kSide;
  for (std::size_t i = 1; i < kTracePoints.size(); ++i)
    nearest = std::min(nearest, to_line(p, kTracePoints[i - 1], kTracePoints[i], 7));
  return nearest;
}

double to_alarm(Point p) {
  return std::hypot(p.x - 81, p.y - 26) - 9;
}

}  // namespace

IconPicture draw_icon(int size) {
  IconPicture icon{size, {}};
  const double unit = kSide / size;  // drawing units per pixel
  const auto covered = [unit](double distance) { return std::clamp(0.5 - distance / unit, 0.0, 1.0); };
  for (int row = 0; row < size; ++row)
    for (int column = 0; column < size; ++column) {
      const Point p{(column + 0.5) * unit, (row + 0.5) * unit};
      Colour colour = kGround;
      for (const auto& [share, over] : {std::pair{covered(to_threshold(p)), kThreshold},
                                        {covered(to_trace(p)), kTrace},
                                        {covered(to_alarm(p)), kAlarm}})
        colour = {std::lerp(colour.r, over.r, share), std::lerp(colour.g, over.g, share),
                  std::lerp(colour.b, over.b, share)};
      for (const double value : {colour.r, colour.g, colour.b, 255.0 * covered(to_rounded_square(p, 26))})
        icon.pixels.push_back(static_cast<unsigned char>(std::lround(value)));
    }
  return icon;
}

}  // namespace auscult::gui
