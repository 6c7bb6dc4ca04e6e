// Hops as a monitor would report them, for tests of what the window shows. Test-only, header-only.
#pragma once

#include "monitor/live_monitor.h"

namespace auscult::test {

/// Hop number `index` of a stream without gaps: one detector, energy and live fused score equal to the index.
inline LiveHop hop_at(int index, double hop_seconds) {
  LiveHop hop;
  hop.frame = index;
  hop.time_s = (index + 1) * hop_seconds;
  hop.level = {.rms_dbfs = -30.0F, .peak_dbfs = -18.0F, .clipped = 0, .samples = 512};
  hop.fused = index;
  hop.state = AlarmState::normal;
  hop.n_detectors = 1;
  hop.traces[0] = {.fresh = true, .energy = static_cast<double>(index), .dagmm = 0.0, .u = static_cast<double>(index)};
  hop.n_mels = 64;
  hop.n_bins = 513;
  hop.mel_db.fill(-40.0F);
  hop.linear_db.fill(-50.0F);
  return hop;
}

}  // namespace auscult::test
