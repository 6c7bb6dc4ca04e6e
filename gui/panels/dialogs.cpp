// The dialogs that ask for a recording or a model.
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "audio/audio_file.h"
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kRecordingDialog = "Open a recording";
constexpr const char* kModelDialog = "Open a model";

}  // namespace

std::filesystem::path expanded(std::string path) {
  while (!path.empty() && (path.back() == ' ' || path.back() == '\n')) path.pop_back();
  if (path.starts_with("file://")) path = path.substr(7);
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home) path = home + path.substr(1);
  return path;
}

namespace {

// A path that was typed, pasted or chosen from the recent ones; nothing until then.
std::optional<std::filesystem::path> draw_path_dialog(const PanelContext& context, const char* title,
                                                      const char* question, char (&typed)[1024],
                                                      const std::vector<std::string>& recent) {
  centre_next_window();
  std::optional<std::filesystem::path> chosen;
  if (!ImGui::BeginPopupModal(title, nullptr, ImGuiWindowFlags_AlwaysAutoResize)) return chosen;
  ImGui::TextUnformatted(question);
  ImGui::SetNextItemWidth(560 * context.scale);
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  const bool entered = ImGui::InputText("##path", typed, sizeof typed,
                                        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
  for (const std::string& path : recent) {
    ImGui::PushID(path.c_str());
    if (ImGui::Selectable(shorten(path, 80).c_str())) chosen = path;
    ImGui::PopID();
  }
  const bool pressed = ImGui::Button("Open", {90 * context.scale, 0});
  ImGui::SameLine();
  const bool cancelled = close_button(context, "Cancel");
  if ((entered || pressed) && typed[0] != '\0') chosen = expanded(typed);
  if (entered || pressed || cancelled || chosen || context.view.path_dropped) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  return chosen;
}

}  // namespace

void open_recording(PanelContext& context, const std::filesystem::path& path) {
  if (auto file = AudioFileReader::open(path); !file) {
    context.view.notice = to_message(file.error());
    return;
  }
  context.view.notice.clear();
  remember(context.settings.recent_recordings, path);
  context.session.start({"", path});
}

void open_model(PanelContext& context, const std::filesystem::path& path) {
  context.session.use_model(path);
}

void draw_dialogs(PanelContext& context) {
  if (std::exchange(context.view.open_recording, false)) ImGui::OpenPopup(kRecordingDialog);
  if (std::exchange(context.view.open_model, false)) ImGui::OpenPopup(kModelDialog);
  if (const auto path = draw_path_dialog(context, kRecordingDialog,
                                         "Path of a WAV, FLAC, Ogg or AIFF file (or drop the file on the window):",
                                         context.view.recording_path, context.settings.recent_recordings))
    open_recording(context, *path);
  if (const auto path = draw_path_dialog(context, kModelDialog, "Path of an Auscult model (.safetensors):",
                                         context.view.model_path, context.settings.recent_models))
    open_model(context, *path);
  context.view.path_dropped = false;
}

}  // namespace auscult::gui
