// The layout: where each panel is placed in the window, at any size and scale. Thread rule: UI thread, inside a frame.
#pragma once

#include "gui/panels/panels.h"

namespace auscult::gui {

void draw_window(PanelContext& context);

}  // namespace auscult::gui
