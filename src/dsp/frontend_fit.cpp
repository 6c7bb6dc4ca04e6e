#include "dsp/frontend_fit.h"

#include <algorithm>
#include <cmath>

#include "mel_filterbank.h"

namespace auscult {
namespace {

bool is_fast_length(int n) {
  for (const int factor : {2, 3, 5})
    while (n % factor == 0) n /= factor;
  return n == 1;
}

int nearest_fast_length(double exact) {
  const int half = std::max(1, static_cast<int>(std::lround(exact / 2.0)));
  for (int away = 0;; ++away) {
    if (is_fast_length(half + away)) return 2 * (half + away);
    if (half > away && is_fast_length(half - away)) return 2 * (half - away);
  }
}

bool resolves(const FrontendConfig& config) {
  const double frequencies = (config.f_max - config.f_min) * config.n_fft / config.sample_rate;
  return config.n_mels <= std::lround(frequencies) &&
         dsp::MelFilterbank(config.sample_rate, config.n_fft, config.n_mels, config.f_min, config.f_max)
                 .first_empty_band() < 0;
}

}  // namespace

Result<FrontendConfig> fitted_frontend(const FrontendConfig& base, int sample_rate) {
  if (sample_rate == base.sample_rate) return base;
  const double ratio = static_cast<double>(sample_rate) / base.sample_rate;
  FrontendConfig fitted = base;
  fitted.sample_rate = sample_rate;
  fitted.n_mels = 1;
  fitted.n_fft = nearest_fast_length(ratio * base.n_fft);
  fitted.hop_length = std::max(1, static_cast<int>(std::lround(ratio * base.hop_length)));
  fitted.f_max = ratio > 1.0 ? sample_rate / 2.0 : std::min(base.f_max, sample_rate / 2.0);
  AUSCULT_TRY(validate(fitted));
  fitted.n_mels = base.n_mels;
  while (fitted.n_mels > 1 && !resolves(fitted)) --fitted.n_mels;
  AUSCULT_TRY(validate(fitted));
  return fitted;
}

}  // namespace auscult
