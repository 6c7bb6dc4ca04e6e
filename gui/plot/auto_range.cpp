#include "gui/plot/auto_range.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace auscult::gui {
namespace {

constexpr std::size_t kSilentCell = 1;  // digital silence (muted, switched off) is ignored
constexpr int kLookColumns = 320;       // about 10 s
constexpr int kBetweenLooks = 31;       // about 1 s
constexpr double kGridDb = 5.0;
constexpr double kSmallestSpanDb = 30.0;
constexpr double kSlackDb = 4.0;  // how far a percentile may leave the range before the range follows

using Histogram = std::array<std::int64_t, 256>;

Histogram histogram_of(const History& history, Spectrum spectrum) {
  Histogram counts{};
  const std::int64_t begin = std::max(history.first_column(), history.end_column() - kLookColumns);
  for (std::int64_t column = begin; column < history.end_column(); ++column)
    for (const std::uint8_t cell : history.cells(spectrum, column)) ++counts[cell];
  counts[kMissingCell] = counts[kSilentCell] = 0;
  return counts;
}

double quantile_db(const Histogram& counts, double share) {
  std::int64_t total = 0;
  for (const std::int64_t n : counts) total += n;
  std::int64_t left = static_cast<std::int64_t>(share * static_cast<double>(total));
  for (std::size_t cell = 1; cell < counts.size(); ++cell) {
    left -= counts[cell];
    if (left < 0) return db_from_cell(static_cast<std::uint8_t>(cell));
  }
  return db_from_cell(255);
}

bool far_off(const Range& wanted, const Range& now) {
  return wanted.low < now.low - kSlackDb || wanted.high > now.high + kSlackDb || wanted.low > now.low + 4 * kSlackDb ||
         wanted.high < now.high - 4 * kSlackDb;
}

}  // namespace

void DecibelRange::follow(const History& history, Spectrum spectrum) {
  if (!automatic_ || history.empty() || history.bins(spectrum) == 0) return;
  const bool first = next_look_ < 0 || revision_ != history.revision();
  if (!first && history.end_column() < next_look_) return;
  revision_ = history.revision();
  next_look_ = history.end_column() + kBetweenLooks;
  const Histogram counts = histogram_of(history, spectrum);
  if (std::all_of(counts.begin(), counts.end(), [](std::int64_t n) { return n == 0; })) return;
  const Range wanted{quantile_db(counts, 0.10), quantile_db(counts, 0.998)};
  if (!first && !far_off(wanted, range_)) return;
  range_.low = std::floor(wanted.low / kGridDb) * kGridDb;
  range_.high = std::max(std::ceil(wanted.high / kGridDb) * kGridDb, range_.low + kSmallestSpanDb);
}

void DecibelRange::set(const Range& range) {
  constexpr double kNarrowestDb = 10.0;
  const double highest = db_from_cell(255), lowest = kCellFloorDb;
  range_.low = std::clamp(range.low, lowest, highest - kNarrowestDb);
  range_.high = std::clamp(range.high, range_.low + kNarrowestDb, highest);
  automatic_ = false;
}

void DecibelRange::set_automatic() {
  automatic_ = true;
  next_look_ = -1;
}

Range trace_range(std::span<const float> values, double floor, double threshold) {
  double low = std::min(floor, threshold), high = threshold;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, static_cast<double>(value));
    high = std::max(high, static_cast<double>(value));
  }
  const double span = std::max(threshold - floor, 1e-3);
  low = std::max(low, floor - 2.0 * span);
  high = std::clamp(high, threshold + 0.5 * span, threshold + 3.0 * span);
  const double margin = 0.06 * (high - low);
  return {low < floor ? low - margin : floor, high + margin};
}

}  // namespace auscult::gui
