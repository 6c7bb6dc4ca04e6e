// Events: stretches of sound in which the anomaly score stays above the threshold. Thread rule: plain values.
// Units: seconds of stream time, Hz.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace auscult {

/// Reported twice: when the event begins (ended is false) and when it has ended.
struct MonitorEvent {
  struct Band {
    double from_hz = 0.0, to_hz = 0.0;
    double share = 0.0;  ///< of the attribution, 0-1
  };
  bool ended = false;
  std::int64_t id = 0;  ///< 1, 2, ... within the run
  double start_s = 0.0, end_s = 0.0;
  double peak_score = 0.0;     ///< largest live anomaly score
  std::vector<Band> bands;     ///< strongest first
  std::filesystem::path clip;  ///< the event's sound, if stored
};

}  // namespace auscult
