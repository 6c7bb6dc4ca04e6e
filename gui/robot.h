// Where widgets are, for tests that drive the real window: with AUSCULT_ROBOT set in the environment, a line of the log
// at level debug tells the middle of a widget whenever it appears or moves: "widget: Start recording at 640 512". Off,
// it costs a look at a flag. Thread rule: UI thread, inside a frame.
#pragma once

namespace auscult::gui {

/// The item before, under a label that is the same in every run.
void note_widget(const char* label, bool enabled = true);

}  // namespace auscult::gui
