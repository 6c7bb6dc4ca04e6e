// Colours and sizes of the window: one dark theme with good contrast. Thread rule: UI thread.
#pragma once

#include <imgui.h>

#include "gui/words.h"

namespace auscult::gui {

namespace colour {
inline constexpr ImU32 kPlotBackground = IM_COL32(12, 14, 18, 255);
inline constexpr ImU32 kPlotBorder = IM_COL32(58, 64, 76, 255);
inline constexpr ImU32 kGrid = IM_COL32(255, 255, 255, 22);
inline constexpr ImU32 kAxisText = IM_COL32(176, 184, 198, 255);
inline constexpr ImU32 kTitleText = IM_COL32(232, 236, 242, 255);
inline constexpr ImU32 kTitleBack = IM_COL32(10, 12, 16, 190);
inline constexpr ImU32 kMuted = IM_COL32(164, 172, 186, 255);
inline constexpr ImU32 kTrace = IM_COL32(96, 190, 255, 255);
inline constexpr ImU32 kFusedTrace = IM_COL32(245, 245, 250, 255);
inline constexpr ImU32 kLevelRms = IM_COL32(96, 190, 255, 150);
inline constexpr ImU32 kLevelPeak = IM_COL32(150, 214, 255, 255);
inline constexpr ImU32 kThreshold = IM_COL32(255, 179, 71, 255);
inline constexpr ImU32 kAlarmSpan = IM_COL32(255, 70, 70, 52);
inline constexpr ImU32 kAlarmEdge = IM_COL32(255, 92, 92, 220);
inline constexpr ImU32 kGap = IM_COL32(150, 150, 160, 70);
inline constexpr ImU32 kOff = IM_COL32(150, 160, 180, 30);
inline constexpr ImU32 kCursor = IM_COL32(255, 255, 255, 90);
inline constexpr ImU32 kMissing = IM_COL32(34, 37, 44, 255);
}  // namespace colour

/// Bright enough for text on the window's background.
ImU32 tone_colour(Tone tone);
/// Dark, for the card or strip behind.
ImU32 tone_background(Tone tone);

/// Sets Dear ImGui's style for this scale.
void apply_theme(float scale);

}  // namespace auscult::gui
