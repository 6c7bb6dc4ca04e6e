#include "gui/theme.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace auscult::gui {
namespace {

constexpr Palette kDark{.plot_background = IM_COL32(12, 14, 18, 255),
                        .plot_border = IM_COL32(58, 64, 76, 255),
                        .grid = IM_COL32(255, 255, 255, 22),
                        .axis_text = IM_COL32(176, 184, 198, 255),
                        .title_text = IM_COL32(232, 236, 242, 255),
                        .title_back = IM_COL32(10, 12, 16, 190),
                        .muted = IM_COL32(164, 172, 186, 255),
                        .trace = IM_COL32(96, 190, 255, 255),
                        .fused_trace = IM_COL32(245, 245, 250, 255),
                        .level_rms = IM_COL32(96, 190, 255, 150),
                        .level_peak = IM_COL32(150, 214, 255, 255),
                        .threshold = IM_COL32(255, 179, 71, 255),
                        .alarm_span = IM_COL32(255, 70, 70, 52),
                        .alarm_edge = IM_COL32(255, 92, 92, 220),
                        .gap = IM_COL32(150, 150, 160, 70),
                        .off = IM_COL32(150, 160, 180, 30),
                        .cursor = IM_COL32(255, 255, 255, 90),
                        .missing = IM_COL32(34, 37, 44, 255)};

constexpr Palette kLight{.plot_background = IM_COL32(250, 251, 253, 255),
                         .plot_border = IM_COL32(176, 184, 198, 255),
                         .grid = IM_COL32(0, 0, 0, 24),
                         .axis_text = IM_COL32(70, 78, 92, 255),
                         .title_text = IM_COL32(22, 26, 34, 255),
                         .title_back = IM_COL32(250, 251, 253, 200),
                         .muted = IM_COL32(88, 96, 110, 255),
                         .trace = IM_COL32(10, 98, 190, 255),
                         .fused_trace = IM_COL32(20, 24, 32, 255),
                         .level_rms = IM_COL32(40, 130, 210, 150),
                         .level_peak = IM_COL32(10, 90, 170, 255),
                         .threshold = IM_COL32(190, 104, 0, 255),
                         .alarm_span = IM_COL32(220, 40, 40, 44),
                         .alarm_edge = IM_COL32(204, 30, 30, 230),
                         .gap = IM_COL32(120, 124, 134, 70),
                         .off = IM_COL32(110, 120, 140, 40),
                         .cursor = IM_COL32(0, 0, 0, 110),
                         .missing = IM_COL32(222, 226, 232, 255)};

Brightness g_brightness = Brightness::dark;

struct ToneColours {
  ImU32 text, background;
};

ToneColours dark_tone(Tone tone) {
  switch (tone) {
    case Tone::good:
      return {IM_COL32(110, 220, 140, 255), IM_COL32(20, 46, 30, 255)};
    case Tone::caution:
      return {IM_COL32(255, 200, 87, 255), IM_COL32(58, 44, 14, 255)};
    case Tone::bad:
      return {IM_COL32(255, 120, 112, 255), IM_COL32(88, 18, 20, 255)};
    case Tone::neutral:
      return {IM_COL32(190, 198, 210, 255), IM_COL32(38, 42, 50, 255)};
    case Tone::info:
      return {IM_COL32(130, 190, 255, 255), IM_COL32(22, 40, 66, 255)};
  }
  return {IM_COL32_WHITE, IM_COL32_BLACK};
}

ToneColours light_tone(Tone tone) {
  switch (tone) {
    case Tone::good:
      return {IM_COL32(16, 110, 44, 255), IM_COL32(214, 242, 221, 255)};
    case Tone::caution:
      return {IM_COL32(140, 84, 0, 255), IM_COL32(255, 240, 205, 255)};
    case Tone::bad:
      return {IM_COL32(176, 20, 20, 255), IM_COL32(255, 219, 216, 255)};
    case Tone::neutral:
      return {IM_COL32(66, 74, 88, 255), IM_COL32(228, 232, 238, 255)};
    case Tone::info:
      return {IM_COL32(14, 84, 168, 255), IM_COL32(216, 231, 250, 255)};
  }
  return {IM_COL32_BLACK, IM_COL32_WHITE};
}

void set_dark_colours(ImVec4* c) {
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
}

void set_light_colours(ImVec4* c) {
  c[ImGuiCol_WindowBg] = {0.925F, 0.933F, 0.945F, 1.0F};
  c[ImGuiCol_ChildBg] = {0.965F, 0.969F, 0.976F, 1.0F};
  c[ImGuiCol_PopupBg] = {0.98F, 0.98F, 0.985F, 1.0F};
  c[ImGuiCol_Border] = {0.72F, 0.75F, 0.79F, 1.0F};
  c[ImGuiCol_Text] = {0.08F, 0.10F, 0.13F, 1.0F};
  c[ImGuiCol_TextDisabled] = {0.36F, 0.39F, 0.44F, 1.0F};
  c[ImGuiCol_FrameBg] = {0.86F, 0.88F, 0.91F, 1.0F};
  c[ImGuiCol_FrameBgHovered] = {0.80F, 0.84F, 0.89F, 1.0F};
  c[ImGuiCol_FrameBgActive] = {0.74F, 0.80F, 0.87F, 1.0F};
  c[ImGuiCol_Button] = {0.77F, 0.84F, 0.93F, 1.0F};
  c[ImGuiCol_ButtonHovered] = {0.68F, 0.79F, 0.92F, 1.0F};
  c[ImGuiCol_ButtonActive] = {0.58F, 0.73F, 0.91F, 1.0F};
  c[ImGuiCol_SliderGrab] = {0.745F, 0.408F, 0.0F, 1.0F};
  c[ImGuiCol_SliderGrabActive] = {0.85F, 0.50F, 0.05F, 1.0F};
  c[ImGuiCol_ModalWindowDimBg] = {0.0F, 0.0F, 0.0F, 0.35F};
  c[ImGuiCol_TitleBg] = {0.84F, 0.88F, 0.93F, 1.0F};
  c[ImGuiCol_TitleBgActive] = {0.74F, 0.82F, 0.92F, 1.0F};
  c[ImGuiCol_TableHeaderBg] = {0.85F, 0.88F, 0.92F, 1.0F};
  c[ImGuiCol_TableRowBgAlt] = {0.0F, 0.0F, 0.0F, 0.035F};
}

// GTK's two sources: the environment, and the settings file that desktops update with the user's choice.
bool desktop_is_light() {
  if (const char* theme = std::getenv("GTK_THEME")) return std::string(theme).find("dark") == std::string::npos;
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const std::filesystem::path folder =
      config && *config ? std::filesystem::path(config) : std::filesystem::path(home ? home : "") / ".config";
  std::ifstream file(folder / "gtk-3.0" / "settings.ini");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("gtk-application-prefer-dark-theme")) return line.ends_with("0") || line.ends_with("false");
  return false;
}

}  // namespace

const Palette& palette() {
  return g_brightness == Brightness::dark ? kDark : kLight;
}

ImU32 tone_colour(Tone tone) {
  return (g_brightness == Brightness::dark ? dark_tone(tone) : light_tone(tone)).text;
}

ImU32 tone_background(Tone tone) {
  return (g_brightness == Brightness::dark ? dark_tone(tone) : light_tone(tone)).background;
}

Brightness brightness_of(ThemeChoice choice) {
  if (choice == ThemeChoice::system) return desktop_is_light() ? Brightness::light : Brightness::dark;
  return choice == ThemeChoice::light ? Brightness::light : Brightness::dark;
}

void apply_theme(float scale, Brightness brightness) {
  g_brightness = brightness;
  ImGuiStyle style;
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
  if (brightness == Brightness::dark) {
    ImGui::StyleColorsDark(&style);
    set_dark_colours(style.Colors);
  } else {
    ImGui::StyleColorsLight(&style);
    set_light_colours(style.Colors);
  }
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

}  // namespace auscult::gui
