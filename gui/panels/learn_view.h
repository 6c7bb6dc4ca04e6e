// State of the panel for training between frames, and its plots. Thread rule: UI thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "monitor/recording.h"

namespace auscult {
struct TrainingSummary;
}

namespace auscult::gui {

struct PanelContext;
struct LossCurve;

struct LearnView {
  bool open = false;
  bool from_folder = false;  ///< use a folder instead of recording
  int minutes = 10;
  char machine[96] = "my machine";
  char folder[1024] = "";
  char name[96] = "";    ///< of the model; filled from `machine` when the review begins
  bool replace = false;  ///< the user has agreed to overwrite
};

/// Level second by second over the whole width, on a scale from -90 to 0 dBFS.
void draw_seconds(const PanelContext& context, std::span<const SecondLevel> seconds, std::size_t expected,
                  float height);
/// One line per training, the latest in the brightest color; each detector has its own scale.
void draw_loss_curves(const PanelContext& context, const std::vector<LossCurve>& curves, float height);
/// Scores of held-out normal sound, with the threshold. Heights are logarithmic, so that a single frame remains
/// visible.
void draw_score_histogram(const PanelContext& context, const TrainingSummary& result, double threshold, float height);

}  // namespace auscult::gui
