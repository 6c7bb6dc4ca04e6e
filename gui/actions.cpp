#include "gui/actions.h"

#include <algorithm>

#include <imgui.h>

#include "base/atomic_file.h"
#include "base/xdg.h"
#include "gui/export.h"

namespace auscult::gui {
namespace {

constexpr KeyPress control(int key) {
  return {.key = key, .control = true};
}
constexpr KeyPress shift(int key) {
  return {.key = key, .shift = true};
}

void export_view(ViewState& view, const AppState& state) {
  const std::filesystem::path file = dated_file(export_folder(), ".csv");
  if (const Status written = write_file_atomically(file, view_csv(state)); !written) {
    view.notice = to_message(written.error());
  } else {
    view.message = "The values in view were written to " + file.string() + ".";
  }
}

// Shifts the lower and the upper end of both color scales by so many dB.
std::function<void()> move_colours(ViewState& view, double low, double high) {
  return [&view, low, high] {
    for (DecibelRange* range : {&view.linear_range, &view.mel_range})
      range->set({range->range().low + low, range->range().high + high});
  };
}

void add_view_commands(Commands& commands, const Actors& a) {
  const char* group = "View";
  const auto view_part = [&state = a.state](double share) { return share * (state.view().end - state.view().begin); };
  commands.add({"freeze", "Freeze the display; listening continues", group, {{key::kSpace}}, [&s = a.state] {
                  s.toggle_freeze();
                }});
  commands.add({"follow", "Follow the newest sound", group, {{key::kEnd}}, [&s = a.state] { s.follow(); }});
  commands.add(
      {"oldest", "Go to the oldest sound in memory", group, {{key::kHome}}, [&s = a.state] { s.pan_time(-1e9); }});
  commands.add({"back",
                "Move back in time",
                group,
                {{key::kLeft}},
                [=, &s = a.state] { s.pan_time(-view_part(0.1)); },
                {},
                Command::Held::repeats});
  commands.add({"forward",
                "Move forward in time",
                group,
                {{key::kRight}},
                [=, &s = a.state] { s.pan_time(view_part(0.1)); },
                {},
                Command::Held::repeats});
  commands.add({"page_back",
                "Move back one screen",
                group,
                {{key::kPageUp}},
                [=, &s = a.state] { s.pan_time(-view_part(0.9)); },
                {},
                Command::Held::repeats});
  commands.add({"page_forward",
                "Move forward one screen",
                group,
                {{key::kPageDown}},
                [=, &s = a.state] { s.pan_time(view_part(0.9)); },
                {},
                Command::Held::repeats});
  commands.add({"shorter",
                "Zoom in on the time axis",
                group,
                {{key::kUp}},
                [&s = a.state, &v = a.view] { s.zoom_time(0.8, v.cursor_time); },
                {},
                Command::Held::repeats});
  commands.add({"longer",
                "Zoom out on the time axis",
                group,
                {{key::kDown}},
                [&s = a.state, &v = a.view] { s.zoom_time(1.25, v.cursor_time); },
                {},
                Command::Held::repeats});
  commands.add({"colours", "Next color map for the spectrograms", group, {{'C'}}, [&s = a.settings] {
                  const auto at = std::find(kColormaps.begin(), kColormaps.end(), s.colours);
                  s.colours = at + 1 == kColormaps.end() ? kColormaps.front() : *(at + 1);
                }});
  commands.add({"energies", "Fold or unfold the energies of the other detectors", group, {{'D'}}, [&s = a.settings] {
                  s.all_energies = !s.all_energies;
                }});
  commands.add({"theme", "Dark or light theme", group, {{'T'}}, [&s = a.settings] {
                  s.theme = brightness_of(s.theme) == Brightness::dark ? ThemeChoice::light : ThemeChoice::dark;
                }});
  commands.add({"automatic_db", "Color scale: automatic range", group, {{'A'}}, [&v = a.view] {
                  v.linear_range.set_automatic();
                  v.mel_range.set_automatic();
                }});
  commands.add({"quieter_colours",
                "Color scale: quieter",
                group,
                {shift(key::kDown)},
                move_colours(a.view, -3.0, -3.0),
                {},
                Command::Held::repeats});
  commands.add({"louder_colours",
                "Color scale: louder",
                group,
                {shift(key::kUp)},
                move_colours(a.view, 3.0, 3.0),
                {},
                Command::Held::repeats});
  commands.add({"less_contrast",
                "Color scale: wider range",
                group,
                {shift(key::kLeft)},
                move_colours(a.view, -3.0, 3.0),
                {},
                Command::Held::repeats});
  commands.add({"more_contrast",
                "Color scale: narrower range",
                group,
                {shift(key::kRight)},
                move_colours(a.view, 3.0, -3.0),
                {},
                Command::Held::repeats});
  commands.add({"larger",
                "Larger text and controls",
                group,
                {control('='), control(key::kPadPlus), KeyPress{.key = '=', .control = true, .shift = true}},
                [&p = a.platform] { p.set_user_scale(p.user_scale() * 1.1F); }});
  commands.add(
      {"smaller", "Smaller text and controls", group, {control('-'), control(key::kPadMinus)}, [&p = a.platform] {
         p.set_user_scale(p.user_scale() / 1.1F);
       }});
  commands.add({"normal_size", "Reset the size", group, {control('0'), control(key::kPadZero)}, [&p = a.platform] {
                  p.set_user_scale(1.0F);
                }});
}

void add_listening_commands(Commands& commands, const Actors& a) {
  const char* group = "Listening";
  const auto runs = [&s = a.state] { return s.phase() == Phase::running || s.phase() == Phase::starting; };
  commands.add({"start_stop",
                "Start or stop listening",
                group,
                {control('R')},
                [=, &session = a.session] { runs() ? session.stop() : session.start(); },
                [&s = a.state] { return s.phase() != Phase::loading && s.phase() != Phase::stopping; }});
  commands.add({"device", "Choose the input", group, {control('D')}, [&v = a.view] { v.pick_device = true; }});
  commands.add({"open", "Open a recording", group, {control('O')}, [&v = a.view] { v.open_recording = true; }});
  commands.add({"model", "Open a model", group, {control('M')}, [&v = a.view] { v.open_model = true; }});
  commands.add({"recordings", "Score recordings and compare with their labels", group, {control('B')}, [&v = a.view] {
                  v.batch.open = !v.batch.open;
                }});
  commands.add({"demo",
                "Play the demo recording",
                group,
                {},
                [&session = a.session] {
                  if (const auto recording = shipped_file("assets/demo.flac")) session.start({"", *recording});
                },
                [] { return shipped_file("assets/demo.flac").has_value(); }});
  commands.add({"learn", "Learn this machine", group, {control('L')}, [&v = a.view] { v.show_teaching = true; }});
}

void add_threshold_commands(Commands& commands, const Actors& a) {
  const char* group = "Threshold";
  const auto move = [&s = a.state](double by) { s.set_threshold(s.threshold() + by); };
  commands.add({"tune", "Tune the threshold: false alarms per hour, preview, saving", group, {{'W'}}, [&v = a.view] {
                  v.workbench.open = !v.workbench.open;
                }});
  commands.add({"keener",
                "Lower the threshold: detect smaller changes",
                group,
                {{'['}},
                [=] { move(-0.1); },
                {},
                Command::Held::repeats});
  commands.add({"calmer",
                "Raise the threshold: fewer false alarms",
                group,
                {{']'}},
                [=] { move(0.1); },
                {},
                Command::Held::repeats});
  commands.add(
      {"own_threshold", "Reset to the model's threshold", group, {{'\\'}}, [&s = a.state] { s.reset_threshold(); }});
  commands.add({"undo",
                "Undo the threshold change",
                group,
                {control('Z')},
                [&s = a.state] { s.undo_threshold(); },
                [&s = a.state] { return s.threshold_history().can_undo(); },
                Command::Held::repeats});
  commands.add({"redo",
                "Redo the threshold change",
                group,
                {control('Y'), KeyPress{.key = 'Z', .control = true, .shift = true}},
                [&s = a.state] { s.redo_threshold(); },
                [&s = a.state] { return s.threshold_history().can_redo(); },
                Command::Held::repeats});
}

void add_program_commands(Commands& commands, const Actors& a) {
  const char* group = "Program";
  commands.add(
      {"help", "Show all keys", group, {{key::kF1}, shift('/')}, [&v = a.view] { v.show_help = !v.show_help; }});
  commands.add({"palette",
                "Find a command by name",
                group,
                {KeyPress{.key = 'P', .control = true, .shift = true}, control('K')},
                [&v = a.view] { v.show_palette = true; }});
  commands.add({"dismiss",
                "Dismiss the message",
                group,
                {{key::kEscape}},
                [&v = a.view] { (v.notice.empty() ? v.message : v.notice).clear(); },
                [&v = a.view] { return !v.notice.empty() || !v.message.empty(); }});
  commands.add({"picture", "Save a screenshot of the window", group, {{key::kF12}}, [&v = a.view] {
                  v.picture = dated_file(export_folder(), ".png");
                }});
  commands.add({"export", "Save the values in view as CSV", group, {control('E')}, [&v = a.view, &s = a.state] {
                  export_view(v, s);
                }});
  commands.add({"diagnostics",
                "Copy diagnostics for a support request",
                group,
                {KeyPress{.key = 'C', .control = true, .shift = true}},
                [&v = a.view, &s = a.state] {
                  ImGui::SetClipboardText(diagnostics(s).c_str());
                  v.message = "Diagnostics for this session were copied; paste them into your support request.";
                }});
  commands.add({"settings", "Settings", group, {control(',')}, [&v = a.view] { v.show_settings = true; }});
  commands.add({"quit", "Leave", group, {control('Q')}, [&leave = a.leave] { leave = true; }});
}

}  // namespace

void add_commands(Commands& commands, const Actors& actors) {
  add_listening_commands(commands, actors);
  add_view_commands(commands, actors);
  add_threshold_commands(commands, actors);
  add_event_commands(commands, actors.view);
  add_program_commands(commands, actors);
}

}  // namespace auscult::gui
