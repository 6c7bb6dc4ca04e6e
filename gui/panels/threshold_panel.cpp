// The threshold as a slider, a number and words; changes take effect at once.
#include <string>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {

void draw_threshold(PanelContext& context) {
  AppState& state = context.state;
  heading(context, "Threshold", help::kThreshold);
  ImGui::SameLine();
  if (ImGui::SmallButton("Tune...")) context.view.workbench.open = true;
  tooltip(context, "False alarms per hour, past alarms at this threshold, and saving it to the model.");
  float value = static_cast<float>(state.threshold());
  const float s = context.scale, number_width = 62 * s, reset_width = 58 * s;
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - number_width - reset_width -
                          2 * ImGui::GetStyle().ItemSpacing.x);
  bool moved = ImGui::SliderFloat("##slider", &value, 0.1F, static_cast<float>(state.threshold_limit()), "");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(number_width);
  moved = ImGui::InputFloat("##number", &value, 0.0F, 0.0F, "%.1f", ImGuiInputTextFlags_EnterReturnsTrue) || moved;
  tooltip(context, "Type a number and press Enter.");
  ImGui::SameLine();
  if (ImGui::Button("Reset", {reset_width, 0}))
    state.reset_threshold();
  else if (moved)
    state.set_threshold(static_cast<double>(value));
  tooltip(context, "Back to the model's calibrated threshold.");
  ImGui::PushFont(context.fonts.small);
  ImGui::PushTextWrapPos(0.0F);
  const std::string measured = state.threshold_is_extrapolated()
                                   ? " An estimate: " + format_count(state.model()->normal_moments) + " were measured."
                                   : "";
  ImGui::TextDisabled("Above %.1f: about one normal frame in %s.%s", state.threshold(),
                      one_in(state.threshold()).c_str(), measured.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
}

}  // namespace auscult::gui
