// Training a model in three steps: record, train, review and save. Not modal: the plots remain visible, and the panel
// can be hidden while it works.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "gui/learn/recent_levels.h"
#include "gui/panels/learn_view.h"
#include "gui/panels/panels.h"
#include "gui/robot.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr const char* kTitle = "Learn this machine";
constexpr std::size_t kHintSeconds = 15;  // live hints cover this many seconds

bool button(const char* label, bool enabled = true) {
  ImGui::BeginDisabled(!enabled);
  const bool pressed = ImGui::Button(label);
  ImGui::EndDisabled();
  note_widget(label, enabled);
  return pressed;
}

enum class Weight { plain, muted };

void paragraph(const PanelContext& context, const std::string& text, Weight weight = Weight::plain) {
  const bool muted = weight == Weight::muted;
  ImGui::PushTextWrapPos(0.0F);
  if (muted) ImGui::PushFont(context.fonts.small);
  if (muted)
    ImGui::TextDisabled("%s", text.c_str());
  else
    ImGui::TextUnformatted(text.c_str());
  if (muted) ImGui::PopFont();
  ImGui::PopTextWrapPos();
}

void strip(const PanelContext& context, Tone tone, const std::string& title, const std::string& text) {
  const float s = context.scale, left = 34 * s, wrap = ImGui::GetContentRegionAvail().x - left - 8 * s;
  ImFont *bold = context.fonts.bold, *small = context.fonts.small;
  const float title_height = bold->CalcTextSizeA(bold->FontSize, 1e6F, wrap, title.c_str()).y;
  const float height = title_height + small->CalcTextSizeA(small->FontSize, 1e6F, wrap, text.c_str()).y + 12 * s;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled(at, {at.x + ImGui::GetContentRegionAvail().x, at.y + height}, tone_background(tone), 4 * s);
  draw_sign(tone == Tone::good   ? Sign::check
            : tone == Tone::info ? Sign::info
                                 : Sign::warning,
            {at.x + left / 2, at.y + height / 2}, 9 * s, tone_colour(tone));
  draw->AddText(bold, bold->FontSize, {at.x + left, at.y + 5 * s}, ImGui::GetColorU32(ImGuiCol_Text), title.c_str(),
                nullptr, wrap);
  draw->AddText(small, small->FontSize, {at.x + left, at.y + 6 * s + title_height}, ImGui::GetColorU32(ImGuiCol_Text),
                text.c_str(), nullptr, wrap);
  ImGui::Dummy({ImGui::GetContentRegionAvail().x, height});
}

void draw_error(const PanelContext& context, const Error& error) {
  std::string what = error.what;
  if (!what.empty()) what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
  std::string more = error.context.empty() ? "" : error.context + "\n";
  if (!error.hint.empty()) more += "What to do: " + error.hint + ".";
  strip(context, Tone::caution, what + ".", more);
}

void draw_hints(const PanelContext& context, const QualityReport& report) {
  if (report.hints.empty() && report.seconds >= 3.0)
    strip(context, Tone::good, "The sound is suitable for training.",
          "Average " + short_number(-static_cast<double>(report.typical_dbfs)) + " dB and peaks " +
              short_number(-static_cast<double>(report.peak_dbfs)) + " dB below full scale.");
  for (const QualityHint& hint : report.hints)
    strip(context, hint.serious ? Tone::bad : Tone::caution, hint.title, hint.advice);
}

std::string megabytes(double seconds) {
  return std::to_string(std::max(1L, std::lround(seconds * 0.064))) + " MB";
}

// --- step 1

void draw_kept_recording(PanelContext& context) {
  LearnJob& job = context.session.learn();
  std::error_code error;
  if (!job.recorded_here() || !std::filesystem::exists(job.folder(), error)) return;
  paragraph(context,
            format_duration(job.recording().seconds) + " of sound are stored in " + job.folder().string() + ".",
            Weight::muted);
  if (job.may_train_again()) {
    if (button("Train on this recording")) job.train();
    ImGui::SameLine();
  }
  if (button("Delete it"))
    if (const Status deleted = job.delete_recordings(); !deleted) context.view.notice = to_message(deleted.error());
}

