// State of the list of events between frames: the window and its text fields. Thread rule: UI thread.
#pragma once

#include <optional>

#include "gui/clip_picture.h"
#include "gui/events_model.h"
#include "gui/learn/false_alarms.h"
#include "gui/plot/auto_range.h"
#include "gui/plot/spectrogram_texture.h"

namespace auscult::gui {

struct EventsView {
  std::optional<EventsModel> model;  ///< set in the first frame
  bool open = false;                 ///< the window with the whole list
  char text[128] = "";               ///< filter
  int verdict = 0;                   ///< filter: 0 all, else 1 + Verdict
  float minimum_peak = 0.0F;         ///< filter
  char note[1024] = "";              ///< text being edited
  std::optional<EventRef> note_of;   ///< the event that the note belongs to
  int format = 0;                    ///< ExportFormat
  char path[1024] = "";
  std::optional<FalseAlarms> false_alarms;  ///< set in the first frame that shows the window
  ClipPicture picture;                      ///< of the selected event's sound
  std::shared_ptr<const ClipImage> drawn;
  SpectrogramTexture texture{Spectrum::linear};
  DecibelRange range;
};

}  // namespace auscult::gui
