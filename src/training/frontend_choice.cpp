#include "frontend_choice.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "dsp/frontend_fit.h"

namespace auscult {
namespace {

// Frontends of the high band, fastest first: leaks are loudest between 20 and 60 kHz, and common converters have these
// rates.
constexpr int kHighRates[] = {192000, kLowestHighRate};

FrontendFit slowest_of(const TrainingMaterial& material, const LiveInput& live) {
  FrontendFit fit;
  for (const SourceFile& file : material.files) {
    if (!file.usable || file.added) continue;
    ++fit.recordings;
    if (fit.lowest_rate > 0 && file.sample_rate >= fit.lowest_rate) continue;
    fit.lowest_rate = file.sample_rate;
    fit.slowest = file.path;
  }
  fit.faster =
      static_cast<std::size_t>(std::count_if(material.files.begin(), material.files.end(), [&](const SourceFile& file) {
        return file.usable && !file.added && file.sample_rate > fit.lowest_rate;
      }));
  // The monitor stores its recordings at its model's rate, even if that is higher than the input's.
  if (fit.recordings > 0 && live.sample_rate > 0) fit.lowest_rate = std::min(fit.lowest_rate, live.sample_rate);
  return fit;
}

Result<int> rate_for(Band band, const FrontendFit& fit, const FrontendConfig& preset) {
  if (band == Band::standard) return std::min(preset.sample_rate, fit.lowest_rate);
  const auto* const rate =
      std::find_if(std::begin(kHighRates), std::end(kHighRates), [&](int high) { return high <= fit.lowest_rate; });
  if (rate != std::end(kHighRates)) return *rate;
  return fail(ErrorCode::bad_input,
              "the high band needs recordings of at least " + std::to_string(kLowestHighRate) +
                  " Hz; the slowest has " + std::to_string(fit.lowest_rate) + " Hz",
              fit.slowest.string(),
              "record with a sensor and a converter for 96 kHz or more, or leave out --band high");
}

void scale_sample_windows(Preset& preset, double ratio) {
  for (DetectorConfig& detector : preset.detectors) {
    if (detector.input != Representation::waveform) continue;
    detector.window = static_cast<int>(std::lround(ratio * detector.window));
    detector.step = static_cast<int>(std::lround(ratio * detector.step));
  }
}

}  // namespace

Status choose_frontend(const TrainingMaterial& material, TrainRequest& request) {
  if (!request.band) return {};
  FrontendFit fit = slowest_of(material, request.live);
  if (fit.recordings == 0) return {};
  Preset preset = request.preset;
  AUSCULT_TRY_ASSIGN(const int rate, rate_for(*request.band, fit, preset.frontend));
  if (rate == preset.frontend.sample_rate) return {};
  auto fitted = fitted_frontend(preset.frontend, rate);
  if (fitted) {
    scale_sample_windows(preset, static_cast<double>(rate) / preset.frontend.sample_rate);
    preset.frontend = *fitted;
  }
  const auto checked = fitted ? parse_preset(to_json(preset)) : tl::unexpected(fitted.error());
  if (!checked)
    return fail(
        ErrorCode::bad_input,
        "the preset " + preset.name + " cannot be used at " + std::to_string(rate) + " Hz: " + checked.error().what,
        fit.slowest.string(), "choose another preset, such as monitor");
  request.preset = std::move(preset);
  fit.frontend = *fitted;
  if (request.on_fit) request.on_fit(fit);
  return {};
}

}  // namespace auscult
