#include "training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "console.h"
#include "json_progress.h"

namespace auscult::cli {
namespace {

nlohmann::ordered_json held_out_json(const HeldOutScores& held_out) {
  nlohmann::ordered_json rates = nlohmann::ordered_json::array();
  for (const HeldOutScores::Rate& rate : held_out.rates)
    rates.push_back({{"per_hour", rate.per_hour}, {"threshold", rate.threshold}});
  return {{"bin_width", held_out.bin_width},
          {"histogram", held_out.histogram},
          {"clip_peaks", held_out.clip_peaks},
          {"finest_false_alarms_per_hour", held_out.finest_rate},
          {"rates", rates}};
}

nlohmann::ordered_json finite(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json summary(const TrainingRun& run, const RefitOutcome& refit, double seconds) {
  const TrainOutcome& outcome = refit.trained;
  const Model& model = *outcome.model;
  nlohmann::ordered_json detectors = nlohmann::ordered_json::array();
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    detectors.push_back({{"name", model.detectors[d].config.name},
                         {"rows", report.rows},
                         {"steps", report.steps},
                         {"first_objective", report.first_objective},
                         {"last_objective", report.last_objective},
                         {"ridge_escalations", report.escalations},
                         {"held_out_windows", model.detectors[d].window_calibration.count()}});
  }
  nlohmann::ordered_json skipped = nlohmann::ordered_json::array();
  for (const SkippedFile& file : outcome.skipped)
    skipped.push_back({{"file", file.path.string()}, {"error", to_string(file.error.code)}});
  nlohmann::ordered_json value = {
      {"model", run.output},
      {"preset", model.preset.name},
      {"machine", model.training.machine},
      {"clips", model.training.clips},
      {"held_out_clips", model.training.held_out_clips},
      {"seconds_of_sound", model.training.seconds},
      {"live_threshold", model.live_threshold},
      {"clip_threshold", model.clip_threshold},
      {"detectors", detectors},
      {"skipped", skipped},
      {"wall_seconds", seconds},
      {"false_alarms_per_hour", model.preset.calibration.false_alarms_per_hour},
      {"held_out_seconds", model.training.held_out_seconds},
      {"level",
       {{"low_dbfs", model.level.low_dbfs}, {"high_dbfs", model.level.high_dbfs}, {"off_dbfs", model.level.off_dbfs}}},
      {"held_out", held_out_json(outcome.held_out)}};
  // Too short for an event: null, because JSON has no infinity.
  for (const AddedEffect& effect : refit.effects)
    value["added"].push_back(
        {{"file", effect.path.string()}, {"before", finite(effect.before)}, {"after", finite(effect.after)}});
  return value;
}

void print_added(const RefitOutcome& refit, std::int64_t added) {
  if (added > 0)
    std::printf("  and on %lld added clip(s), which do not affect thresholds\n", static_cast<long long>(added));
  for (const AddedEffect& effect : refit.effects) {
    if (std::isfinite(effect.before))
      std::printf("  %s: peak u = %.2f before, %.2f now\n", effect.path.c_str(), effect.before, effect.after);
    else
      std::printf("  %s: raises no alarm: too short, or too quiet for a running machine\n", effect.path.c_str());
  }
}

void print_summary(const TrainingRun& run, const RefitOutcome& refit, double seconds) {
  const TrainOutcome& outcome = refit.trained;
  const Model& model = *outcome.model;
  const TrainingInfo& t = model.training;
  const auto added = static_cast<std::int64_t>(t.added_digests.size());
  if (t.held_out_clips + added == t.clips) {
    std::printf(
        "Trained on %lld clips (%.0f s of normal sound), each held out once for calibration (%d blocks), in %s.\n",
        static_cast<long long>(t.held_out_clips), t.held_out_seconds, model.preset.calibration.folds,
        format_duration(seconds).c_str());
  } else {
    std::printf("Trained on %lld clips (%.0f s of normal sound), %lld more held out for calibration, in %s.\n",
                static_cast<long long>(t.clips - t.held_out_clips - added), t.seconds - t.held_out_seconds,
                static_cast<long long>(t.held_out_clips), format_duration(seconds).c_str());
  }
  print_added(refit, added);
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    std::printf("  %-8s %lld feature vectors, %lld gradient steps, objective %.4g -> %.4g\n",
                model.detectors[d].config.name.c_str(), static_cast<long long>(report.rows),
                static_cast<long long>(report.steps), report.first_objective, report.last_objective);
    if (report.escalations > 0)
      std::printf("           a covariance needed a larger ridge %lld times\n",
                  static_cast<long long>(report.escalations));
  }
  std::printf(
      "Thresholds: %.2f for a clip (%.3g %% false alarms promised), %.2f live (%.3g false alarms per hour requested; "
      "%.0f s of held-out sound can confirm about %.1f per hour; lower rates rely on a fitted tail).\n",
      model.clip_threshold, 100 * model.preset.calibration.clip_false_alarm_rate, model.live_threshold,
      model.preset.calibration.false_alarms_per_hour, model.training.held_out_seconds,
      3600.0 / std::max(1.0, model.training.held_out_seconds));
  std::printf("Wrote %s. Next: auscult score %s RECORDING..., or auscult-gui %s\n", run.output.c_str(),
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

Status prepare(const TrainingRun& run, CommandContext& context) {
  if (run.end_with_stdin) cancel_when_stdin_ends(context.cancel);
  const std::filesystem::path folder = std::filesystem::path(run.output).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder))
    return fail(ErrorCode::write_failed, "the folder does not exist", folder.string(),
                "create it first: mkdir -p " + folder.string());
  return check_writable(run.output);
}

int run_training(const TrainingRun& run, CommandContext& context, const TrainFunction& train) {
  const auto start = std::chrono::steady_clock::now();
  ProgressBar bar;
  JsonProgress lines;
  const bool as_lines = run.progress == "json";
  std::function<void(const LossPoint&)> on_loss;
  if (as_lines) on_loss = [&lines](const LossPoint& point) { lines.loss(point); };
  const auto outcome = train({as_lines                ? lines.function()
                              : run.progress == "bar" ? bar.function()
                                                      : ProgressFunction{},
                              &context.cancel},
                             on_loss);
  bar.close();
  if (!outcome) return report(outcome.error());
  for (const SkippedFile& file : outcome->trained.skipped)
    std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(file.error).c_str());
  if (auto saved = save_model(*outcome->trained.model, run.output); !saved) return report(saved.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (run.json) {
    std::printf(
        "%s\n",
        summary(run, *outcome, seconds).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    print_summary(run, *outcome, seconds);
  }
  return kExitOk;
}

}  // namespace auscult::cli
