#include "training_run.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "app/training_messages.h"
#include "app/training_summary.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/worker.h"
#include "console.h"
#include "result_file.h"

namespace auscult::cli {
namespace {

// One write per line, so that a reader never sees part of a line.
void write_line(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

// Cancels the work when standard input ends: a program that holds the other end of the pipe ends this one with it,
// however it dies. The waiting thread lives as long as the process.
void cancel_when_stdin_ends(CancelFlag& cancel) {
  const Status started = Worker::run_unattended("stdin", [&cancel] {
    char byte = 0;
    for (;;) {
      const ssize_t n = read(STDIN_FILENO, &byte, 1);
      if (n == 0 || (n < 0 && errno != EINTR)) break;
    }
    cancel.request();
  });
  if (!started) log(LogLevel::warning, to_message(started.error()));
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<std::string> warnings_of(const TrainOutcome& trained) {
  std::vector<std::string> lines = trained.sound.lines();
  for (std::string& line : trained.sound.differences(trained.model->preset.channel)) lines.push_back(std::move(line));
  if (!trained.copies.empty())
    lines.push_back(std::to_string(trained.copies.size()) +
                    " recording(s) are copies of others and count once, such as " + trained.copies.front().string());
  return lines;
}

TrainingSummary summary_of(const TrainingRun& run, const RefitOutcome& refit, double seconds) {
  const TrainOutcome& outcome = refit.trained;
  const Model& model = *outcome.model;
  TrainingSummary summary = {.model = run.output,
                             .preset = model.preset.name,
                             .machine = model.training.machine,
                             .clips = model.training.clips,
                             .held_out_clips = model.training.held_out_clips,
                             .seconds_of_sound = model.training.seconds,
                             .held_out_seconds = model.training.held_out_seconds,
                             .live_threshold = model.live_threshold(),
                             .clip_threshold = model.clip_threshold,
                             .wall_seconds = seconds,
                             .false_alarms_per_hour = model.preset.calibration.false_alarms_per_hour,
                             .level = model.level,
                             .held_out = outcome.held_out};
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    summary.detectors.push_back({.name = model.detectors[d].config.name,
                                 .rows = report.rows,
                                 .steps = report.steps,
                                 .first_objective = report.first_objective,
                                 .last_objective = report.last_objective,
                                 .ridge_escalations = report.escalations,
                                 .held_out_windows = model.detectors[d].window_calibration.count(),
                                 .amount = report.amount});
  }
  summary.warnings = warnings_of(outcome);
  for (const SkippedFile& file : outcome.skipped)
    summary.skipped.push_back({.file = file.path.string(), .error = to_string(file.error.code)});
  for (const AddedEffect& effect : refit.effects)
    summary.added.push_back(
        {.file = effect.path.string(), .before = finite(effect.before), .after = finite(effect.after)});
  return summary;
}

void print_added(std::FILE* to, const RefitOutcome& refit, std::int64_t added) {
  if (added > 0)
    std::fprintf(to, "  and on %lld added clip(s), which do not affect thresholds\n", static_cast<long long>(added));
  for (const AddedEffect& effect : refit.effects) {
    if (std::isfinite(effect.before))
      std::fprintf(to, "  %s: peak score %.2f before, %.2f now\n", effect.path.c_str(), effect.before, effect.after);
    else
      std::fprintf(to, "  %s: raises no alarm: too short, or too quiet for a running machine\n", effect.path.c_str());
  }
}

void print_summary(std::FILE* to, const TrainingRun& run, const RefitOutcome& refit, double seconds) {
  const TrainOutcome& outcome = refit.trained;
  const Model& model = *outcome.model;
  const TrainingInfo& t = model.training;
  const auto added = static_cast<std::int64_t>(t.added_digests.size());
  if (t.held_out_clips + added == t.clips) {
    std::fprintf(
        to, "Trained on %lld clips (%.0f s of normal sound), each held out once for calibration (%d blocks), in %s.\n",
        static_cast<long long>(t.held_out_clips), t.held_out_seconds, model.preset.calibration.folds,
        format_duration(seconds).c_str());
  } else {
    std::fprintf(to, "Trained on %lld clips (%.0f s of normal sound), %lld more held out for calibration, in %s.\n",
                 static_cast<long long>(t.clips - t.held_out_clips - added), t.seconds - t.held_out_seconds,
                 static_cast<long long>(t.held_out_clips), format_duration(seconds).c_str());
  }
  print_added(to, refit, added);
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    std::fprintf(to, "  %-8s %lld feature vectors, %lld gradient steps, objective %.4g -> %.4g\n",
                 model.detectors[d].config.name.c_str(), static_cast<long long>(report.rows),
                 static_cast<long long>(report.steps), report.first_objective, report.last_objective);
    if (!report.amount.empty()) std::fprintf(to, "           %s\n", report.amount.c_str());
    if (report.escalations > 0)
      std::fprintf(to, "           a covariance needed a larger ridge %lld times\n",
                   static_cast<long long>(report.escalations));
  }
  std::fprintf(
      to,
      "Thresholds: %.2f for a clip (%.3g %% false alarms promised), %.2f live (%.3g false alarms per hour requested; "
      "%.0f s of held-out sound can confirm about %.1f per hour; lower rates rely on a fitted tail).\n",
      model.clip_threshold, 100 * model.preset.calibration.clip_false_alarm_rate, model.live_threshold(),
      model.preset.calibration.false_alarms_per_hour, model.training.held_out_seconds,
      3600.0 / std::max(1.0, model.training.held_out_seconds));
  if (to == stdout)
    std::fprintf(to, "Wrote %s. Next: auscult score %s RECORDING..., or auscult-gui %s\n", run.output.c_str(),
                 run.output.c_str(), run.output.c_str());
}

}  // namespace

void add_run_options(CLI::App& command, TrainingRun& run) {
  command.add_option("-o,--output", run.output, "The model file to write (.safetensors); replaced atomically")
      ->required();
  command.add_flag("--json", run.json, "Print one JSON object instead of text");
  command
      .add_option("--progress", run.progress, "On stderr: bar, json (one JSON object per line, for programs) or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"bar", "json", "none"}));
  command
      .add_flag("--end-with-stdin", run.end_with_stdin,
                "Stop when standard input ends, with the program that started this one")
      ->group("Recordings of a monitor");
}

int report(const TrainingRun& run, const Error& error) {
  if (run.json || run.progress == "json") write_line(to_json(error) + "\n");
  return report(error);
}

Status prepare(const TrainingRun& run, CommandContext& context) {
  if (run.end_with_stdin) cancel_when_stdin_ends(context.cancel);
  const std::filesystem::path folder = std::filesystem::path(run.output).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder))
    return fail(ErrorCode::write_failed, "the folder does not exist", folder.string(),
                "create it first: mkdir -p " + folder.string());
  return check_result(run.output, ResultKind::model);
}

int run_training(const TrainingRun& run, CommandContext& context, const TrainFunction& train) {
  const auto start = std::chrono::steady_clock::now();
  ProgressBar bar;
  TrainingMessageWriter lines(write_line);
  const bool as_lines = run.progress == "json";
  std::function<void(const LossPoint&)> on_loss;
  if (as_lines) on_loss = [&lines](const LossPoint& point) { lines.loss(point); };
  const auto outcome =
      train({as_lines ? ProgressFunction([&lines](const Progress& progress) { lines.progress(progress); })
             : run.progress == "bar" ? bar.function()
                                     : ProgressFunction{},
             &context.cancel},
            on_loss);
  bar.close();
  if (!outcome) return report(run, outcome.error());
  for (const SkippedFile& file : outcome->trained.skipped)
    std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(file.error).c_str());
  warn(warnings_of(outcome->trained));
  if (auto saved = save_model(*outcome->trained.model, run.output); !saved) return report(run, saved.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::FILE* to = report_stream(run.output);
  if (run.json) {
    std::fprintf(to, "%s\n", to_json(summary_of(run, *outcome, seconds)).c_str());
  } else {
    print_summary(to, run, *outcome, seconds);
  }
  return kExitOk;
}

}  // namespace auscult::cli
