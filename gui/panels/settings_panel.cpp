// The settings, in plain words. Everything takes effect at once and is remembered.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kTitle = "Settings";

void draw_looks(PanelContext& context) {
  Settings& s = context.settings;
  heading(context, "Appearance", "How the window looks.");
  for (const ThemeChoice theme : kThemes) {
    if (ImGui::RadioButton(theme == ThemeChoice::system ? "as the desktop" : to_string(theme), s.theme == theme))
      s.theme = theme;
    ImGui::SameLine();
  }
  ImGui::NewLine();
  ImGui::SetNextItemWidth(180 * context.scale);
  if (ImGui::BeginCombo("Color map of the spectrograms", to_string(s.colours))) {
    draw_colour_maps(context);
    ImGui::EndCombo();
  }
  ImGui::SetNextItemWidth(180 * context.scale);
  ImGui::SliderInt("Pictures per second, at most", &s.frames_per_second, 5, 60);
  tooltip(context, "Fewer pictures leave more processor time for listening. 30 is plenty.");
}

void draw_alarm_choices(PanelContext& context) {
  Settings& s = context.settings;
  heading(context, "When an alarm begins on a microphone",
          "In addition to the red card in the window and the entry in the list of events.");
  ImGui::Checkbox("Notification on the desktop", &s.alarm_notification);
  ImGui::Checkbox("Two short tones", &s.alarm_sound);
  char command[512];
  std::snprintf(command, sizeof command, "%s", s.alarm_command.c_str());
  ImGui::SetNextItemWidth(-1.0F);
  if (ImGui::InputTextWithHint("##command", "Command to run, for example: curl -d \"$AUSCULT_EVENT\" https://...",
                               command, sizeof command))
    s.alarm_command = command;
  tooltip(context, "The shell runs it at each event. AUSCULT_EVENT holds the event as JSON.");
}

}  // namespace

void draw_settings(PanelContext& context) {
  if (std::exchange(context.view.show_settings, false)) ImGui::OpenPopup(kTitle);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  centre_next_window();
  ImGui::SetNextWindowSize({std::min(560 * context.scale, screen.x * 0.95F), 0});
  if (!ImGui::BeginPopupModal(kTitle, nullptr, ImGuiWindowFlags_NoResize)) return;
  draw_looks(context);
  ImGui::Spacing();
  draw_alarm_choices(context);
  ImGui::Spacing();
  ImGui::PushFont(context.fonts.small);
  ImGui::TextDisabled("Ctrl + and Ctrl - change the size of text and controls. Ctrl D chooses the input.");
  ImGui::PopFont();
  if (close_button(context)) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace auscult::gui
