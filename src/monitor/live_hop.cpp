#include <algorithm>

#include "monitor/live_monitor.h"

namespace auscult {

int device_rate_for(const FrontendConfig& frontend) {
  return std::max(16000, frontend.sample_rate);
}

void store_spectra(const FrameView& frame, LiveHop& hop) {
  hop.n_mels = static_cast<int>(std::min<std::size_t>(frame.log_mel.size(), kMaxMels));
  std::copy_n(frame.log_mel.begin(), hop.n_mels, hop.mel_db.begin());
  const auto power = frame.power_db;
  const std::size_t group = (power.size() + kMaxBins - 1) / kMaxBins;
  hop.n_bins = 0;
  for (std::size_t begin = 0; begin < power.size(); begin += group) {
    const auto first = power.begin() + static_cast<std::ptrdiff_t>(begin);
    hop.linear_db[static_cast<std::size_t>(hop.n_bins++)] =
        *std::max_element(first, first + static_cast<std::ptrdiff_t>(std::min(group, power.size() - begin)));
  }
}

}  // namespace auscult