void draw_folder_choice(PanelContext& context) {
  LearnView& view = context.view.learn;
  ImGui::TextUnformatted("Folder with WAV, FLAC or Ogg recordings of the machine in normal operation:");
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
  const bool entered =
      ImGui::InputText("##folder", view.folder, sizeof view.folder, ImGuiInputTextFlags_EnterReturnsTrue);
  note_widget("folder");
  const bool pressed = button("Train on this folder", view.folder[0] != '\0');
  if ((entered || pressed) && view.folder[0] != '\0')
    context.session.learn().use_folder(expanded(view.folder), view.machine);
  ImGui::SameLine();
  if (button("Record instead")) view.from_folder = false;
}

// Retraining failed, usually because the model's recordings are in another folder.
void draw_relearning_failed(PanelContext& context) {
  LearnView& view = context.view.learn;
  LearnJob& job = context.session.learn();
  if (job.error())
    draw_error(context, *job.error());
  else
    paragraph(context, "Training was canceled. The model is unchanged.");
  if (!job.relearning()->recordings.empty() && button("Try again")) job.relearn_again();
  paragraph(context,
            "Retraining needs the model's training recordings. They are recognized by their content, "
            "not by their names.");
  ImGui::TextUnformatted("Folder with these recordings");
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
  ImGui::InputText("##recordings", view.folder, sizeof view.folder);
  note_widget("recordings");
  if (button("Search there and train", view.folder[0] != '\0')) job.look_also_in(expanded(view.folder));
  ImGui::SameLine();
  if (!button("Keep the model unchanged")) return;
  job.reset();
  view.open = false;
}

void draw_start(PanelContext& context) {
  LearnView& view = context.view.learn;
  LearnJob& job = context.session.learn();
  if (job.relearning()) {
    draw_relearning_failed(context);
    return;
  }
  if (job.error()) draw_error(context, *job.error());
  draw_kept_recording(context);
  paragraph(context,
            "Auscult records the machine for some minutes and learns its normal sound. Run the machine under "
            "all conditions that you consider normal, and place the microphone where it will stay.");
  ImGui::TextUnformatted("Name of the machine");
  ImGui::SetNextItemWidth(260 * context.scale);
  ImGui::InputText("##machine", view.machine, sizeof view.machine);
  note_widget("machine");
  if (view.from_folder) {
    draw_folder_choice(context);
    return;
  }
  ImGui::TextUnformatted("Length of the recording");
  ImGui::SetNextItemWidth(260 * context.scale);
  ImGui::SliderInt("##minutes", &view.minutes, static_cast<int>(kLeastLearnSeconds / 60),
                   static_cast<int>(kMostLearnSeconds / 60), "%d minutes", ImGuiSliderFlags_AlwaysClamp);
  note_widget("minutes");
  paragraph(context,
            "Longer is better: " + std::to_string(view.minutes) + " minutes can confirm " +
                rate_text(60.0 / view.minutes) + " and take " + megabytes(60.0 * view.minutes) +
                " of disk space until you delete them. Nothing leaves this computer.",
            Weight::muted);
  const bool listens = context.state.phase() == Phase::running;
  const std::vector<SecondLevel> seconds = recent_seconds(context.state.live(), kHintSeconds);
  draw_seconds(context, seconds, kHintSeconds, 64 * context.scale);
  if (listens)
    draw_hints(context, assess(seconds));
  else
    strip(context, Tone::caution, "No input is open.", "Choose an input at the top left and press Start.");
  if (button("Start recording", listens)) job.record(view.machine, 60.0 * view.minutes);
  ImGui::SameLine();
  if (button("From a folder of recordings...")) view.from_folder = true;
  ImGui::SameLine();
  if (button("Close")) view.open = false;
}

