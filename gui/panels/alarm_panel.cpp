// The state of the machine, big and in words, with a shape of its own; and how unusual the sound is just now.
#include <cstdio>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

void draw_score_line(const PanelContext& context) {
  const auto score = context.state.score();
  if (!score) {
    ImGui::TextDisabled("No score yet.");
    return;
  }
  ImGui::Text("u = %.1f   (threshold %.1f)", *score, context.state.threshold());
  tooltip(context, help::kFused);
  ImGui::PushFont(context.fonts.small);
  ImGui::PushTextWrapPos(0.0F);
  ImGui::TextDisabled("Just now: %s.", rarity(*score).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
}

}  // namespace

void draw_alarm(PanelContext& context) {
  const StateWords words = context.state.words();
  const float s = context.scale, width = ImGui::GetContentRegionAvail().x, padding = 10 * s;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float text_left = 54 * s, wrap = width - text_left - padding;
  ImFont* font = context.fonts.large;
  const ImVec2 headline = font->CalcTextSizeA(font->FontSize, 1e6F, wrap, words.headline.c_str());
  ImFont* small = context.fonts.small;
  const ImVec2 detail = small->CalcTextSizeA(small->FontSize, 1e6F, wrap, words.detail.c_str());
  const float height = headline.y + detail.y + 3 * s + 2 * padding;

  ImDrawList* draw = ImGui::GetWindowDrawList();
  const ImU32 colour = tone_colour(words.tone);
  draw->AddRectFilled(at, {at.x + width, at.y + height}, tone_background(words.tone), 5 * s);
  draw->AddRect(at, {at.x + width, at.y + height}, colour, 5 * s, 0, (words.tone == Tone::bad ? 3.0F : 1.2F) * s);
  draw_sign(words.sign, {at.x + 29 * s, at.y + height / 2}, 17 * s, colour);
  draw->AddText(font, font->FontSize, {at.x + text_left, at.y + padding}, colour, words.headline.c_str(), nullptr, wrap);
  draw->AddText(small, small->FontSize, {at.x + text_left, at.y + padding + headline.y + 3 * s}, IM_COL32(225, 230, 238, 255),
                words.detail.c_str(), nullptr, wrap);
  ImGui::Dummy({width, height});
  draw_score_line(context);
}

}  // namespace auscult::gui
