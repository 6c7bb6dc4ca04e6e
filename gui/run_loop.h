// The window's main loop: opens it, draws when something is new (at most 30 pictures a second, far fewer when nothing
// moves), handles keys and dropped files, writes the requested picture, closes. Thread rule: main thread.
#pragma once

#include <filesystem>
#include <optional>

#include "auscult/error.h"
#include "gui/session.h"

namespace auscult::gui {

struct RunOptions {
  std::filesystem::path model;  ///< empty: the shipped demo model
  SourceSpec source;
  std::optional<std::filesystem::path> screenshot;  ///< write it and exit
  double screenshot_after = 5.0;                    ///< s
  std::optional<float> scale;
};

enum class Outcome {
  closed,
  interrupted,  ///< by Ctrl-C or a request to terminate
  input_hangs,  ///< the audio system hangs: exit with _exit
};

/// Errors: no_display, the model's, the recording's, write_failed.
Result<Outcome> run(const RunOptions& options);

}  // namespace auscult::gui
