// auscult train: recordings of normal sound in, one model file out.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "auscult/dataset/index.h"
#include "auscult/dataset/split.h"
#include "auscult/engine/train_job.h"
#include "commands.h"
#include "console.h"
#include "json_progress.h"

namespace auscult::cli {
namespace {

struct TrainOptions {
  std::vector<std::string> data;
  std::string output, preset = "monitor", machine_type, machine_id, purpose = "monitor", device, progress = "bar";
  bool pooled = false, all_normals = false, json = false, end_with_stdin = false;
  std::uint64_t seed = 1;
  int epochs = -1, threads = 2, channel = -2;
  double scale = 1.0, alarms_per_hour = 0.0, clip_rate = 0.0;
  int input_rate = 0, input_channels = 0, input_channel = -2;
};

Status override_preset(const TrainOptions& options, Preset& preset) {
  if (options.epochs >= 0)
    for (DetectorConfig& detector : preset.detectors) detector.dagmm.epochs = options.epochs;
  if (options.channel > -2) preset.channel = options.channel;
  if (options.alarms_per_hour > 0) preset.calibration.false_alarms_per_hour = options.alarms_per_hour;
  if (options.clip_rate > 0) preset.calibration.clip_false_alarm_rate = options.clip_rate;
  // The same checks as for a preset file.
  auto checked = parse_preset(to_json(preset));
  if (!checked) return fail(ErrorCode::usage, checked.error().what, {}, "see auscult train --help");
  return {};
}

// The clips to train on: one machine's (or all with --pooled), the training part only unless --all-normals.
Result<std::vector<Clip>> training_clips(const TrainOptions& options, std::string& machine_name) {
  IndexOptions index;
  index.machine_type = options.machine_type;
  index.machine_id = options.machine_id;
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({options.data.begin(), options.data.end()}, index));
  const auto machines = group_by_machine(clips);
  if (machines.size() > 1 && !options.pooled) {
    std::string list;
    for (const Machine& machine : machines) list += "\n    " + machine.key + " (" + std::to_string(machine.clips.size()) + " clips)";
    return fail(ErrorCode::ambiguous_machines, "these recordings come from " + std::to_string(machines.size()) + " machines, and a model knows one:" + list, {},
                "name one part of the tree, choose with --machine-id, or train one model for all of them with --pooled");
  }
  std::vector<Clip> train;
  for (const Machine& machine : machines) {
    AUSCULT_TRY_ASSIGN(const Split split, split_machine(machine.clips, options.all_normals));
    train.insert(train.end(), split.train.begin(), split.train.end());
  }
  machine_name = machines.size() == 1 ? machines.front().key : std::to_string(machines.size()) + " machines pooled";
  return train;
}

nlohmann::ordered_json held_out_json(const HeldOutScores& held_out) {
  nlohmann::ordered_json rates = nlohmann::ordered_json::array();
  for (const HeldOutScores::Rate& rate : held_out.rates) rates.push_back({{"per_hour", rate.per_hour}, {"threshold", rate.threshold}});
  return {{"bin_width", held_out.bin_width}, {"histogram", held_out.histogram}, {"clip_peaks", held_out.clip_peaks}, {"finest_false_alarms_per_hour", held_out.finest_rate}, {"rates", rates}};
}

nlohmann::ordered_json summary(const TrainOptions& options, const TrainOutcome& outcome, double seconds) {
  const Model& model = *outcome.model;
  nlohmann::ordered_json detectors = nlohmann::ordered_json::array();
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    detectors.push_back({{"name", model.detectors[d].config.name}, {"rows", report.rows}, {"steps", report.steps}, {"first_objective", report.first_objective},
                         {"last_objective", report.last_objective}, {"ridge_escalations", report.escalations}, {"held_out_windows", model.detectors[d].window_calibration.count()}});
  }
  nlohmann::ordered_json skipped = nlohmann::ordered_json::array();
  for (const SkippedFile& file : outcome.skipped) skipped.push_back({{"file", file.path.string()}, {"error", to_string(file.error.code)}});
  return {{"model", options.output}, {"preset", model.preset.name}, {"machine", model.training.machine}, {"clips", model.training.clips},
          {"held_out_clips", model.training.held_out_clips}, {"seconds_of_sound", model.training.seconds}, {"live_threshold", model.live_threshold},
          {"clip_threshold", model.clip_threshold}, {"detectors", detectors}, {"skipped", skipped}, {"wall_seconds", seconds},
          {"false_alarms_per_hour", model.preset.calibration.false_alarms_per_hour}, {"held_out_seconds", model.training.held_out_seconds},
          {"level", {{"low_dbfs", model.level.low_dbfs}, {"high_dbfs", model.level.high_dbfs}, {"off_dbfs", model.level.off_dbfs}}},
          {"held_out", held_out_json(outcome.held_out)}};
}

