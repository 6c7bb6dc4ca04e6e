#include "gui/theme.h"

namespace auscult::gui {

ImU32 tone_colour(Tone tone) {
  switch (tone) {
    case Tone::good: return IM_COL32(110, 220, 140, 255);
    case Tone::caution: return IM_COL32(255, 200, 87, 255);
    case Tone::bad: return IM_COL32(255, 120, 112, 255);
    case Tone::neutral: return IM_COL32(190, 198, 210, 255);
    case Tone::info: return IM_COL32(130, 190, 255, 255);
  }
  return IM_COL32_WHITE;
}

ImU32 tone_background(Tone tone) {
  switch (tone) {
    case Tone::good: return IM_COL32(20, 46, 30, 255);
    case Tone::caution: return IM_COL32(58, 44, 14, 255);
    case Tone::bad: return IM_COL32(88, 18, 20, 255);
    case Tone::neutral: return IM_COL32(38, 42, 50, 255);
    case Tone::info: return IM_COL32(22, 40, 66, 255);
  }
  return IM_COL32_BLACK;
}

void apply_theme(float scale) {
  ImGuiStyle style;
  ImGui::StyleColorsDark(&style);
  style.WindowPadding = {10, 8};
  style.FramePadding = {8, 4};
  style.ItemSpacing = {8, 5};
  style.CellPadding = {4, 2};
  style.FrameRounding = 4;
  style.PopupRounding = 4;
  style.ChildRounding = 5;
  style.GrabRounding = 3;
  style.GrabMinSize = 14;
  style.WindowBorderSize = 0;
  auto* c = style.Colors;
  c[ImGuiCol_WindowBg] = {0.090F, 0.102F, 0.126F, 1.0F};
  c[ImGuiCol_ChildBg] = {0.122F, 0.137F, 0.165F, 1.0F};
  c[ImGuiCol_PopupBg] = {0.141F, 0.157F, 0.188F, 1.0F};
  c[ImGuiCol_Border] = {0.26F, 0.29F, 0.34F, 1.0F};
  c[ImGuiCol_Text] = {0.925F, 0.937F, 0.957F, 1.0F};
  c[ImGuiCol_TextDisabled] = {0.60F, 0.64F, 0.70F, 1.0F};
  c[ImGuiCol_FrameBg] = {0.188F, 0.212F, 0.255F, 1.0F};
  c[ImGuiCol_FrameBgHovered] = {0.235F, 0.266F, 0.322F, 1.0F};
  c[ImGuiCol_FrameBgActive] = {0.275F, 0.314F, 0.380F, 1.0F};
  c[ImGuiCol_Button] = {0.188F, 0.275F, 0.396F, 1.0F};
  c[ImGuiCol_ButtonHovered] = {0.235F, 0.353F, 0.510F, 1.0F};
  c[ImGuiCol_ButtonActive] = {0.275F, 0.420F, 0.610F, 1.0F};
  c[ImGuiCol_SliderGrab] = {1.0F, 0.70F, 0.28F, 1.0F};
  c[ImGuiCol_SliderGrabActive] = {1.0F, 0.78F, 0.45F, 1.0F};
  c[ImGuiCol_ModalWindowDimBg] = {0.0F, 0.0F, 0.0F, 0.55F};
  c[ImGuiCol_TitleBgActive] = {0.165F, 0.240F, 0.345F, 1.0F};
  c[ImGuiCol_TableHeaderBg] = {0.165F, 0.185F, 0.223F, 1.0F};
  c[ImGuiCol_TableRowBgAlt] = {1.0F, 1.0F, 1.0F, 0.03F};
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

}  // namespace auscult::gui
