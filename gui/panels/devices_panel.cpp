// Every input of this computer and its properties; chosen with a click, or with arrow keys and Enter.
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/learn/recent_levels.h"
#include "gui/panels/panels.h"
#include "gui/robot.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kDevices = "Inputs";
constexpr double kAveragedSeconds = 10.0;
constexpr double kCalibratorDb = 94.0;  // 1 Pa: level of sound level calibrators (IEC 60942)

bool draw_row(const SourceSpec& now, const InputDevice& entry) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(&entry);
  const bool chosen = ImGui::Selectable(entry.name.c_str(), now.live() && now.device == entry.name,
                                        ImGuiSelectableFlags_SpanAllColumns);
  ImGui::PopID();
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(entry.host_api.c_str());
  ImGui::TableNextColumn();
  ImGui::Text("%d", entry.max_channels);
  ImGui::TableNextColumn();
  const int rate = static_cast<int>(entry.default_sample_rate);
  ImGui::TextUnformatted(rate > 0 ? format_rate(rate).c_str() : "");
  ImGui::TableNextColumn();
  if (entry.is_default) ImGui::TextUnformatted("default");
  return chosen;
}

// The name of the input that was chosen; nothing if none was.
std::optional<std::string> draw_table(const PanelContext& context) {
  const SourceSpec& now = context.session.source();
  const DeviceList& list = context.session.devices();
  std::optional<std::string> chosen;
  if (ImGui::Selectable("System default", now.live() && now.device.empty())) chosen = "";
  ImGui::SetItemDefaultFocus();
  if (list.pending) ImGui::TextDisabled("Looking for inputs...");
  if (!list.error.empty()) ImGui::TextDisabled("%s", list.error.c_str());
  if (list.asked && !list.pending && list.error.empty() && list.devices.empty())
    ImGui::TextDisabled("No microphone found. Plug one in and refresh the list.");
  if (list.devices.empty() ||
      !ImGui::BeginTable("inputs", 5, ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp))
    return chosen;
  for (const char* column : {"Name", "Sound system", "Channels", "Native rate", ""}) ImGui::TableSetupColumn(column);
  ImGui::TableHeadersRow();
  for (const InputDevice& entry : list.devices)
    if (draw_row(now, entry)) chosen = entry.name;
  ImGui::EndTable();
  return chosen;
}

// --- the input in use

std::string channel_text(std::optional<int> channel, int models) {
  if (!channel) return "as in the model: " + channel_text(models, models);
  return *channel == kMeanOfChannels ? "mean of all" : std::to_string(*channel + 1);
}

void draw_channel(const PanelContext& context, InputTuning& tuning) {
  const int channels = std::max(1, context.state.status().source.channels);
  const int models = context.session.model() ? context.session.model()->preset.channel : 0;
  ImGui::SetNextItemWidth(220 * context.scale);
  if (ImGui::BeginCombo("Channel", channel_text(tuning.channel, models).c_str())) {
    const auto offer = [&](std::optional<int> channel) {
      if (ImGui::Selectable(channel_text(channel, models).c_str(), tuning.channel == channel)) tuning.channel = channel;
    };
    offer(std::nullopt);
    offer(kMeanOfChannels);
    for (int channel = 0; channel < channels; ++channel) offer(channel);
    ImGui::EndCombo();
  } else {
    note_widget("Channel");
    tooltip(context, "The input's channel to use, for monitoring and for training a model.");
  }
}

void draw_gain(const PanelContext& context, InputTuning& tuning) {
  ImGui::SetNextItemWidth(220 * context.scale);
  ImGui::InputDouble("Gain, dB", &tuning.gain_db, 1.0, 6.0, "%.1f");
  note_widget("Gain");
  tooltip(context,
          "Applied to every sample before training and scoring. For a microphone that is less "
          "sensitive than the one used for training. Gain in the sound system itself adds less noise.");
  tuning.gain_db = std::isfinite(tuning.gain_db)
                       ? std::clamp(tuning.gain_db, -InputTuning::kMostGainDb, InputTuning::kMostGainDb)
                       : 0.0;
}

