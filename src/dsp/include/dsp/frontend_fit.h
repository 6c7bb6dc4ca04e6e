// A frontend for another sample rate, for sensors that are slower or faster than the one a preset was made for.
// Thread rule: pure functions. Units: Hz.
#pragma once

#include "auscult/error.h"
#include "dsp/log_mel_frontend.h"

namespace auscult {

/// `base` for sound of `sample_rate`, with the same times: hop_length rounded to the sample, n_fft to the nearest even
/// number without a prime factor above 5 (fast to transform), so that a number of frames is the same duration.
/// f_max: half the rate for a higher rate; for a lower one, no more than that. n_mels: as `base`, or as many as there
/// are frequencies in the spectrum to tell them apart. An equal rate gives `base` itself. Errors: bad_input (the rate
/// is out of range, or f_min is not below the new f_max).
Result<FrontendConfig> fitted_frontend(const FrontendConfig& base, int sample_rate);

}  // namespace auscult
