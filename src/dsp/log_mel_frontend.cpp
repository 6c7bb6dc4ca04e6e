#include "dsp/log_mel_frontend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/sample_rates.h"
#include "dsp/level_meter.h"
#include "frame_lanes.h"
#include "mel_filterbank.h"
#include "real_fft.h"

namespace auscult {
namespace {

// The longest is 85 ms at the highest rate.
constexpr int kMinFft = 64, kMaxFft = 32768;

tl::unexpected<Error> bad_field(const std::string& field, const std::string& value, const std::string& rule) {
  return fail(ErrorCode::bad_input, field + " " + value + " is out of range", "frontend", field + " must be " + rule);
}

Status check_int(const char* field, int value, int low, int high) {
  if (value >= low && value <= high) return {};
  return bad_field(field, std::to_string(value), "from " + std::to_string(low) + " to " + std::to_string(high));
}

// Periodic: the window of n samples is one period of the cosine, as in torch.hann_window and scipy's fftbins=True.
std::vector<double> hann_window(int n) {
  std::vector<double> window(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    window[static_cast<std::size_t>(i)] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * i / n);
  return window;
}

}  // namespace

Status validate(const FrontendConfig& config) {
  AUSCULT_TRY(check_int("sample_rate", config.sample_rate, kLowestSampleRate, kHighestSampleRate));
  AUSCULT_TRY(check_int("n_fft", config.n_fft, kMinFft, kMaxFft));
  if (config.n_fft % 2 != 0) return bad_field("n_fft", std::to_string(config.n_fft), "even");
  AUSCULT_TRY(check_int("hop_length", config.hop_length, 1, config.n_fft));
  AUSCULT_TRY(check_int("n_mels", config.n_mels, 1, kMaxMels));
  // Written so that NaN fails as well.
  if (!(config.f_min >= 0.0 && config.f_min < config.f_max))
    return bad_field("f_min", std::to_string(config.f_min), "at least 0 and below f_max");
  if (!(config.f_max <= config.sample_rate / 2.0))
    return bad_field("f_max", std::to_string(config.f_max), "at most half the sample rate");
  if (!(config.power_floor >= 1e-30 && config.power_floor <= 1.0))
    return bad_field("power_floor", std::to_string(config.power_floor), "from 1e-30 to 1");
  const dsp::MelFilterbank mel(config.sample_rate, config.n_fft, config.n_mels, config.f_min, config.f_max);
  if (const int empty = mel.first_empty_band(); empty >= 0) {
    return fail(ErrorCode::bad_input, "mel band " + std::to_string(empty + 1) + " holds no frequency of the spectrum",
                "frontend", "use fewer mel bands or a larger n_fft");
  }
  return {};
}

struct LogMelFrontend::Impl {
  using Sums = std::array<double, dsp::FrameLanes::kPartialSums>;

  explicit Impl(const FrontendConfig& c)
      : config(c),
        window(hann_window(c.n_fft)),
        fft(static_cast<std::size_t>(c.n_fft)),
        filterbank(c.sample_rate, c.n_fft, c.n_mels, c.f_min, c.f_max),
        windowed(static_cast<std::size_t>(c.n_fft)),
        power(fft.bins()),
        mel(filterbank.bands()),
        log_mel(mel.size()) {
    if (dsp::FrameLanes::fits(window.size())) lanes.emplace(window, filterbank);
    samples.resize(static_cast<std::size_t>(c.hop_length) * (at_once() - 1) + window.size());
  }
  Impl(const Impl&) = delete;  // the lanes point to the filterbank
  Impl& operator=(const Impl&) = delete;

  std::size_t at_once() const { return lanes ? lanes->lanes() : 1; }
  std::size_t complete() const {
    return held < window.size() ? 0 : 1 + (held - window.size()) / static_cast<std::size_t>(config.hop_length);
  }
  template <class Report>
  void transform(std::size_t frames, Report&& report);
  FrameView view(const Sums& sums, const Sums& squares);

