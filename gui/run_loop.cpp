#include "gui/run_loop.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include <imgui.h>

#include "app/places.h"
#include "audio/audio_file.h"
#include "audio/player.h"
#include "base/detached_command.h"
#include "base/log.h"
#include "events/event.h"
#include "gui/actions.h"
#include "gui/alerts.h"
#include "gui/frame_times.h"
#include "gui/learn/recent_levels.h"
#include "gui/platform.h"
#include "gui/settings_keeper.h"
#include "gui/window.h"
#include "monitor/mismatch.h"

namespace auscult::gui {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSlowestSeconds = 0.1;  // between pictures while sound is shown, however expensive they are
constexpr double kIdleSeconds = 0.25;    // between checks for news when nothing moves
constexpr double kStillSeconds = 1.0;    // between pictures when nothing changes
constexpr double kLookSeconds = 0.004;   // between checks for something new once a picture is due
constexpr double kCompareSeconds = 2.0;  // between checks whether the input still matches the model
constexpr double kRetrySeconds = 2.0;    // between attempts to open a missing input
constexpr int kFramesAfterInput = 4;     // Dear ImGui shows the effect of an input up to this many frames later

volatile std::sig_atomic_t g_interrupted = 0;

// The first signal closes the window; a second Ctrl-C ends the process at once. A closed terminal or session sends
// several signals, which must not cut short what the first one began.
extern "C" void on_interrupt(int number) {
  g_interrupted = 1;
  if (number == SIGINT) std::signal(number, SIG_DFL);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The model used last, so that a learned machine is monitored again after a restart. A missing or damaged one is
// skipped, down to the demo model.
std::filesystem::path first_model(const RunOptions& options, const std::filesystem::path& demo,
                                  const Settings& settings) {
  if (!options.model.empty()) return options.model;
  for (const std::string& path : settings.recent_models)
    if (load_model(path)) return path;
  return demo;
}

// The input used last, unless the command line names one.
SourceSpec first_source(SourceSpec asked, const Settings& settings) {
  if (asked.live() && asked.device.empty()) asked.device = settings.device;
  return asked.live() ? input_named(settings, asked.device) : asked;
}

// Decides whether another picture is due, and how long to sleep until then.
class Pace {
 public:
  void set_rate(int frames_per_second) { frame_seconds_ = 1.0 / frames_per_second; }
  double until_next(bool active) const {
    const bool fast = active || pending_ > 0;
    // Overdue: nothing new has arrived yet. Check again soon, but do not spin.
    return std::max(fast ? kLookSeconds : frame_seconds_,
                    (fast ? period() : kIdleSeconds) - seconds_since(last_start_));
  }
  void input() { pending_ = kFramesAfterInput; }
  bool due(bool news) const {
    const double age = seconds_since(last_start_);
    return age >= (news || pending_ > 0 ? period() : kStillSeconds);
  }
  void begin() { last_start_ = Clock::now(); }
  void end() {
    if (pending_ > 0) --pending_;
    const double cost = seconds_since(last_start_);
    times_.add(cost);
    cost_ += 0.1 * (cost - cost_);
    ++frames_;
    if (const double window = seconds_since(window_start_); window >= 1.0) {
      rate_ = frames_ / window;
      frames_ = 0;
      window_start_ = Clock::now();
    }
  }
  double rate() const { return rate_; }
  const FrameTimes& times() const { return times_; }

 private:
  // Slower if a picture is expensive (no graphics hardware, a huge screen), because listening needs the processor more.
  // Slightly shorter than a frame, so that a hop that arrives in time is not delayed to the next check.
  double period() const {
    return std::clamp(1.5 * cost_, 0.95 * frame_seconds_, std::max(kSlowestSeconds, frame_seconds_));
  }

  double frame_seconds_ = 1.0 / 30.0;
  Clock::time_point last_start_ = Clock::now() - std::chrono::seconds(1), window_start_ = Clock::now();
  int pending_ = kFramesAfterInput;
  FrameTimes times_;
  double cost_ = 0.0, frames_ = 0.0, rate_ = 0.0;
};

// A log of what happened, one line each at level debug (AUSCULT_LOG=debug): for support, and for tests of the real
// window.
class Diary {
 public:
  void note(const AppState& state, const ViewState& view, KeyOwner owner) {
    if (!log_enabled(LogLevel::debug)) return;
    static constexpr const char* kOwners[] = {"plots", "window", "widget", "text"};
    std::string windows;
    for (const std::string& title : view.windows) windows += (windows.empty() ? "" : ", ") + title;
    note(windows_, "windows: " + windows);
    note(keys_, std::string("keys: ") + kOwners[static_cast<int>(owner)]);
    note(shown_, std::string("shown: ") + (!view.notice.empty()    ? "a notice"
                                           : !view.message.empty() ? "a message"
                                                                   : "nothing"));
    if (view.events.model && view.events.model->selected())
      note(verdict_, std::string("verdict: ") + words_for(view.events.model->selected()->verdict));
    if (!view.message.empty()) note(message_, "message: " + view.message);
    if (!view.notice.empty()) note(notice_, "notice: " + view.notice);
    if (!view.batch.list.files().empty())
      note(batch_, "recordings: " + std::to_string(view.batch.list.done()) + " of " +
                       std::to_string(view.batch.list.files().size()));
    note(phase_, std::string("phase: ") + to_string(state.phase()));
    note(state_, "state: " + state.words().headline);
    if (state.model()) note(model_, "model: " + state.model()->name);
    note(banner_, "banner: " + state.banner().title);
    note(threshold_, "threshold: " + std::to_string(state.threshold()));
    note(frozen_, state.frozen() ? "view: frozen" : state.following() ? "view: following" : "view: moved");
    note(events_, "events: " + std::to_string(state.events().size()));
    if (!state.events().empty())
      note(event_, "event begins at " + std::to_string(state.events().back().start_s) + " s");
    note(lost_, "lost: " + std::to_string(state.status().health.lost));
    if (!state.live().empty()) note(sound_, "sound: arrives");
  }

 private:
  static void note(std::string& last, std::string line) {
    if (line == last) return;
    log(LogLevel::debug, line);
    last = std::move(line);
  }
  std::string model_, phase_, state_, banner_, threshold_, frozen_, events_, event_, lost_, sound_, shown_, verdict_,
      windows_, keys_, message_, notice_, batch_;
};

class Application {
 public:
  Application(const RunOptions& options, const std::filesystem::path& demo, Platform& platform)
      : options_(options),
        platform_(platform),
        keeper_(default_settings_file()),
        session_(first_model(options, demo, settings_), first_source(options.source, settings_)) {
    add_commands(commands_, {state_, session_, view_, settings_, platform_, left_});
    apply(settings_);
    view_.notice = keeper_.notice();
  }

  Status loop() {
    while (!platform_.should_close() && g_interrupted == 0 && !left_) {
      const bool active = state_.phase() == Phase::running && !state_.frozen() && !platform_.minimised();
      // A minimized window draws nothing, so alarms, the list of events and the disk can wait longer.
      if (platform_.wait(platform_.minimised() ? kIdleSeconds : pace_.until_next(active))) pace_.input();
      news_ = session_.update(state_) || news_;
      news_ = view_.batch.job.update(view_.batch.list) || news_;
      if (session_.model_error()) return tl::unexpected(*session_.model_error());
      handle_input();
      keep_settings();
      raise_alerts();
      look_for_input();
      look_for_mismatch();
      diary_.note(state_, view_, key_owner());
      if (platform_.minimised() && !picture_due()) continue;
      if (!picture_due() && !pace_.due(news_ && (!state_.frozen() || view_.batch.open))) continue;
      AUSCULT_TRY(draw());
    }
    return {};
  }
  bool shut_down() {
    keeper_.finish(settings_);
    const auto ms = [this](double share) { return std::to_string(1000.0 * pace_.times().quantile(share)) + " ms"; };
    log(LogLevel::debug, "pictures: median " + ms(0.5) + ", 95 % within " + ms(0.95) + ", of the last " +
                             std::to_string(pace_.times().count()));
    const bool silent = alarm_player_.close(std::chrono::milliseconds(500));
    return session_.shut_down() && silent;
  }

 private:
  bool picture_due() const { return options_.screenshot && seconds_since(opened_) >= options_.screenshot_after; }

  Status draw() {
    const bool picture = picture_due();
    pace_.begin();
    platform_.begin_frame();
    view_.frames_per_second = pace_.rate();
    PanelContext context = panel_context();
    draw_window(context);
    const auto asked = std::exchange(view_.picture, std::nullopt);
    Status written = platform_.end_frame(picture ? options_.screenshot : asked);
    tell_unavailable_characters();
    if (asked && !picture) {
      if (written)
        view_.message = "A picture of the window was saved as " + asked->string() + ".";
      else
        view_.notice = to_message(written.error());
      pace_.end();
      return {};
    }
    pace_.end();
    news_ = false;
    left_ = left_ || picture;
    return written;
  }

  void tell_unavailable_characters() {
    const std::u16string characters = platform_.take_unavailable_characters();
    if (characters.empty()) return;
    char code[16];
    std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(characters.front()));
    log(LogLevel::warning, std::string("no font has the character ") + code + "; it is shown as ?");
    if (std::exchange(told_of_fonts_, true)) return;
    view_.message =
        "Some characters are shown as ?, because no font of this computer has them. Install one that does, for "
        "example fonts-noto-cjk for Chinese, Japanese and Korean, and start again.";
  }

  PanelContext panel_context() {
    return {state_, session_, view_, platform_.fonts(), commands_, settings_, platform_.scale()};
  }

  // Refers to the picture that the user saw when pressing the key.
  KeyOwner key_owner() const {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.WantTextInput || view_.dialog_before) return KeyOwner::text;
    if (!io.NavActive || view_.main_focused) return KeyOwner::plots;
    return io.NavVisible ? KeyOwner::widget : KeyOwner::window;
  }

