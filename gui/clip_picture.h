// Spectrogram of a sound file, for an event that the plots no longer hold. It is read and analyzed in its own thread.
// Thread rule: UI thread; nothing blocks.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "auscult/error.h"
#include "base/worker.h"
#include "gui/history.h"

namespace auscult::gui {

struct ClipImage {
  std::filesystem::path path;
  History history;  ///< only spectra; time 0 is the beginning of the file
  double seconds = 0.0;
  double nyquist_hz = 8000.0;
};

/// Reads at most the first three minutes of channel 0. Errors: the file's.
Result<std::shared_ptr<const ClipImage>> analyse_clip(const std::filesystem::path& path);

class ClipPicture {
 public:
  /// Starts reading the file unless it is already loaded or being read.
  void request(const std::filesystem::path& path);
  /// The picture of the file requested last; null until it is ready or if it could not be read.
  std::shared_ptr<const ClipImage> get();
  /// True once after a picture has arrived.
  bool poll();

 private:
  using Reading = std::shared_ptr<const ClipImage>;
  void begin();
  std::filesystem::path wanted_, under_way_, failed_;
  std::shared_ptr<const ClipImage> image_;
  std::shared_ptr<Reading> reading_;  // result of the running thread; null: none is running
  Worker reader_{"clip picture", std::chrono::milliseconds(0)};
};

}  // namespace auscult::gui