void draw_recording(PanelContext& context) {
  LearnJob& job = context.session.learn();
  const RecordingStatus& recording = job.recording();
  const bool finishing = recording.state == RecordingState::finishing;
  paragraph(context, finishing ? "Writing the last seconds." : "Recording. Run the machine as usual.");
  const std::string times = format_clock(recording.seconds) + " of " + format_clock(job.target_seconds());
  ImGui::ProgressBar(static_cast<float>(recording.seconds / std::max(1.0, job.target_seconds())), {-1, 0},
                     times.c_str());
  draw_seconds(context, recording.levels, static_cast<std::size_t>(job.target_seconds()), 96 * context.scale);
  draw_hints(context, job.quality());
  paragraph(context,
            "Stored in " + job.folder().string() + ", " + std::to_string(recording.clips) +
                " clips of ten seconds so far. A crash or a power cut loses at most the last one.",
            Weight::muted);
  if (button("Stop and use the recording", job.may_finish_recording())) job.finish_recording();
  if (!job.may_finish_recording()) tooltip(context, "Training needs at least two minutes.");
  ImGui::SameLine();
  if (button("Cancel recording")) job.cancel();
  ImGui::SameLine();
  if (button("Hide")) context.view.learn.open = false;
  tooltip(context, "Recording continues.");
}

void draw_ready(PanelContext& context) {
  LearnJob& job = context.session.learn();
  if (job.error()) draw_error(context, *job.error());
  paragraph(context, "Recorded " + format_duration(job.recording().stored_seconds) + " of sound, with these problems:");
  draw_seconds(context, job.recording().levels, 0, 96 * context.scale);
  draw_hints(context, job.quality());
  if (button("Train despite the problems")) job.train();
  ImGui::SameLine();
  if (button("Record again")) {
    static_cast<void>(job.delete_recordings());
    job.record(context.view.learn.machine, 60.0 * context.view.learn.minutes);
  }
  ImGui::SameLine();
  if (button("Cancel")) job.cancel();
}

// --- step 2

void draw_training(PanelContext& context) {
  LearnJob& job = context.session.learn();
  const TrainProgress& progress = job.progress();
  paragraph(context, progress.stage() + ". Listening continues.");
  const auto left = progress.seconds_left();
  char text[96];
  std::snprintf(text, sizeof text, "%.0f %%%s%s", 100.0 * progress.fraction(), left ? ", left: " : "",
                left ? format_duration(std::max(1.0, *left)).c_str() : "");
  ImGui::ProgressBar(static_cast<float>(progress.fraction()), {-1, 0}, text);
  draw_loss_curves(context, progress.curves(), 130 * context.scale);
  paragraph(context,
            "Each line is one training of a network; the bright one is the latest. The loss (objective) is what "
            "training minimizes: how poorly the network explains the sound. Ten trainings each leave out a tenth of "
            "the recording, which is then scored as held-out sound.",
            Weight::muted);
  if (button("Cancel training")) job.cancel();
  tooltip(context, "The recording is kept.");
  ImGui::SameLine();
  if (button("Hide")) context.view.learn.open = false;
  tooltip(context, "Training continues.");
}

// --- step 3

void draw_rate_choice(PanelContext& context) {
  LearnJob& job = context.session.learn();
  const TrainingSummary& result = job.result();
  const std::string own = own_threshold_text(result);
  const auto label = [&](std::optional<std::size_t> rate) {
    return rate ? rate_text(result.held_out.rates[*rate].per_hour) : own;
  };
  ImGui::TextUnformatted("False alarms to allow");
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
  if (ImGui::BeginCombo("##rate", label(job.chosen_rate()).c_str())) {
    if (ImGui::Selectable(own.c_str(), !job.chosen_rate())) job.choose_rate(std::nullopt);
    for (std::size_t i = 0; i < result.held_out.rates.size(); ++i)
      if (ImGui::Selectable(label(i).c_str(), job.chosen_rate() == i)) job.choose_rate(i);
    ImGui::EndCombo();
  } else {
    note_widget("rate");
  }
  paragraph(
      context,
      supported_rate_text(result) + (job.chosen_rate() || result.false_alarms_per_hour >= result.held_out.finest_rate
                                         ? ""
                                         : " The cautious threshold is higher; only listening will show how rare "
                                           "false alarms are at that threshold."),
      Weight::muted);
}