void print_summary(const TrainOptions& options, const TrainOutcome& outcome, double seconds) {
  const Model& model = *outcome.model;
  const TrainingInfo& t = model.training;
  if (t.held_out_clips == t.clips) {
    std::printf("Trained on %lld clips (%.0f s of normal sound), each held out once for calibration (%d blocks), in %s.\n", static_cast<long long>(t.clips), t.seconds,
                model.preset.calibration.folds, format_duration(seconds).c_str());
  } else {
    std::printf("Trained on %lld clips (%.0f s of normal sound), %lld more held out for calibration, in %s.\n", static_cast<long long>(t.clips - t.held_out_clips),
                t.seconds - t.held_out_seconds, static_cast<long long>(t.held_out_clips), format_duration(seconds).c_str());
  }
  for (std::size_t d = 0; d < outcome.reports.size(); ++d) {
    const TrainingReport& report = outcome.reports[d];
    std::printf("  %-8s %lld feature vectors, %lld gradient steps, objective %.4g -> %.4g\n", model.detectors[d].config.name.c_str(), static_cast<long long>(report.rows),
                static_cast<long long>(report.steps), report.first_objective, report.last_objective);
    if (report.escalations > 0) std::printf("           a covariance needed a larger ridge %lld times\n", static_cast<long long>(report.escalations));
  }
  std::printf("Thresholds: %.2f for a clip (%.3g %% false alarms promised), %.2f live (%.3g false alarms an hour asked for; %.0f s of held-out sound support about %.1f an hour directly, finer rates rest on a fitted tail).\n",
              model.clip_threshold, 100 * model.preset.calibration.clip_false_alarm_rate, model.live_threshold, model.preset.calibration.false_alarms_per_hour, model.training.held_out_seconds,
              3600.0 / std::max(1.0, model.training.held_out_seconds));
  std::printf("Wrote %s. Next: auscult score %s RECORDING..., or auscult-gui %s\n", options.output.c_str(), options.output.c_str(), options.output.c_str());
}

int run_train(const TrainOptions& options, CommandContext& context) {
  if (options.end_with_stdin) cancel_when_stdin_ends(context.cancel);
  TrainRequest request;
  auto preset = load_preset(options.preset);
  if (!preset) return report(preset.error());
  request.preset = std::move(*preset);
  if (auto valid = override_preset(options, request.preset); !valid) return report(valid.error());
  const std::filesystem::path folder = std::filesystem::path(options.output).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder))
    return report({ErrorCode::write_failed, "the folder does not exist", folder.string(), "make it first: mkdir -p " + folder.string()});
  if (auto writable = check_writable(options.output); !writable) return report(writable.error());
  auto clips = training_clips(options, request.machine);
  if (!clips) return report(clips.error());
  request.clips = std::move(*clips);
  request.purpose = options.purpose == "demo" ? Purpose::demo : Purpose::monitor;
  request.seed = options.seed;
  request.threads = options.threads;
  request.device = options.device;
  request.live = {options.input_rate, options.input_channels, options.input_channel > -2 ? std::optional<int>(options.input_channel) : std::nullopt};
  request.scale = options.scale;

  const auto start = std::chrono::steady_clock::now();
  ProgressBar bar;
  JsonProgress lines;
  const bool as_lines = options.progress == "json";
  if (as_lines) request.on_loss = [&lines](const LossPoint& point) { lines.loss(point); };
  auto outcome = train_model(request, {as_lines ? lines.function() : options.progress == "bar" ? bar.function() : ProgressFunction{}, &context.cancel});
  bar.close();
  if (!outcome) return report(outcome.error());
  for (const SkippedFile& file : outcome->skipped) std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(file.error).c_str());
  if (auto saved = save_model(*outcome->model, options.output); !saved) return report(saved.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json) {
    std::printf("%s\n", summary(options, *outcome, seconds).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    print_summary(options, *outcome, seconds);
  }
  return kExitOk;
}

}  // namespace