  void handle_input() {
    const KeyOwner owner = key_owner();
    for (const auto& [press, repeated] : platform_.take_key_presses()) commands_.press(press, owner, repeated);
    if (!ImGui::IsAnyMouseDown()) state_.settle_threshold();
    const auto dropped = platform_.take_dropped_files();
    if (dropped.empty()) return;
    PanelContext context = panel_context();
    open_paths(context, dropped);
  }

  void apply(const Settings& settings) {
    platform_.set_user_scale(static_cast<float>(settings.scale));
    state_.set_view_seconds(settings.view_seconds);
    if (settings.automatic_db) return;
    view_.linear_range.set(settings.linear_db);
    view_.mel_range.set(settings.mel_db);
  }

  // Copies the user's changes into the settings, which are written shortly after the last change.
  void keep_settings() {
    settings_.scale = static_cast<double>(platform_.user_scale());
    settings_.view_seconds = state_.view().end - state_.view().begin;
    settings_.automatic_db = view_.linear_range.automatic() && view_.mel_range.automatic();
    if (!settings_.automatic_db) {
      settings_.linear_db = view_.linear_range.range();
      settings_.mel_db = view_.mel_range.range();
    }
    // An input named on the command line applies to this run only.
    if (session_.source().live() && session_.source().device != first_device_)
      settings_.device = first_device_ = session_.source().device;
    if (state_.model() && !state_.model()->demo && state_.model()->path != model_in_use_) {
      model_in_use_ = state_.model()->path;
      remember(settings_.recent_models, model_in_use_);
    }
    pace_.set_rate(settings_.frames_per_second);
    if (settings_.theme != theme_) {
      theme_ = settings_.theme;
      platform_.set_brightness(brightness_of(settings_.theme));
    }
    keeper_.keep(settings_);
    if (auto failed = keeper_.failure()) view_.notice = "The settings could not be saved: " + *failed;
  }

