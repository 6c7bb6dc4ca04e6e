// The list of keys, and the command palette, which finds a command by a few letters of its name.
#include <algorithm>
#include <utility>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kHelp = "Keys";
constexpr const char* kPalette = "Commands";

std::string keys_of(const Command& command) {
  std::string text;
  for (const KeyPress& press : command.keys) {
    const std::string one = to_text(press);
    if (text.find(one) != std::string::npos) continue;  // two keys with the same sign
    text += (text.empty() ? "" : "  or  ") + one;
  }
  return text;
}

void draw_group(const PanelContext& context, const std::string& group) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushFont(context.fonts.bold);
  ImGui::TextUnformatted(group.c_str());
  ImGui::PopFont();
}

void draw_help_window(PanelContext& context) {
  if (context.view.show_help && !ImGui::IsPopupOpen(kHelp)) ImGui::OpenPopup(kHelp);
  centre_next_window();
  ImGui::SetNextWindowSize({std::min(760 * context.scale, ImGui::GetIO().DisplaySize.x * 0.95F),
                            std::min(700 * context.scale, ImGui::GetIO().DisplaySize.y * 0.92F)});
  if (!ImGui::BeginPopupModal(kHelp, &context.view.show_help, ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove))
    return;
  if (ImGui::IsWindowAppearing()) ImGui::SetNextWindowFocus();  // so that arrow keys scroll it
  ImGui::BeginChild("list", {0, -ImGui::GetFrameHeightWithSpacing()});
  if (ImGui::BeginTable("keys", 2, ImGuiTableFlags_SizingStretchProp)) {
    std::string group;
    for (const Command& command : context.commands.all()) {
      if (std::exchange(group, command.group) != command.group) draw_group(context, group);
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(command.title.c_str());
      ImGui::TableNextColumn();
      ImGui::TextDisabled("%s", keys_of(command).c_str());
    }
    draw_group(context, "Mouse, over the plots");
    for (const auto& [what, how] :
         {std::pair{"Zoom at the pointer", "Wheel"},
          {"Move in time", "Drag, or Shift+Wheel"},
          {"Follow the newest sound", "Double-click"},
          {"Set the threshold", "Drag the dashed line of Anomaly score"},
          {"Set the range of the color scale", "Drag the color scale; double-click: automatic"}}) {
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(what);
      ImGui::TableNextColumn();
      ImGui::TextDisabled("%s", how);
    }
    ImGui::EndTable();
  }
  ImGui::EndChild();
  if (close_button(context)) context.view.show_help = false;
  if (!context.view.show_help) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

void draw_choice(const Command& command, bool chosen, const Command*& run) {
  ImGui::BeginDisabled(!command.available());
  ImGui::PushID(command.id.c_str());
  if (ImGui::Selectable(command.title.c_str(), chosen)) run = &command;
  ImGui::PopID();
  const std::string keys = command.keys.empty() ? "" : to_text(command.keys.front());
  const float width = ImGui::CalcTextSize(keys.c_str()).x;
  ImGui::SameLine(ImGui::GetContentRegionMax().x - width);
  ImGui::TextDisabled("%s", keys.c_str());
  ImGui::EndDisabled();
  if (chosen) ImGui::SetScrollHereY(0.5F);
}

// The index after the arrow keys pressed in this frame.
int moved(int index, int count) {
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_DownArrow))) ++index;
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_UpArrow))) --index;
  return std::clamp(index, 0, std::max(0, count - 1));
}

void draw_palette_window(PanelContext& context) {
  auto& [text, index] = context.view.palette;
  if (std::exchange(context.view.show_palette, false)) {
    ImGui::OpenPopup(kPalette);
    text[0] = '\0';
    index = 0;
  }
  centre_next_window(0.2F);
  ImGui::SetNextWindowSize({520 * context.scale, 380 * context.scale});
  if (!ImGui::BeginPopup(kPalette)) return;
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(-1.0F);
  const bool entered =
      ImGui::InputTextWithHint("##find", "Name of a command", text, sizeof text, ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemEdited()) index = 0;
  const auto found = context.commands.find(text);
  index = moved(index, static_cast<int>(found.size()));
  const Command* run = entered && !found.empty() ? found[static_cast<std::size_t>(index)] : nullptr;
  ImGui::BeginChild("found");
  for (std::size_t i = 0; i < found.size(); ++i) draw_choice(*found[i], static_cast<int>(i) == index, run);
  if (found.empty()) ImGui::TextDisabled("No matching command.");
  ImGui::EndChild();
  if (run || ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape))) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  if (run && run->available()) run->run();
}

}  // namespace

void draw_command_panels(PanelContext& context) {
  draw_help_window(context);
  draw_palette_window(context);
}

}  // namespace auscult::gui
