// Log-mel frames, by the same path and with the same numbers as `auscult features`, scoring and training. Thread rule:
// log_mels_of_recording() from any thread; a LogMelStream belongs to one thread; the model may be shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "auscult/error.h"
#include "auscult/model.h"

namespace auscult {

struct LogMelOptions {
  std::shared_ptr<const Model> model =
      nullptr;                                ///< use its frontend and channel; null: the default frontend, channel 0
  std::optional<int> channel = std::nullopt;  ///< from 0, or -1 for the mean of all
  double scale = 1.0;                         ///< multiplies every sample (integer-scaled float files)
};

/// Log-mel frames of a recording, (frames, mels) row-major, in dB.
struct LogMels {
  std::vector<float> values;
  int mels = 0;
  double seconds_per_frame = 0.0;
  std::uint64_t invalid_samples = 0;  ///< not finite or absurdly large; left out as gaps
  std::size_t frames() const { return mels > 0 ? values.size() / static_cast<std::size_t>(mels) : 0; }
};

/// Errors: file_not_found, not_audio, invalid_samples, too_short, bad_input (no such channel).
Result<LogMels> log_mels_of_recording(const std::filesystem::path& path, const LogMelOptions& options = {});

/// Log-mel frames of samples as they come. Any chunking of the same samples gives the same bits.
class LogMelStream {
 public:
  /// `model`: use its frontend; null: the default frontend (64 bands to 8 kHz, hop 512, 16 kHz).
  explicit LogMelStream(const std::shared_ptr<const Model>& model = nullptr);
  ~LogMelStream();
  LogMelStream(LogMelStream&&) noexcept;
  LogMelStream& operator=(LogMelStream&&) noexcept;

  int sample_rate() const;  ///< Hz, of the samples to push
  int mels() const;         ///< values per frame

  /// `log_mel`, mels() values in dB, is valid only inside the call. `time_s`: stream time at the end of the frame.
  using Sink = std::function<void(double time_s, std::span<const float> log_mel)>;
  /// Finite mono samples in [-1, 1].
  void push(std::span<const float> samples, const Sink& sink);
  /// `lost` samples are missing here: no frame spans the gap, but stream time advances.
  void gap(std::int64_t lost);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult
