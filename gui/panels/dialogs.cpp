// The few questions that the window asks: which recording to open, and how a machine is learned.
#include <cstdlib>
#include <utility>

#include "auscult/audio/audio_file.h"
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kRecordingDialog = "Open a recording";
constexpr const char* kTeachingDialog = "Teach it my machine";

std::filesystem::path expanded(std::string path) {
  while (!path.empty() && (path.back() == ' ' || path.back() == '\n')) path.pop_back();
  if (path.starts_with("file://")) path = path.substr(7);
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home) path = home + path.substr(1);
  return path;
}

void centre_next_window() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({size.x / 2, size.y / 2}, ImGuiCond_Appearing, {0.5F, 0.5F});
}

void draw_recording_dialog(PanelContext& context) {
  centre_next_window();
  if (!ImGui::BeginPopupModal(kRecordingDialog, nullptr, ImGuiWindowFlags_AlwaysAutoResize)) return;
  ImGui::TextUnformatted("Path of a WAV, FLAC, Ogg or AIFF file (or drop the file on the window):");
  ImGui::SetNextItemWidth(560 * context.scale);
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  const bool entered = ImGui::InputText("##path", context.view.recording_path, sizeof context.view.recording_path, ImGuiInputTextFlags_EnterReturnsTrue);
  const bool pressed = ImGui::Button("Open", {90 * context.scale, 0});
  ImGui::SameLine();
  const bool cancelled = ImGui::Button("Cancel", {90 * context.scale, 0});
  if ((entered || pressed) && context.view.recording_path[0] != '\0') open_recording(context, expanded(context.view.recording_path));
  if (entered || pressed || cancelled) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

void draw_command(const PanelContext& context, const char* command) {
  ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::caution));
  ImGui::TextUnformatted(command);
  ImGui::PopStyleColor();
  ImGui::SameLine();
  ImGui::PushID(command);
  if (ImGui::SmallButton("Copy")) ImGui::SetClipboardText(command);
  ImGui::PopID();
  tooltip(context, "Copies this line.");
}

void draw_teaching_dialog(PanelContext& context) {
  centre_next_window();
  if (!ImGui::BeginPopupModal(kTeachingDialog, nullptr, ImGuiWindowFlags_AlwaysAutoResize)) return;
  ImGui::PushTextWrapPos(620 * context.scale);
  ImGui::TextUnformatted("1. Record the machine while it runs well, 10 minutes or more, with the microphone where it will stay. Put the WAV files into one folder.");
  ImGui::Spacing();
  ImGui::TextUnformatted("2. Let Auscult learn from them, in a terminal:");
  draw_command(context, "auscult train RECORDINGS -o my-machine.safetensors");
  ImGui::Spacing();
  ImGui::TextUnformatted("3. Listen with the new model:");
  draw_command(context, "auscult-gui my-machine.safetensors");
  ImGui::PopTextWrapPos();
  ImGui::Spacing();
  if (ImGui::Button("Close", {90 * context.scale, 0})) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace

void open_recording(PanelContext& context, const std::filesystem::path& path) {
  if (auto file = AudioFileReader::open(path); !file) {
    context.view.notice = to_message(file.error());
    return;
  }
  context.view.notice.clear();
  context.session.start({"", path});
}

void draw_dialogs(PanelContext& context) {
  if (std::exchange(context.view.open_recording, false)) ImGui::OpenPopup(kRecordingDialog);
  if (std::exchange(context.view.show_teaching, false)) ImGui::OpenPopup(kTeachingDialog);
  draw_recording_dialog(context);
  draw_teaching_dialog(context);
}

}  // namespace auscult::gui
