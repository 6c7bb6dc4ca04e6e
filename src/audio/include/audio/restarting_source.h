// A source that is opened again when it ends or fails: a network stream, a pipe whose writer comes and goes, a device
// that is not there yet. Thread rule: as SampleSource.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "audio/sample_source.h"

namespace auscult {

struct RestartOptions {
  /// Before the first attempt to open it again; doubled after each failed one, up to `longest_pause`. Once sound has
  /// arrived for that longest pause, it starts again from the first.
  std::chrono::milliseconds first_pause = std::chrono::seconds(1);
  std::chrono::milliseconds longest_pause = std::chrono::seconds(60);
};

/// `make` gives a source that was not started; it is called for every attempt. The stream goes on over the restarts:
/// the time without sound is one gap of its length. start() always succeeds, and read() never fails or ends: why there
/// is no sound is in health().message, with the state `recovering`.
std::unique_ptr<SampleSource> make_restarting_source(std::string name,
                                                     std::function<std::unique_ptr<SampleSource>()> make,
                                                     RestartOptions options = {});

}  // namespace auscult
