// Colors and sizes of the window: a dark and a light theme, both with good contrast. Thread rule: UI thread.
#pragma once

#include <imgui.h>

#include "gui/settings.h"
#include "gui/words.h"

namespace auscult::gui {

/// Colors of the plots.
struct Palette {
  ImU32 plot_background;
  ImU32 plot_border;
  ImU32 grid;
  ImU32 axis_text;
  ImU32 title_text;
  ImU32 title_back;
  ImU32 muted;
  ImU32 trace;
  ImU32 fused_trace;
  ImU32 level_rms;
  ImU32 level_peak;
  ImU32 threshold;
  ImU32 alarm_span;
  ImU32 alarm_edge;
  ImU32 gap;
  ImU32 off;
  ImU32 cursor;
  ImU32 missing;
};
/// Of the current theme.
const Palette& palette();

/// Contrasts as text with the window's background.
ImU32 tone_colour(Tone tone);
/// Background of the card or strip.
ImU32 tone_background(Tone tone);

enum class Brightness { dark, light };
/// The user's choice; `system` follows the desktop's setting if it has one (GTK's), otherwise dark.
Brightness brightness_of(ThemeChoice choice);
/// Sets Dear ImGui's style and the palette. Spectrograms keep their color maps.
void apply_theme(float scale, Brightness brightness);

}  // namespace auscult::gui
