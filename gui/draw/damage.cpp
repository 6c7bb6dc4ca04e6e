#include "gui/draw/damage.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace auscult::gui {
namespace {

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio

// Boxes in units of tiles: the runs of each row, with equal runs of neighboring rows joined.
std::vector<PixelBox> joined_runs(const std::vector<std::uint64_t>& now, const std::vector<std::uint64_t>& before,
                                  int columns, int rows) {
  std::vector<PixelBox> boxes;
  for (int row = 0; row < rows; ++row) {
    const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns);
    const auto differs = [&](int column) {
      return now[start + static_cast<std::size_t>(column)] != before[start + static_cast<std::size_t>(column)];
    };
    for (int column = 0; column < columns; ++column) {
      if (!differs(column)) continue;
      const int left = column;
      while (column < columns && differs(column)) ++column;
      const auto above = std::find_if(boxes.begin(), boxes.end(), [&](const PixelBox& box) {
        return box.bottom == row && box.left == left && box.right == column;
      });
      if (above != boxes.end())
        above->bottom = row + 1;
      else
        boxes.push_back({left, row, column, row + 1});
    }
  }
  return boxes;
}

// Replaces the two boxes whose common bounds add the least area by these bounds, until few enough are left.
void join_nearest(std::vector<PixelBox>& boxes, std::size_t most) {
  while (boxes.size() > most) {
    std::pair<std::size_t, std::size_t> best{0, 1};
    std::int64_t least = -1;
    for (std::size_t i = 0; i < boxes.size(); ++i)
      for (std::size_t j = i + 1; j < boxes.size(); ++j) {
        const std::int64_t added = bounds(boxes[i], boxes[j]).area() - boxes[i].area() - boxes[j].area();
        if (least >= 0 && added >= least) continue;
        least = std::max<std::int64_t>(0, added);
        best = {i, j};
      }
    boxes[best.first] = bounds(boxes[best.first], boxes[best.second]);
    boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(best.second));
  }
}

}  // namespace

void Damage::begin(int width, int height) {
  all_ = all_ || width != width_ || height != height_;
  width_ = width;
  height_ = height;
  columns_ = (width + kTile - 1) / kTile;
  rows_ = (height + kTile - 1) / kTile;
  now_.assign(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), 0);
}

void Damage::add(const PixelBox& box, std::uint64_t content) {
  const PixelBox inside = intersection(box, {0, 0, width_, height_});
  if (inside.empty()) return;
  for (int row = inside.top / kTile; row <= (inside.bottom - 1) / kTile; ++row) {
    const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_);
    for (int column = inside.left / kTile; column <= (inside.right - 1) / kTile; ++column) {
      std::uint64_t& tile = now_[start + static_cast<std::size_t>(column)];
      tile = (tile ^ content) * kMix;
      tile ^= tile >> 29;
    }
  }
}

std::vector<PixelBox> Damage::finish() {
  std::vector<PixelBox> boxes;
  if (std::exchange(all_, false)) {
    boxes = {{0, 0, width_, height_}};
  } else {
    boxes = joined_runs(now_, before_, columns_, rows_);
    // Many small boxes are a picture of their own; finding pairs among hundreds would take longer than drawing it.
    if (boxes.size() > 8 * kMostBoxes) boxes = {{0, 0, columns_, rows_}};
    join_nearest(boxes, kMostBoxes);
    for (PixelBox& box : boxes)
      box = intersection({box.left * kTile, box.top * kTile, box.right * kTile, box.bottom * kTile},
                         {0, 0, width_, height_});
  }
  std::swap(now_, before_);
  return boxes;
}

}  // namespace auscult::gui
