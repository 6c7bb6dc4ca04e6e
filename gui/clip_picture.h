// The spectrogram of a sound file, for looking at an event that the plots no longer hold: read and analysed on a thread
// of its own. Thread rule: UI thread; nothing waits.
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
  History history;  ///< spectra alone; time 0 is the beginning of the file
  double seconds = 0.0;
  double nyquist_hz = 8000.0;
};

/// Reads at most the first three minutes of channel 0. Errors: the file's.
Result<std::shared_ptr<const ClipImage>> analyse_clip(const std::filesystem::path& path);

class ClipPicture {
 public:
  /// Begins to read it, unless it is the one that is there or under way.
  void request(const std::filesystem::path& path);
  /// The picture of the file that was asked for last; null while it is not there, or could not be read.
  std::shared_ptr<const ClipImage> get();
  /// True once after a picture has arrived.
  bool poll();

 private:
  using Reading = std::shared_ptr<const ClipImage>;
  void begin();
  std::filesystem::path wanted_, under_way_, failed_;
  std::shared_ptr<const ClipImage> image_;
  std::shared_ptr<Reading> reading_;  // what the thread under way will have read; null: none is
  Worker reader_{"clip picture", std::chrono::milliseconds(0)};
};

}  // namespace auscult::gui
