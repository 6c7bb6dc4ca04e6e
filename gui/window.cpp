#include "gui/window.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace auscult::gui {
namespace {

constexpr float kSideWidth = 306.0F;  // at scale 1

// Weights of the plots' heights; the traces of the other detectors divide one part among them.
constexpr float kLevelPart = 0.10F, kLinearPart = 0.25F, kMelPart = 0.21F, kEnergyPart = 0.24F, kOthersPart = 0.21F,
                kFusedPart = 0.19F;

// The largest trace is always visible; those of the other detectors can be folded.
void draw_energies(PanelContext& context, float main_height, float others_height) {
  const ModelView& model = *context.state.model();
  const std::size_t main = model.main_detector(), count = model.detectors.size();
  draw_energy_trace(context, main, main_height);
  if (count < 2) return;
  draw_energies_fold(context);
  for (std::size_t d = 0; context.settings.all_energies && d < count; ++d)
    if (d != main) draw_energy_trace(context, d, std::floor(others_height / static_cast<float>(count - 1)));
}

void draw_plots(PanelContext& context) {
  const std::size_t detectors = context.state.model() ? context.state.model()->detectors.size() : 0;
  const bool foldable = detectors > 1, unfolded = foldable && context.settings.all_energies;
  const float spacing = 7 * context.scale;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ImGui::GetStyle().ItemSpacing.x, spacing));
  const float gaps = spacing * static_cast<float>(4 + (unfolded ? detectors + 1 : detectors > 0 ? 2 : 0));
  const float labels = context.fonts.small->FontSize + 4 * context.scale;
  const float fold = foldable ? energies_fold_height(context) : 0.0F;
  const float room = std::max(100.0F, ImGui::GetContentRegionAvail().y - gaps - labels - fold);
  const float parts = kLevelPart + kLinearPart + kMelPart + kFusedPart + (detectors > 0 ? kEnergyPart : 0.0F) +
                      (unfolded ? kOthersPart : 0.0F);
  const auto height = [&](float part) { return std::floor(room * part / parts); };
  draw_level_history(context, height(kLevelPart));
  draw_spectrogram(context, Spectrum::linear, height(kLinearPart));
  draw_spectrogram(context, Spectrum::mel, height(kMelPart));
  if (detectors > 0) draw_energies(context, height(kEnergyPart), height(kOthersPart));
  draw_fused_score(context, height(kFusedPart));
  ImGui::PopStyleVar();
}

void draw_side(PanelContext& context) {
  const ImVec2 gap{0.0F, 5 * context.scale};
  draw_alarm(context);
  ImGui::Dummy(gap);
  draw_why(context);
  ImGui::Dummy(gap);
  draw_threshold(context);
  ImGui::Dummy(gap);
  draw_level_meter(context);
  ImGui::Dummy(gap);
  draw_events(context);
}

bool dialog_is_open() {
  return ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
}

// Escape closes the focused window, as it closes a dialog.
void close_by_escape(PanelContext& context) {
  if (!ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape), false)) return;
  ViewState& view = context.view;
  for (const auto& [title, open] : {std::pair{"Events", &view.events.open},
                                    {"Recordings", &view.batch.open},
                                    {"Tune the threshold", &view.workbench.open},
                                    {"Learn this machine", &view.learn.open}}) {
    if (!*open || !view.windows.contains(title)) continue;
    ImGui::Begin(title);  // again, to query its focus
    if (ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows)) *open = false;
    ImGui::End();
  }
}

}  // namespace

void draw_window(PanelContext& context) {
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
  constexpr auto kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                          ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse |
                          ImGuiWindowFlags_NoNav;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
  ImGui::Begin("Auscult", nullptr, kFlags);
  ImGui::PopStyleVar();
  context.view.main_focused =
      ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows | ImGuiFocusedFlags_NoPopupHierarchy);
  // What Escape leaves first: a text field, a list, a dialog. Checked before they are drawn and handle Escape
  // themselves.
  const bool something_inside = ImGui::IsAnyItemActive() || context.view.dialog_before;
  context.view.windows_before = std::exchange(context.view.windows, {});
  context.view.cursor_time = std::exchange(context.view.next_cursor_time, std::nullopt);

  draw_top_bar(context);
  draw_banner(context);
  const float health = context.fonts.small->FontSize + 2 * ImGui::GetStyle().ItemSpacing.y;
  const float main = std::max(100.0F, ImGui::GetContentRegionAvail().y - health);
  const float side = kSideWidth * context.scale;
  ImGui::PushStyleColor(ImGuiCol_ChildBg, ImVec4(0, 0, 0, 0));
  ImGui::BeginChild("plots", {ImGui::GetContentRegionAvail().x - side - ImGui::GetStyle().ItemSpacing.x, main}, false,
                    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  draw_plots(context);
  ImGui::EndChild();
  ImGui::PopStyleColor();
  ImGui::SameLine();
  ImGui::BeginChild("side", {side, main}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  draw_side(context);
  ImGui::EndChild();
  draw_health(context);
  draw_batch(context);
  draw_workbench(context);
  draw_learn(context);
  // Dialogs last: Dear ImGui 1.86 aborts where a window or a tip appears after a dialog, in the frame that opens it.
  draw_dialogs(context);
  draw_devices(context);
  draw_settings(context);
  draw_command_panels(context);
  if (!something_inside) close_by_escape(context);
  context.view.dialog_before = dialog_is_open();
  ImGui::End();
}

}  // namespace auscult::gui
