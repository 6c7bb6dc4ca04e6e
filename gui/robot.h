// Positions of widgets, for tests that operate the real window: with AUSCULT_ROBOT set in the environment, the debug
// log names the center of a widget whenever it appears or moves: "widget: Start recording at 640 512". If it is off,
// the cost is one check of a flag. Thread rule: UI thread, inside a frame.
#pragma once

namespace auscult::gui {

/// Reports the previous item, under a label that is the same in every run.
void note_widget(const char* label, bool enabled = true);

}  // namespace auscult::gui
