// The few questions that the window asks: which recording to open.
#include <cstdlib>
#include <utility>

#include "auscult/audio/audio_file.h"
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kRecordingDialog = "Open a recording";

}  // namespace

std::filesystem::path expanded(std::string path) {
  while (!path.empty() && (path.back() == ' ' || path.back() == '\n')) path.pop_back();
  if (path.starts_with("file://")) path = path.substr(7);
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home) path = home + path.substr(1);
  return path;
}

namespace {

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
  draw_recording_dialog(context);
  draw_learn(context);
}

}  // namespace auscult::gui
