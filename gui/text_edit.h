// A workaround for text fields of Dear ImGui before 1.88.
// Thread rule: main thread.
#pragma once

#include <imgui.h>
#include <imgui_internal.h>

namespace auscult::gui {

/// Call after each frame. A field that is activated again keeps the undo steps of its last use, even if the program has
/// replaced the text since. Undoing such a step writes outside the text. This drops the steps of a field that has lost
/// the focus.
inline void drop_stale_undo() {
  ImGuiContext& context = *ImGui::GetCurrentContext();
  if (context.ActiveId != context.InputTextState.ID) context.InputTextState.ID = 0;
}

}  // namespace auscult::gui
