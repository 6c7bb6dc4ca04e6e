// Attribution: one bar per mel bin shows its share in the anomaly score, and a sentence names the strongest bands.
#include <algorithm>
#include <string>

#include "gui/panels/panels.h"
#include "gui/plot/axis.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

// The tallest bar fills the strip: the bars show where, the sentence says how much.
void draw_bars(const PanelContext& context, ImVec2 min, ImVec2 max, const WhyView& why) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  const float tallest = std::max(1e-6F, *std::max_element(why.shares.begin(), why.shares.end()));
  const float width = (max.x - min.x) / static_cast<float>(why.shares.size());
  const ImU32 colour = why.unusual ? palette().threshold : palette().plot_border;
  for (std::size_t bin = 0; bin < why.shares.size(); ++bin) {
    const float left = min.x + width * static_cast<float>(bin),
                height = (max.y - min.y - 2 * context.scale) * why.shares[bin] / tallest;
    draw->AddRectFilled({left, max.y - height}, {left + std::max(1.0F, width - context.scale), max.y}, colour);
  }
}

void draw_frequencies(const PanelContext& context, ImVec2 min, ImVec2 max) {
  const ModelView model = context.state.model().value_or(ModelView{});
  const FrequencyAxis axis{true, model.mel_low_hz, model.mel_high_hz};
  ImDrawList* draw = ImGui::GetWindowDrawList();
  ImFont* font = context.fonts.small;
  for (const double hz : axis.ticks()) {
    const float x = min.x + (max.x - min.x) * static_cast<float>(axis.position(hz));
    draw->AddLine({x, min.y}, {x, max.y}, palette().grid);
    const std::string label = label_hz(hz);
    const float width = font->CalcTextSizeA(font->FontSize, 1e6F, 0.0F, label.c_str()).x;
    draw->AddText(font, font->FontSize, {std::clamp(x - width / 2, min.x, max.x - width), max.y + context.scale},
                  palette().axis_text, label.c_str());
  }
}

}  // namespace

void draw_why(PanelContext& context) {
  const auto why = context.state.why(context.view.cursor_time);
  const float s = context.scale;
  heading(context, context.view.cursor_time ? "Attribution at the pointer" : "Attribution now", help::kWhy);
  ImFont* small = context.fonts.small;
  const ImVec2 min = ImGui::GetCursorScreenPos();
  const ImVec2 max{min.x + ImGui::GetContentRegionAvail().x, min.y + 38 * s};
  ImGui::GetWindowDrawList()->AddRectFilled(min, max, palette().plot_background);
  draw_frequencies(context, min, max);
  if (why) draw_bars(context, min, max, *why);
  ImGui::GetWindowDrawList()->AddRect(min, max, palette().plot_border);
  ImGui::Dummy({max.x - min.x, max.y - min.y + small->FontSize});
  // Always two lines high, so that what follows does not jump.
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const std::string text = why ? why->sentence : "No score here.";
  ImGui::GetWindowDrawList()->AddText(small, small->FontSize, at,
                                      why && why->unusual ? palette().title_text : palette().muted, text.c_str(),
                                      nullptr, max.x - min.x);
  ImGui::Dummy({max.x - min.x, 2.1F * small->FontSize});
}

}  // namespace auscult::gui