// A reading in dBFS corresponds to a sound pressure only after calibration with a known sound.
void draw_offset(PanelContext& context, InputTuning& tuning) {
  ImGui::SetNextItemWidth(220 * context.scale);
  ImGui::InputDouble("dB SPL at 0 dBFS", &tuning.offset_db, 1.0, 10.0, "%.1f");
  note_widget("Offset");
  tooltip(
      context,
      "Sound pressure level of the loudest sound that this input can record; 0: unknown. Only displayed next to the "
      "level, not used for scoring.");
  tuning.offset_db = std::isfinite(tuning.offset_db)
                         ? std::clamp(tuning.offset_db, -InputTuning::kMostOffsetDb, InputTuning::kMostOffsetDb)
                         : 0.0;
  ImGui::SameLine();
  // The mean of ten seconds, all recorded with the current gain.
  const bool settled = context.state.live().end_time() - context.view.input_changed_at >= kAveragedSeconds ||
                       context.state.live().end_time() < context.view.input_changed_at;
  const auto level = settled ? recent_level(context.state.live()) : std::nullopt;
  ImGui::BeginDisabled(!level);
  const bool calibrated = ImGui::Button("The sound now is 94 dB");
  ImGui::EndDisabled();
  note_widget("Calibrate", level.has_value());
  tooltip(context,
          "Put a sound level calibrator (94 dB at 1 kHz) on the microphone, wait ten seconds, then press. Uses their "
          "mean.");
  if (calibrated && level) tuning.offset_db = kCalibratorDb - *level;
}

float tuning_height(const PanelContext& context) {
  return context.session.source().live() ? 4 * ImGui::GetFrameHeightWithSpacing() + ImGui::GetStyle().ItemSpacing.y
                                         : 0.0F;
}

// A change takes effect when it is complete: not while a number is being typed, and not during a recording for
// training.
void draw_tuning(PanelContext& context) {
  if (!context.session.source().live()) return;
  const InputTuning before = tuning_of(context.settings, context.session.source().device);
  InputTuning& tuning = context.view.input_tuning;
  if (!ImGui::IsAnyItemActive() || tuning.device != before.device) tuning = before;
  const bool recording = context.session.learn().stage() == LearnStage::recording;
  ImGui::Separator();
  ImGui::TextUnformatted(("Settings of " + shorten(context.session.source().label(), 60) +
                          (recording ? ": locked during the recording" : ""))
                             .c_str());
  ImGui::BeginDisabled(recording);
  draw_channel(context, tuning);
  draw_gain(context, tuning);
  draw_offset(context, tuning);
  ImGui::EndDisabled();
  if (tuning == before || ImGui::IsAnyItemActive()) return;
  // A gain changes the reading in dBFS but not the sound pressure.
  if (tuning.offset_db != 0.0 && tuning.offset_db == before.offset_db)
    tuning.offset_db -= tuning.gain_db - before.gain_db;
  if (tuning.gain_db != before.gain_db || tuning.channel != before.channel)
    context.view.input_changed_at = context.state.live().end_time();
  set_tuning(context.settings, tuning);
  const SourceSpec wanted = input_named(context.settings, tuning.device);
  context.session.tune_input(wanted.channel, wanted.gain_db);
}

}  // namespace

void draw_devices(PanelContext& context) {
  if (std::exchange(context.view.pick_device, false)) {
    context.session.refresh_devices();
    ImGui::OpenPopup(kDevices);
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  centre_next_window();
  ImGui::SetNextWindowSize(
      {std::min(760 * context.scale, screen.x * 0.95F), std::min(520 * context.scale, screen.y * 0.9F)},
      ImGuiCond_Appearing);
  if (!ImGui::BeginPopupModal(kDevices)) return;
  ImGui::TextDisabled("The input is remembered by name. An unplugged input is used again when it returns.");
  ImGui::BeginChild("list", {0, -tuning_height(context) - ImGui::GetFrameHeightWithSpacing()});
  const auto chosen = draw_table(context);
  ImGui::EndChild();
  draw_tuning(context);
  if (chosen) context.session.start(input_named(context.settings, *chosen));
  if (ImGui::Button("Refresh")) context.session.refresh_devices();
  ImGui::SameLine();
  const bool closed = close_button(context);
  if (chosen || closed) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace auscult::gui