// The effect of retraining on the added sound.
void draw_effects(const PanelContext& context, const TrainingSummary& result, double threshold) {
  if (result.added.empty()) return;
  const auto still = std::count_if(result.added.begin(), result.added.end(),
                                   [&](const TrainingSummary::Added& a) { return a.after && *a.after > threshold; });
  std::string list;
  for (const TrainingSummary::Added& added : result.added)
    if (added.before && added.after)
      list += std::filesystem::path(added.file).stem().string() + ": u " + short_number(*added.before) + " before, " +
              short_number(*added.after) + " now.\n";
  if (list.empty()) {
    strip(context, Tone::info, "The added sound raises no alarm: it is too short, or too quiet for a running machine.",
          "");
    return;
  }
  list.pop_back();
  strip(context, still > 0 ? Tone::caution : Tone::good,
        still > 0 ? std::to_string(still) + " of " + std::to_string(result.added.size()) +
                        " false alarms would still be raised at this threshold."
                  : "None of the false alarms would be raised now.",
        list);
}

// By default a retrained model replaces the old one.
void name_model(LearnView& view, const LearnJob& job) {
  const std::string machine = job.machine().empty() ? view.machine : job.machine();
  std::snprintf(view.name, sizeof view.name, "%s",
                (job.relearning() ? job.relearning()->model.stem().string() : file_name_for(machine)).c_str());
  view.replace = job.relearning() && job.relearning()->model == job.target(view.name);
}

void draw_review(PanelContext& context) {
  LearnView& view = context.view.learn;
  LearnJob& job = context.session.learn();
  const TrainingSummary& result = job.result();
  if (view.name[0] == '\0') name_model(view, job);
  strip(context, Tone::good,
        "Trained on " + format_duration(result.seconds_of_sound) + " of sound in " +
            format_duration(result.wall_seconds) + ".",
        "Below " + std::to_string(std::lround(result.level.off_dbfs)) +
            " dBFS the machine counts as off, and scores are not judged." +
            (!result.skipped.empty()
                 ? " " + std::to_string(result.skipped.size()) + " files could not be read and were left out."
                 : ""));
  draw_effects(context, result, job.threshold());
  ImGui::TextUnformatted("Anomaly scores of held-out normal sound");
  draw_score_histogram(context, result, job.threshold(), 130 * context.scale);
  paragraph(context,
            "Each bar counts frames of 1/30 s; heights are logarithmic. Scores that stay to the right of the line "
            "long enough raise an alarm.",
            Weight::muted);
  draw_rate_choice(context);
  ImGui::TextUnformatted("Name of the model");
  ImGui::SetNextItemWidth(260 * context.scale);
  if (ImGui::InputText("##name", view.name, sizeof view.name)) view.replace = false;
  note_widget("name");
  const bool saving = job.stage() == LearnStage::saving, taken = job.target_exists(view.name) && !saving;
  if (taken) {
    ImGui::Checkbox("Replace the model of this name", &view.replace);
    note_widget("Replace the model of this name");
  }
  // The box above already says that the name is taken.
  if (job.error() && !(taken && job.error()->code == ErrorCode::usage)) draw_error(context, *job.error());
  if (button("Save and use", !saving && view.name[0] != '\0' && (!taken || view.replace)))
    job.save(view.name, view.replace ? LearnJob::IfTaken::replace : LearnJob::IfTaken::refuse);
  ImGui::SameLine();
  if (button("Discard", !saving)) job.cancel();
  paragraph(context, "Will be saved as " + job.target(view.name).string(), Weight::muted);
}