  void raise_alerts() {
    if (const std::string problem = alerts_.update(state_, settings_); !problem.empty()) view_.notice = problem;
  }

  void look_for_mismatch() {
    if (seconds_since(compared_) < kCompareSeconds || !session_.model() || state_.phase() != Phase::running) return;
    compared_ = Clock::now();
    // A machine that has just been switched off is quiet for another reason.
    const bool off = state_.status().state == AlarmState::not_running;
    const auto found =
        mismatches(*session_.model(), state_.status().source, off ? std::nullopt : recent_level(state_.live()));
    // A machine that stands still may well be silent.
    const std::vector<OddSound> odd = off ? std::vector<OddSound>{} : state_.status().odd;
    if (!found.empty())
      state_.set_mismatch(found.front().title, found.front().advice);
    else
      odd.empty() ? state_.set_mismatch("", "") : state_.set_mismatch(odd.front().title, odd.front().advice);
  }

  // A microphone may be plugged in at any time.
  void look_for_input() {
    const bool missing =
        state_.phase() == Phase::failed && state_.source().live && state_.error() &&
        (state_.error()->code == ErrorCode::device_unavailable || state_.error()->code == ErrorCode::device_lost);
    if (!missing || seconds_since(looked_) < kRetrySeconds) return;
    looked_ = Clock::now();
    session_.retry();
  }

  const RunOptions& options_;
  Platform& platform_;
  SettingsKeeper keeper_;
  Settings settings_ = keeper_.settings();
  AppState state_;
  ViewState view_;
  Session session_;
  Commands commands_;
  Player alarm_player_;
  Alerts alerts_{[](const std::vector<std::string>& argv, const std::string& json) {
                   return run_detached(argv, {{"AUSCULT_EVENT", json}});
                 },
                 [this](std::vector<float> samples, int rate) { alarm_player_.start(std::move(samples), rate, 1); },
                 [this](Event event) {
                   event.source = state_.source().label;
                   return to_json(event);
                 }};
  std::filesystem::path model_in_use_;
  std::string first_device_ = session_.source().device;
  Clock::time_point looked_ = Clock::now(), compared_ = Clock::now();
  bool told_of_fonts_ = false;
  Pace pace_;
  Diary diary_;
  Clock::time_point opened_ = Clock::now();
  std::optional<ThemeChoice> theme_;
  bool news_ = true, left_ = false;
};

}  // namespace

Result<Outcome> run(const RunOptions& options) {
  // Checks everything that can fail without a window before one opens.
  // A pipe can be read only once.
  if (!options.source.live() && !options.source.stream()) AUSCULT_TRY(AudioFileReader::open(options.source.recording));
  std::filesystem::path demo;  // used if there is no other model
  if (options.model.empty()) {
    AUSCULT_TRY_ASSIGN(demo, demo_model_file());
  }
  AUSCULT_TRY_ASSIGN(const auto platform, Platform::open({.scale = options.scale}));
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  if (std::signal(SIGHUP, on_interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // nohup
  Application application(options, demo, *platform);
  const Status status = application.loop();
  const bool ended = application.shut_down();
  AUSCULT_TRY(status);
  const Outcome outcome = g_interrupted != 0 ? Outcome::interrupted : Outcome::closed;
  return ended ? outcome : Outcome::input_hangs;
}

}  // namespace auscult::gui
