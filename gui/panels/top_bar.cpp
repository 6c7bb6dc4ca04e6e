// Input, recording, start and stop, freeze, and the model in use.
#include <cstdio>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

std::string entry_label(const InputDevice& entry) {
  std::string label = entry.name;
  if (!entry.host_api.empty()) label += "  (" + entry.host_api + ", " + std::to_string(entry.max_channels) + " ch)";
  return label;
}

void draw_device_entries(PanelContext& context) {
  const SourceSpec& now = context.session.source();
  if (ImGui::Selectable("Default input", now.live() && now.device.empty()))
    context.session.start(input_named(context.settings, ""));
  const DeviceList& list = context.session.devices();
  for (const InputDevice& entry : list.devices) {
    ImGui::PushID(&entry);
    if (ImGui::Selectable(entry_label(entry).c_str(), now.live() && now.device == entry.name))
      context.session.start(input_named(context.settings, entry.name));
    ImGui::PopID();
  }
  if (list.pending) {
    ImGui::TextDisabled("Looking for inputs...");
  } else if (!list.error.empty()) {
    ImGui::TextDisabled("%s", list.error.c_str());
  } else if (list.asked && list.devices.empty()) {
    ImGui::TextDisabled("No microphone found.");
  }
}

void draw_device_picker(PanelContext& context) {
  const SourceSpec& now = context.session.source();
  const std::string preview = (now.live() ? "" : "Recording: ") + shorten(now.label(), 30);
  ImGui::SetNextItemWidth(270 * context.scale);
  if (ImGui::BeginCombo("##input", preview.c_str(), ImGuiComboFlags_HeightLarge)) {
    if (ImGui::IsWindowAppearing()) context.session.refresh_devices();
    draw_device_entries(context);
    ImGui::EndCombo();
  } else {
    tooltip(context, "The input. Opening the list searches for inputs again.");
  }
}

void draw_run_button(PanelContext& context) {
  const Phase phase = context.state.phase();
  const bool runs = phase == Phase::running || phase == Phase::starting;
  const float width = 74 * context.scale;
  ImGui::BeginDisabled(phase == Phase::loading || phase == Phase::stopping);
  if (ImGui::Button(runs ? "Stop" : "Start", {width, 0})) {
    if (runs) {
      context.session.stop();
    } else {
      context.session.start();
    }
  }
  ImGui::EndDisabled();
  tooltip(context, runs ? "Stops listening and closes the input." : "Listens to the chosen input.");
}

void draw_freeze_button(PanelContext& context) {
  const bool frozen = context.state.frozen();
  if (frozen) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::ColorConvertU32ToFloat4(tone_background(Tone::caution)));
  if (ImGui::Button(frozen ? "Frozen" : "Freeze", {84 * context.scale, 0})) context.state.toggle_freeze();
  if (frozen) ImGui::PopStyleColor();
  tooltip(context, help::kFreeze);
}

void draw_map_picker(PanelContext& context) {
  ImGui::SetNextItemWidth(96 * context.scale);
  if (!ImGui::BeginCombo("##map", to_string(context.settings.colours))) {
    tooltip(context, "Color map of the spectrograms.");
    return;
  }
  draw_colour_maps(context);
  ImGui::EndCombo();
}

void draw_model(const PanelContext& context) {
  const auto& model = context.state.model();
  if (!model) return;
  const std::string text = "Model: " + shorten(model->name, 24) +
                           (model->demo              ? " (demonstration)"
                            : model->machine.empty() ? ""
                                                     : " (" + shorten(model->machine, 24) + ")");
  const float width = ImGui::CalcTextSize(text.c_str()).x, right = ImGui::GetContentRegionMax().x;
  ImGui::SameLine(right - width);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(text.c_str());
  tooltip(context, model->demo ? help::kDemo : help::kModel);
}

}  // namespace

void draw_top_bar(PanelContext& context) {
  draw_device_picker(context);
  ImGui::SameLine();
  if (ImGui::Button("Open recording...")) context.view.open_recording = true;
  tooltip(context,
          "Plays a WAV, FLAC, Ogg or AIFF file through the model, at its own speed. You can also drop a file on the "
          "window.");
  ImGui::SameLine();
  draw_run_button(context);
  ImGui::SameLine();
  draw_freeze_button(context);
  ImGui::SameLine();
  draw_map_picker(context);
  draw_model(context);
}

}  // namespace auscult::gui
