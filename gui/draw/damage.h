// Which parts of a picture differ from the picture before: a hash of everything that is drawn over each tile, in order.
// Knows neither Dear ImGui nor OpenGL. Thread rule: one thread. Units: pixels, from the upper left corner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace auscult::gui {

/// [left, right) x [top, bottom).
struct PixelBox {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return right <= left || bottom <= top; }
  std::int64_t area() const { return empty() ? 0 : static_cast<std::int64_t>(right - left) * (bottom - top); }
  bool contains(const PixelBox& other) const {
    return left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom;
  }
  bool operator==(const PixelBox&) const = default;
};
inline PixelBox intersection(const PixelBox& a, const PixelBox& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom)};
}
inline PixelBox bounds(const PixelBox& a, const PixelBox& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right), std::max(a.bottom, b.bottom)};
}

class Damage {
 public:
  static constexpr int kTile = 32;
  static constexpr std::size_t kMostBoxes = 12;  ///< every box is drawn on its own, which has a price

  /// Begins a picture. Another size than before damages all of it.
  void begin(int width, int height);
  /// Something is drawn inside `box`; `content` differs if it looks different.
  void add(const PixelBox& box, std::uint64_t content);
  /// Damages all of the next picture that finish() ends.
  void invalidate() { all_ = true; }
  /// Ends the picture: boxes that cover every tile that differs from the picture before. They may overlap; none if the
  /// pictures are the same.
  std::vector<PixelBox> finish();

 private:
  int width_ = 0, height_ = 0, columns_ = 0, rows_ = 0;
  bool all_ = true;
  std::vector<std::uint64_t> now_, before_;
};

}  // namespace auscult::gui