void draw_saved(PanelContext& context) {
  LearnJob& job = context.session.learn();
  strip(context, Tone::good, "Saved. Auscult now listens with " + job.saved_model().stem().string() + ".",
        job.saved_model().string());
  if (job.recorded_here()) {
    paragraph(context, "The recording (" + format_duration(job.recording().stored_seconds) + ", " +
                           megabytes(job.recording().stored_seconds) + ") stays in " + job.folder().string() +
                           " until you delete it. It is only needed for retraining and never leaves this computer.");
    if (button("Delete the recording"))
      if (const Status deleted = job.delete_recordings(); !deleted) context.view.notice = to_message(deleted.error());
    ImGui::SameLine();
  }
  if (!button("Done")) return;
  job.reset();
  context.view.learn.open = false;
}

void draw_stage(PanelContext& context) {
  switch (context.session.learn().stage()) {
    case LearnStage::idle:
    case LearnStage::failed:
    case LearnStage::cancelled:
      draw_start(context);
      break;
    case LearnStage::recording:
      draw_recording(context);
      break;
    case LearnStage::ready:
      draw_ready(context);
      break;
    case LearnStage::training:
      draw_training(context);
      break;
    case LearnStage::review:
    case LearnStage::saving:
      draw_review(context);
      break;
    case LearnStage::saved:
      draw_saved(context);
      break;
  }
}

int step_of(LearnStage stage) {
  if (stage == LearnStage::training) return 2;
  return stage == LearnStage::review || stage == LearnStage::saving || stage == LearnStage::saved ? 3 : 1;
}

void draw_steps(const PanelContext& context, int step) {
  const char* const names[] = {"1  Record", "2  Train", "3  Review and save"};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) ImGui::SameLine(0.0F, 28 * context.scale);
    ImGui::PushFont(i + 1 == step ? context.fonts.bold : context.fonts.body);
    if (i + 1 == step)
      ImGui::TextUnformatted(names[i]);
    else
      ImGui::TextDisabled("%s", names[i]);
    ImGui::PopFont();
  }
  ImGui::Separator();
}

// Shows work that continues while the panel is closed.
void draw_put_away(PanelContext& context) {
  LearnJob& job = context.session.learn();
  std::string text;
  if (job.stage() == LearnStage::recording)
    text = "Recording " + format_clock(job.recording().seconds) + " of " + format_clock(job.target_seconds());
  if (job.stage() == LearnStage::ready) text = "The recording needs your decision";
  if (job.stage() == LearnStage::training)
    text = "Training, " + std::to_string(std::lround(100.0 * job.progress().fraction())) + " %";
  if (job.stage() == LearnStage::review) text = "Training is complete";
  if (text.empty() || !may_show(context, "##learning")) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y - 34 * context.scale}, ImGuiCond_Always, {0.5F, 1.0F});
  ImGui::Begin("##learning", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoFocusOnAppearing);
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(text.c_str());
  ImGui::SameLine();
  if (button("Show")) context.view.learn.open = true;
  ImGui::End();
}

}  // namespace

void draw_learn(PanelContext& context) {
  LearnView& view = context.view.learn;
  if (std::exchange(context.view.show_teaching, false)) {
    view.open = true;
    const LearnJob& job = context.session.learn();
    const bool over = job.stage() == LearnStage::failed || job.stage() == LearnStage::cancelled;
    // A finished job is not what the user asked for now: start with a new machine.
    if (job.stage() == LearnStage::saved || (over && job.relearning())) context.session.learn().reset();
  }
  if (const auto trouble = context.session.take_model_trouble()) context.view.notice = to_message(*trouble);
  if (context.session.learn().stage() != LearnStage::review && context.session.learn().stage() != LearnStage::saving)
    view.name[0] = '\0';
  if (!view.open) {
    draw_put_away(context);
    return;
  }
  if (!may_show(context, kTitle)) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float width = std::min(640 * context.scale, 0.95F * screen.x);
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {width, 0.95F * screen.y});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1.0F);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyleColorVec4(ImGuiCol_PopupBg));
  if (ImGui::Begin(kTitle, &view.open,
                   ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoMove |
                       ImGuiWindowFlags_NoSavedSettings)) {
    draw_steps(context, step_of(context.session.learn().stage()));
    draw_stage(context);
  }
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar();
}

}  // namespace auscult::gui
