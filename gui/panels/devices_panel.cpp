// Every input of this computer, with what is known of it; one is chosen by a click or by arrow keys and Enter.
#include <algorithm>
#include <utility>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kDevices = "Inputs";

bool draw_row(const SourceSpec& now, const DeviceEntry& entry) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(&entry);
  const bool chosen = ImGui::Selectable(entry.name.c_str(), now.live() && now.device == entry.name, ImGuiSelectableFlags_SpanAllColumns);
  ImGui::PopID();
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(entry.host_api.c_str());
  ImGui::TableNextColumn();
  ImGui::Text("%d", entry.channels);
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(entry.sample_rate > 0 ? format_rate(entry.sample_rate).c_str() : "");
  ImGui::TableNextColumn();
  if (entry.is_default) ImGui::TextUnformatted("default");
  return chosen;
}

// The input that was chosen; nothing while there is none.
std::optional<SourceSpec> draw_table(const PanelContext& context) {
  const SourceSpec& now = context.session.source();
  const DeviceList& list = context.session.devices();
  std::optional<SourceSpec> chosen;
  if (ImGui::Selectable("Whatever the system uses by default", now.live() && now.device.empty())) chosen = SourceSpec{};
  ImGui::SetItemDefaultFocus();
  if (list.pending) ImGui::TextDisabled("Looking for inputs...");
  if (!list.error.empty()) ImGui::TextDisabled("%s", list.error.c_str());
  if (list.asked && !list.pending && list.error.empty() && list.devices.empty()) ImGui::TextDisabled("There is no microphone. Plug one in and look again.");
  if (list.devices.empty() || !ImGui::BeginTable("inputs", 5, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp)) return chosen;
  for (const char* column : {"Name", "Sound system", "Channels", "Own rate", ""}) ImGui::TableSetupColumn(column);
  ImGui::TableHeadersRow();
  for (const DeviceEntry& entry : list.devices)
    if (draw_row(now, entry)) chosen = SourceSpec{entry.name, {}};
  ImGui::EndTable();
  return chosen;
}

}  // namespace

void draw_devices(PanelContext& context) {
  if (std::exchange(context.view.pick_device, false)) {
    context.session.refresh_devices();
    ImGui::OpenPopup(kDevices);
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  centre_next_window();
  ImGui::SetNextWindowSize({std::min(760 * context.scale, screen.x * 0.95F), std::min(420 * context.scale, screen.y * 0.9F)}, ImGuiCond_Appearing);
  if (!ImGui::BeginPopupModal(kDevices)) return;
  ImGui::TextDisabled("The choice is remembered by name: an input that is unplugged is waited for and taken up again.");
  ImGui::BeginChild("list", {0, -ImGui::GetFrameHeightWithSpacing()});
  const auto chosen = draw_table(context);
  ImGui::EndChild();
  if (chosen) context.session.start(*chosen);
  if (ImGui::Button("Look again")) context.session.refresh_devices();
  ImGui::SameLine();
  const bool closed = close_button(context);
  if (chosen || closed) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace auscult::gui
