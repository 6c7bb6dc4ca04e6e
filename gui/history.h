// The last half hour of the monitor's output, one column per hop: spectra as 8-bit dB, levels, energies, state. Columns
// keep their place in stream time: hops that were lost or not fetched leave missing columns, so that a gap on the
// screen has its true length. A value: the view is frozen by copying it. Thread rule: UI thread. Units: seconds of
// stream time, dB, dBFS. Memory use is constant after the first hop.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "monitor/live_monitor.h"

namespace auscult::gui {

/// 8-bit dB: 0 means missing, 1..255 start at -100 dB (the frontend's floor) and end above a full-scale tone in the
/// longest frames of a shipped frontend (70 dB with 12,288 samples).
inline constexpr std::uint8_t kMissingCell = 0;
inline constexpr float kCellFloorDb = -100.0F;
inline constexpr float kCellStepDb = 0.7F;
std::uint8_t cell_from_db(float db);
float db_from_cell(std::uint8_t cell);
/// 8-bit share of a mel bin in the attribution, finer for small shares: 0 means unknown, 1..255 are 0..1.
std::uint8_t cell_from_share(float share);
float share_from_cell(std::uint8_t cell);

/// One hop without its spectra.
struct HopRecord {
  bool present = false;    ///< false: lost or not fetched
  bool after_gap = false;  ///< samples were lost just before
  bool clipped = false;
  AlarmState state = AlarmState::warming_up;
  float rms_dbfs = kSilenceDbfs, peak_dbfs = kSilenceDbfs;
  float fused = 0.0F;                         ///< live fused score (u); NaN before the first energy
  std::array<float, kMaxDetectors> energy{};  ///< NaN before the detector's first energy
};

enum class Spectrum { linear, mel };

class History {
 public:
  /// Keeps `columns` columns of `hop_seconds` each.
  History(int columns, double hop_seconds);

  void push(const LiveHop& hop);
  void clear();

  int capacity() const { return capacity_; }
  double hop_seconds() const { return hop_seconds_; }
  bool empty() const { return end_ == first_; }
  /// Column numbers held: [first_column, end_column). A column's number is its position in the stream.
  std::int64_t first_column() const { return first_; }
  std::int64_t end_column() const { return end_; }
  /// Changes when cached drawings become invalid (cleared, another spectrum size).
  std::uint64_t revision() const { return revision_; }

  double start_of(std::int64_t column) const { return static_cast<double>(column) * hop_seconds_; }
  double end_time() const { return start_of(end_); }
  std::int64_t column_at(double time_s) const;

  /// Preconditions for all: first_column() <= column < end_column().
  const HopRecord& record(std::int64_t column) const { return records_[slot(column)]; }
  std::span<const std::uint8_t> cells(Spectrum spectrum, std::int64_t column) const;
  /// Each mel bin's share in the score of that hop (Hop::why); empty before the first energy.
  std::vector<float> why(std::int64_t column) const;
  int bins(Spectrum spectrum) const { return spectrum == Spectrum::linear ? n_bins_ : n_mels_; }

 private:
  std::size_t slot(std::int64_t column) const { return static_cast<std::size_t>(column % capacity_); }
  void resize_spectra(int n_bins, int n_mels);
  HopRecord& append_column();
  void store(const LiveHop& hop, HopRecord& record);

  int capacity_;
  double hop_seconds_;
  int n_bins_ = 0, n_mels_ = 0;
  std::int64_t first_ = 0, end_ = 0;
  std::uint64_t revision_ = 0;
  std::array<bool, kMaxDetectors> seen_{};  // detectors that have produced an energy since the start or the last gap
  std::vector<HopRecord> records_;
  std::vector<std::uint8_t> linear_, mel_, why_;
};

/// A span of stream time, in seconds.
struct TimeSpan {
  double begin = 0.0, end = 0.0;
  bool operator==(const TimeSpan&) const = default;
};
/// Where an event was active within `view`.
std::vector<TimeSpan> alarm_spans(const History& history, const TimeSpan& view);
/// Where the machine was off: scores have no meaning there.
std::vector<TimeSpan> off_spans(const History& history, const TimeSpan& view);
/// Where sound is missing: hops that never arrived.
std::vector<TimeSpan> gap_spans(const History& history, const TimeSpan& view);
/// Columns of the history that a time span touches: [first, second).
std::pair<std::int64_t, std::int64_t> columns_within(const History& history, const TimeSpan& view);

}  // namespace auscult::gui
