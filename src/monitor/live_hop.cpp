#include <algorithm>

#include "monitor/live_monitor.h"

namespace auscult {

int device_rate_for(const FrontendConfig& frontend) {
  return std::max(16000, frontend.sample_rate);
}

void store_spectra(const FrameView& frame, LiveHop& hop) {
  hop.n_mels = static_cast<int>(std::min<std::size_t>(frame.log_mel.size(), kMaxMels));
  std::copy_n(frame.log_mel.begin(), hop.n_mels, hop.mel_db.begin());
  const std::size_t bins = frame.power.size(), group = (bins + kMaxBins - 1) / kMaxBins;
  hop.n_bins = 0;
  for (std::size_t begin = 0; begin < bins; begin += group) {
    const auto values = frame.power.subspan(begin, std::min(group, bins - begin));
    hop.linear_db[static_cast<std::size_t>(hop.n_bins++)] =
        FrameView::to_db(*std::max_element(values.begin(), values.end()), frame.power_floor);
  }
}

}  // namespace auscult
