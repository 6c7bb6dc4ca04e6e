// The window's panels, one file each. A panel reads the state, draws itself where the layout (window.cpp) placed it,
// and turns user input into commands to state and session. Thread rule: UI thread, inside a frame.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "gui/app_state.h"
#include "gui/batch/score_job.h"
#include "gui/batch/score_view.h"
#include "gui/commands.h"
#include "gui/panels/events_view.h"
#include "gui/panels/learn_view.h"
#include "gui/platform.h"
#include "gui/plot/auto_range.h"
#include "gui/plot/colormap.h"
#include "gui/plot/spectrogram_texture.h"
#include "gui/plot/time_plot.h"
#include "gui/session.h"
#include "gui/settings.h"

namespace auscult::gui {

/// Drawing state that lives as long as the window.
struct ViewState {
  SpectrogramTexture linear{Spectrum::linear}, mel{Spectrum::mel};
  DecibelRange linear_range, mel_range;
  std::optional<double> cursor_time;                ///< stream time under the pointer, from the previous frame
  std::optional<double> next_cursor_time;           ///< being determined in this frame
  bool open_recording = false, open_model = false;  ///< ask for the path next
  bool path_dropped = false;                        ///< a dropped file has answered the dialog: close it
  bool show_teaching = false;                       ///< open the panel for training next
  LearnView learn;
  EventsView events;
  char recording_path[1024] = "", model_path[1024] = "";
  double frames_per_second = 0.0;
  std::set<std::string> windows, windows_before;  ///< shown in this frame and in the previous one
  bool main_focused = true;                       ///< no separate window has the keyboard focus
  bool dialog_before = false;                     ///< a dialog or list was open in the previous frame
  std::string notice;                             ///< why the user's last action failed
  std::string message;                            ///< its result, if it did not
  bool show_help = false, show_palette = false;
  struct Palette {
    char text[64] = "";
    int index = 0;
  } palette;
  struct Batch {
    bool open = false;
    ScoreList list;
    ScoreView shown;  ///< cached views of the list
    ScoreJob job;
    ScoreOrder order = ScoreOrder::score;
    std::optional<double> threshold;  ///< nothing: the model's
    char path[1024] = "";
    std::string problem;
  } batch;
  struct Workbench {
    bool open = false;
    EventPolicy policy, previewed;
    const Model* policy_of = nullptr;  ///< model whose policy is being edited
    std::vector<Detection> preview;
    std::int64_t previewed_column = -1;
    const Model* model = nullptr;  ///< `rate` is this model's at the threshold `rate_of`
    double rate_of = -1.0, rate = 0.0;
  } workbench;
  bool show_settings = false;                    ///< open them next
  bool pick_device = false;                      ///< open the list of inputs next
  InputTuning input_tuning;                      ///< being edited there
  double input_changed_at = -1e9;                ///< stream time of the last change of gain or channel
  std::optional<std::filesystem::path> picture;  ///< write the next picture here
};

struct PanelContext {
  AppState& state;
  Session& session;
  ViewState& view;
  const Fonts& fonts;
  const Commands& commands;
  Settings& settings;
  float scale = 1.0F;
  PlotStyle plot_style() const { return {.scale = scale, .font = fonts.small}; }
};

void draw_top_bar(PanelContext& context);
void draw_banner(PanelContext& context);
void draw_level_history(PanelContext& context, float height);
void draw_spectrogram(PanelContext& context, Spectrum spectrum, float height);
void draw_energy_trace(PanelContext& context, std::size_t detector, float height);
/// One line that folds and unfolds the energies of the other detectors, and its height.
void draw_energies_fold(PanelContext& context);
float energies_fold_height(const PanelContext& context);
void draw_fused_score(PanelContext& context, float height);
void draw_alarm(PanelContext& context);
void draw_why(PanelContext& context);
void draw_level_meter(PanelContext& context);
void draw_threshold(PanelContext& context);
/// The short list next to the plots, and the window with the whole list if it is open.
void draw_events(PanelContext& context);
void add_event_commands(Commands& commands, ViewState& view);
void draw_health(PanelContext& context);
/// Asks for a recording's or a model's path.
void draw_dialogs(PanelContext& context);
/// Records, trains, saves. Draws nothing while closed and idle.
void draw_learn(PanelContext& context);
/// Recordings scored in the background, and what their labels say about the threshold.
void draw_batch(PanelContext& context);
/// A recording is played, a model is used from now on; folders, several files and CSV files of scores open the list of
/// recordings.
void open_paths(PanelContext& context, const std::vector<std::filesystem::path>& paths);
void draw_settings(PanelContext& context);
/// Threshold, false alarms per hour, preview of alarms, and saving them.
void draw_workbench(PanelContext& context);
/// The table of inputs, if it is open.
void draw_devices(PanelContext& context);
/// The list of keys, and the command palette, if they are open.
void draw_command_panels(PanelContext& context);

/// An input with the user's settings for it.
SourceSpec input_named(const Settings& settings, const std::string& device);
/// Plays a recording if it can be read; otherwise leaves a notice.
void open_recording(PanelContext& context, const std::filesystem::path& path);
/// Continues with another model. If that cannot be read, nothing changes and a notice is shown.
void open_model(PanelContext& context, const std::filesystem::path& path);

// Shared by panels.
/// Whether a separate window may be drawn now: a new one waits until dialogs are closed, because Dear ImGui cannot
/// place it under them.
bool may_show(PanelContext& context, const char* title);
/// The next window or dialog appears in the center, or at this share of the height.
void centre_next_window(float y_share = 0.5F);
/// A button that closes a dialog, as Escape does. True if the dialog should close.
bool close_button(const PanelContext& context, const char* label = "Close");
/// The entries of an open list of color maps.
void draw_colour_maps(PanelContext& context);
/// A path as a user types or pastes it: with ~, file:// or trailing blanks.
std::filesystem::path expanded(std::string path);
void tooltip(const PanelContext& context, const char* text);  ///< for the previous item
void heading(const PanelContext& context, const char* text, const char* help);
void note_cursor(PanelContext& context, const TimePlot& plot);
void begin_value_tooltip(const PanelContext& context,
                         const TimePlot& plot);  ///< followed by text and ImGui::EndTooltip()
void draw_sign(Sign sign, ImVec2 centre, float radius, ImU32 colour);
/// Gaps and alarms behind a trace, the cursor in front of it.
void draw_marks(const PanelContext& context, const TimePlot& plot);

}  // namespace auscult::gui
