#include "gui/history.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace auscult::gui {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

template <class Predicate>
std::vector<TimeSpan> spans_where(const History& history, const TimeSpan& view, Predicate holds) {
  std::vector<TimeSpan> spans;
  bool open = false;
  const auto [begin, end] = columns_within(history, view);
  for (std::int64_t column = begin; column < end; ++column) {
    const bool inside = holds(history.record(column));
    if (inside && !open) spans.push_back({history.start_of(column), 0.0});
    if (inside) spans.back().end = history.start_of(column + 1);
    open = inside;
  }
  return spans;
}

}  // namespace

std::uint8_t cell_from_db(float db) {
  if (!(db > kCellFloorDb)) return 1;  // NaN too
  const float steps = std::round((db - kCellFloorDb) / kCellStepDb);
  return static_cast<std::uint8_t>(std::min(255.0F, 1.0F + steps));
}

float db_from_cell(std::uint8_t cell) {
  return kCellFloorDb + kCellStepDb * static_cast<float>(cell - 1);
}

std::uint8_t cell_from_share(float share) {
  return static_cast<std::uint8_t>(1.0F + std::round(254.0F * std::sqrt(std::clamp(share, 0.0F, 1.0F))));
}

float share_from_cell(std::uint8_t cell) {
  const float root = static_cast<float>(std::max(1, static_cast<int>(cell)) - 1) / 254.0F;
  return root * root;
}

History::History(int columns, double hop_seconds)
    : capacity_(std::max(2, columns)), hop_seconds_(hop_seconds), records_(static_cast<std::size_t>(capacity_)) {}

void History::clear() {
  first_ = end_ = 0;
  seen_ = {};
  ++revision_;
}

std::int64_t History::column_at(double time_s) const {
  return static_cast<std::int64_t>(std::floor(time_s / hop_seconds_));
}

std::span<const std::uint8_t> History::cells(Spectrum spectrum, std::int64_t column) const {
  const auto& data = spectrum == Spectrum::linear ? linear_ : mel_;
  const auto width = static_cast<std::size_t>(bins(spectrum));
  return {data.data() + slot(column) * width, width};
}

std::vector<float> History::why(std::int64_t column) const {
  const auto width = static_cast<std::size_t>(n_mels_);
  const auto cells = std::span(why_).subspan(slot(column) * width, width);
  if (cells.empty() || cells.front() == kMissingCell) return {};
  std::vector<float> shares(width);
  std::transform(cells.begin(), cells.end(), shares.begin(), share_from_cell);
  return shares;
}

void History::resize_spectra(int n_bins, int n_mels) {
  n_bins_ = n_bins;
  n_mels_ = n_mels;
  linear_.assign(static_cast<std::size_t>(capacity_) * static_cast<std::size_t>(n_bins), kMissingCell);
  mel_.assign(static_cast<std::size_t>(capacity_) * static_cast<std::size_t>(n_mels), kMissingCell);
  why_.assign(mel_.size(), kMissingCell);
  clear();
}

HopRecord& History::append_column() {
  const std::size_t place = slot(end_);
  std::fill_n(linear_.begin() + static_cast<std::ptrdiff_t>(place) * n_bins_, n_bins_, kMissingCell);
  std::fill_n(mel_.begin() + static_cast<std::ptrdiff_t>(place) * n_mels_, n_mels_, kMissingCell);
  std::fill_n(why_.begin() + static_cast<std::ptrdiff_t>(place) * n_mels_, n_mels_, kMissingCell);
  records_[place] = HopRecord{};
  records_[place].energy.fill(kNaN);
  records_[place].fused = kNaN;
  ++end_;
  first_ = std::max(first_, end_ - capacity_);
  return records_[place];
}

void History::push(const LiveHop& hop) {
  const int n_bins = std::clamp(hop.n_bins, 0, kMaxBins), n_mels = std::clamp(hop.n_mels, 0, kMaxMels);
  if (n_bins != n_bins_ || n_mels != n_mels_) resize_spectra(n_bins, n_mels);
  // A hop is drawn where its frame ends; half a hop keeps rounding errors away from column edges.
  const std::int64_t column = column_at(hop.time_s - 0.5 * hop_seconds_);
  if (empty()) first_ = end_ = std::max<std::int64_t>(0, column);
  if (column - end_ > capacity_) first_ = end_ = column - capacity_;
  while (end_ < column) append_column();
  if (hop.gap_before > 0) seen_ = {};
  store(hop, append_column());
}

void History::store(const LiveHop& hop, HopRecord& record) {
  const std::size_t place = slot(end_ - 1);
  record.present = true;
  record.after_gap = hop.gap_before > 0;
  record.clipped = hop.level.clipped > 0;
  record.state = hop.state;
  record.rms_dbfs = hop.level.rms_dbfs;
  record.peak_dbfs = hop.level.peak_dbfs;
  for (int d = 0; d < std::clamp(hop.n_detectors, 0, kMaxDetectors); ++d) {
    const auto i = static_cast<std::size_t>(d);
    seen_[i] = seen_[i] || hop.traces[i].fresh;
    if (!seen_[i]) continue;
    record.energy[i] = static_cast<float>(hop.traces[i].energy);
    record.fused = static_cast<float>(hop.fused);
  }
  std::transform(hop.linear_db.begin(), hop.linear_db.begin() + n_bins_,
                 linear_.begin() + static_cast<std::ptrdiff_t>(place) * n_bins_, cell_from_db);
  std::transform(hop.mel_db.begin(), hop.mel_db.begin() + n_mels_,
                 mel_.begin() + static_cast<std::ptrdiff_t>(place) * n_mels_, cell_from_db);
  if (hop.n_why == n_mels_)
    std::transform(hop.why.begin(), hop.why.begin() + n_mels_,
                   why_.begin() + static_cast<std::ptrdiff_t>(place) * n_mels_, cell_from_share);
}

std::vector<TimeSpan> alarm_spans(const History& history, const TimeSpan& view) {
  return spans_where(history, view,
                     [](const HopRecord& record) { return record.present && record.state == AlarmState::alarm; });
}

std::vector<TimeSpan> off_spans(const History& history, const TimeSpan& view) {
  return spans_where(history, view,
                     [](const HopRecord& record) { return record.present && record.state == AlarmState::not_running; });
}

std::vector<TimeSpan> gap_spans(const History& history, const TimeSpan& view) {
  return spans_where(history, view, [](const HopRecord& record) { return !record.present; });
}

std::pair<std::int64_t, std::int64_t> columns_within(const History& history, const TimeSpan& view) {
  const std::int64_t begin = std::max(history.first_column(), history.column_at(view.begin));
  const std::int64_t end = std::min(history.end_column(), history.column_at(view.end) + 1);
  return {begin, std::max(begin, end)};
}

}  // namespace auscult::gui