void add_train(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("train", "Learn what normal sounds like from recordings");
  auto options = std::make_shared<TrainOptions>();
  command->add_option("DATA", options->data, "Recordings of normal sound: a MIMII or DCASE tree or a part of it, a folder with normal/, or plain audio files")->required();
  command->add_option("-o,--output", options->output, "The model file to write (.safetensors); replaced atomically")->required();
  command->add_option("--preset", options->preset, "What the model is made of: a shipped preset or a preset file")->capture_default_str();
  command->add_option("--machine-type", options->machine_type, "Only this machine type of the tree (pump, fan, ...)");
  auto* id = command->add_option("--machine-id", options->machine_id, "Only this machine of the tree (id_00, section_00, ...)");
  command->add_flag("--pooled", options->pooled, "One model for all machines found")->excludes(id);
  command->add_flag("--all-normals", options->all_normals, "Use every normal clip; without it, a tree with abnormal/ trains on MIMII's training part only");
  command->add_option("--seed", options->seed, "Random seed; equal seeds give equal model files")->capture_default_str();
  command->add_option("--epochs", options->epochs, "Passes over the data, instead of the preset's")->check(CLI::Range(0, 1000000));
  command->add_option("--threads", options->threads, "Detectors trained side by side; the result does not depend on it")->capture_default_str()->check(CLI::Range(1, 64));
  command->add_option("--channel", options->channel, "Channel of multi-channel recordings, from 0; -1: the mean of all (the preset says 0)")->check(CLI::Range(-1, 63));
  command->add_option("--scale", options->scale, "Multiply every sample, e.g. 3.0517578125e-05 for 16-bit integers stored as float")->check(CLI::PositiveNumber);
  command->add_option("--false-alarms-per-hour", options->alarms_per_hour, "Sets the live threshold (the preset says 1)")->check(CLI::PositiveNumber);
  command->add_option("--clip-false-alarm-rate", options->clip_rate, "Sets the clip threshold: share of normal clips flagged (the preset says 0.05)")->check(CLI::Range(1e-6, 0.999));
  command->add_option("--device", options->device, "Name of the input device that recorded this, kept in the model so that another one can be warned about");
  command->add_option("--purpose", options->purpose, "monitor, or demo: raises no alarm on a live device")->check(CLI::IsMember({"monitor", "demo"}))->group("Shipping");
  command->add_flag("--json", options->json, "Print one JSON object instead of text");
  command->add_option("--progress", options->progress, "On stderr: bar, json (one JSON object a line, for programs) or none")->capture_default_str()->check(CLI::IsMember({"bar", "json", "none"}));
  command->add_option("--input-rate", options->input_rate, "Sample rate in Hz of the live input that these recordings were taken from")->check(CLI::Range(1, 1000000))->group("Recordings of a monitor");
  command->add_option("--input-channels", options->input_channels, "Its channels")->check(CLI::Range(1, 64))->group("Recordings of a monitor");
  command->add_option("--input-channel", options->input_channel, "The channel of it that was recorded and is to be listened to, from 0; -1: the mean of all")->check(CLI::Range(-1, 63))->group("Recordings of a monitor");
  command->add_flag("--end-with-stdin", options->end_with_stdin, "Stop when standard input ends: with the program that started this one")->group("Recordings of a monitor");
  command->footer(
      "Ten minutes of normal sound make a good model. Thresholds come from sound that was held out: block by block, each scored by a\n"
      "model that learned from the others (long recordings: the last fifth alone).\n"
      "A recording that cannot be read is left out with a warning; the others train.\n"
      "Examples:\n"
      "  auscult train recordings/ -o pump.safetensors\n"
      "  auscult train 6_dB_pump/pump --machine-id id_00 -o pump.safetensors");
  command->callback([options, &context] { context.run = [options, &context] { return run_train(*options, context); }; });
}

}  // namespace auscult::cli
