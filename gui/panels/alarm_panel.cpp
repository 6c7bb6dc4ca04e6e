// The machine's state, large and in words, with a distinct shape, and the current anomaly score.
#include <algorithm>
#include <string>

#include "detect/calibration.h"
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

// Always the same height, so that the controls below do not jump while the user drags them.
void draw_score_line(const PanelContext& context) {
  const auto score = context.state.score();
  if (score) {
    const double threshold = context.state.threshold();
    ImGui::Text("Score %s   (threshold %.2f)", score_text(*score, threshold).c_str(), threshold);
  } else {
    ImGui::TextDisabled("No score yet.");
  }
  tooltip(context, help::kFused);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImFont* small = context.fonts.small;
  const float wrap = ImGui::GetContentRegionAvail().x;
  if (score) {
    const std::string text = "Now: " + rarity(*score, context.state.supported_u()) + ".";
    ImGui::GetWindowDrawList()->AddText(small, small->FontSize, at, palette().muted, text.c_str(), nullptr, wrap);
  }
  ImGui::Dummy({wrap, 2.2F * small->FontSize});
}

}  // namespace

void draw_alarm(PanelContext& context) {
  const StateWords words = context.state.words();
  const float s = context.scale, width = ImGui::GetContentRegionAvail().x, padding = 10 * s;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float text_left = 54 * s, wrap = width - text_left - padding;
  ImFont* font = context.fonts.large;
  ImFont* small = context.fonts.small;
  // One headline and two lines of detail: always the same height. A long headline is set in a smaller size.
  const float natural = font->CalcTextSizeA(font->FontSize, 1e6F, 0.0F, words.headline.c_str()).x;
  const float size = font->FontSize * std::min(1.0F, wrap / natural);
  const float headline_height = font->FontSize * 1.15F;
  const float height = headline_height + 2.2F * small->FontSize + 2 * padding;

  ImDrawList* draw = ImGui::GetWindowDrawList();
  const ImU32 colour = tone_colour(words.tone);
  draw->AddRectFilled(at, {at.x + width, at.y + height}, tone_background(words.tone), 5 * s);
  draw->AddRect(at, {at.x + width, at.y + height}, colour, 5 * s, 0, (words.tone == Tone::bad ? 3.0F : 1.2F) * s);
  draw_sign(words.sign, {at.x + 29 * s, at.y + height / 2}, 17 * s, colour);
  draw->AddText(font, size, {at.x + text_left, at.y + padding + (headline_height - size) / 2}, colour,
                words.headline.c_str());
  draw->AddText(small, small->FontSize, {at.x + text_left, at.y + padding + headline_height}, palette().title_text,
                words.detail.c_str(), nullptr, wrap);
  ImGui::Dummy({width, height});
  draw_score_line(context);
}

}  // namespace auscult::gui
