#include "dsp/resampler.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <soxr.h>

#include "base/sample_rates.h"

namespace auscult {
namespace {

struct SoxrDeleter {
  void operator()(soxr* handle) const { soxr_delete(handle); }
};

bool rate_is_usable(double rate) {
  return rate >= kLowestSampleRate && rate <= kHighestSampleRate;
}

}  // namespace

struct Resampler::Impl {
  double input_rate = 0.0, output_rate = 0.0;
  std::unique_ptr<soxr, SoxrDeleter> soxr_handle;  // absent for equal rates
  std::vector<float> scratch;

  // One call of soxr_process; `input` null means "no more will come". Returns the input samples used.
  std::size_t step(const float* input, std::size_t count, std::vector<float>& output, std::size_t& produced) {
    std::size_t used = 0;
    produced = 0;
    soxr_process(soxr_handle.get(), input, count, &used, scratch.data(), scratch.size(), &produced);
    output.insert(output.end(), scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(produced));
    return used;
  }
};

Resampler::Resampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

Result<Resampler> Resampler::create(double input_rate, double output_rate) {
  for (const double rate : {input_rate, output_rate}) {
    if (!rate_is_usable(rate)) {
      return fail(ErrorCode::bad_input, "a sample rate of " + std::to_string(rate) + " Hz cannot be resampled", {},
                  kUsableRatesHint);
    }
  }
  auto impl = std::make_unique<Impl>();
  impl->input_rate = input_rate;
  impl->output_rate = output_rate;
  if (input_rate != output_rate) {
    soxr_error_t error = nullptr;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    impl->soxr_handle.reset(soxr_create(input_rate, output_rate, 1, &error, &io, &quality, &runtime));
    if (error || !impl->soxr_handle)
      return fail(ErrorCode::internal,
                  std::string("the resampler cannot be created: ") + (error ? error : "out of memory"));
    impl->scratch.resize(8192);
  }
  return Resampler(std::move(impl));
}

void Resampler::process(std::span<const float> input, std::vector<float>& output) {
  if (!impl_->soxr_handle) {
    output.insert(output.end(), input.begin(), input.end());
    return;
  }
  while (!input.empty()) {
    std::size_t produced = 0;
    const std::size_t used = impl_->step(input.data(), input.size(), output, produced);
    if (used == 0 && produced == 0) return;  // soxr should not do this; avoids an endless loop
    input = input.subspan(used);
  }
}

void Resampler::finish(std::vector<float>& output) {
  if (!impl_->soxr_handle) return;
  for (std::size_t produced = 1; produced > 0;) impl_->step(nullptr, 0, output, produced);
}

void Resampler::reset() {
  if (impl_->soxr_handle) soxr_clear(impl_->soxr_handle.get());
}

double Resampler::delay_seconds() const {
  return impl_->soxr_handle ? soxr_delay(impl_->soxr_handle.get()) / impl_->output_rate : 0.0;
}

}  // namespace auscult