  FrontendConfig config;
  std::vector<double> window;
  dsp::RealFft fft;
  dsp::MelFilterbank filterbank;
  std::optional<dsp::FrameLanes> lanes;  // none for lengths that only RealFft can do
  std::vector<float> samples;            // the frames being filled, at_once() of them
  std::size_t held = 0;                  // samples in it
  std::int64_t first_sample = 0, next_index = 0;
  std::vector<double> windowed, power, mel;
  std::vector<float> log_mel;
};

// The first `frames` of those that are complete. Together they cost little more than one alone, with the same bits.
template <class Report>
void LogMelFrontend::Impl::transform(std::size_t frames, Report&& report) {
  Sums sums, squares;
  if (frames > 1) {
    lanes->transform(samples, static_cast<std::size_t>(config.hop_length));  // also of old samples, beyond `frames`
    for (std::size_t frame = 0; frame < frames; ++frame) {
      lanes->copy_power(frame, power);
      lanes->copy_mel(frame, mel);
      lanes->copy_sums(frame, sums, squares);
      report(view(sums, squares));
    }
    return;
  }
  // Partial sums in a fixed order, which do not wait for each other. n_fft may leave a rest.
  constexpr std::size_t kParts = dsp::FrameLanes::kPartialSums;
  sums.fill(0.0);
  squares.fill(0.0);
  const std::size_t n = window.size();
  std::size_t i = 0;
  for (; i + kParts <= n; i += kParts)
    for (std::size_t part = 0; part < kParts; ++part) {
      const double x = samples[i + part];
      sums[part] += x;
      squares[part] += x * x;
      windowed[i + part] = x * window[i + part];
    }
  for (; i < n; ++i) {
    const double x = samples[i];
    sums[0] += x;
    squares[0] += x * x;
    windowed[i] = x * window[i];
  }
  fft.power_spectrum(windowed, power);
  filterbank.apply(power, mel);
  report(view(sums, squares));
}

// The frame whose spectrum and bands are in `power` and `mel`; the next one follows a hop later.
FrameView LogMelFrontend::Impl::view(const Sums& sums, const Sums& squares) {
  for (std::size_t band = 0; band < mel.size(); ++band) log_mel[band] = FrameView::to_db(mel[band], config.power_floor);
  // Without the constant offset of a sensor, which is no sound: a machine that stands still would seem to run. What is
  // left of a constant is the rounding of the sums.
  const auto n = static_cast<double>(window.size());
  const double mean = std::accumulate(sums.begin(), sums.end(), 0.0) / n,
               variance = std::accumulate(squares.begin(), squares.end(), 0.0) / n - mean * mean;
  const std::int64_t first = std::exchange(first_sample, first_sample + config.hop_length);
  return {next_index++,      first, log_mel, power, power_to_dbfs(variance > 1e-13 * mean * mean ? variance : 0.0),
          config.power_floor};
}

LogMelFrontend::LogMelFrontend(const FrontendConfig& config) : impl_(std::make_unique<Impl>(config)) {}
LogMelFrontend::~LogMelFrontend() = default;
LogMelFrontend::LogMelFrontend(LogMelFrontend&&) noexcept = default;
LogMelFrontend& LogMelFrontend::operator=(LogMelFrontend&&) noexcept = default;

const FrontendConfig& LogMelFrontend::config() const {
  return impl_->config;
}

void LogMelFrontend::push_impl(std::span<const float> samples, FrameCallback callback, void* context) {
  Impl& s = *impl_;
  while (!samples.empty()) {
    const std::size_t taken = std::min(samples.size(), s.samples.size() - s.held);
    std::copy_n(samples.begin(), taken, s.samples.begin() + static_cast<std::ptrdiff_t>(s.held));
    samples = samples.subspan(taken);
    s.held += taken;
    const std::size_t frames = s.complete();
    if (frames == 0) return;
    s.transform(frames, [&](const FrameView& frame) { callback(context, frame); });
    const std::size_t used = std::min(s.held, frames * static_cast<std::size_t>(s.config.hop_length));
    std::copy(s.samples.begin() + static_cast<std::ptrdiff_t>(used),
              s.samples.begin() + static_cast<std::ptrdiff_t>(s.held), s.samples.begin());
    s.held -= used;
  }
}

void LogMelFrontend::reset(std::int64_t next_sample) {
  impl_->held = 0;
  impl_->first_sample = next_sample;
}

}  // namespace auscult
