// auscult score: computes an anomaly score for each recording, or for each span of it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/printable.h"
#include "base/streams.h"
#include "channel_option.h"
#include "commands.h"
#include "console.h"
#include "input_files.h"
#include "score_format.h"
#include "score_output.h"
#include "scoring/batch.h"
#include "shard_option.h"

namespace auscult::cli {
namespace {

// Recordings this many times longer than the mean training clip are much longer: a fault of seconds hardly moves their
// pooled energies.
constexpr double kMuchLonger = 3.0;

// Messages about results on stderr.
class Notices {
 public:
  Notices(const ScoreOptions& options, const Model& model) : options_(options), training_(model.training) {}

  void result(const std::string& path, const RecordingScore& recording) {
    const std::string file = printable(path);
    const ClipScore& whole = recording.whole;
    sound_.add(file, whole.sound, whole.odd);
    if (!whole.running)
      std::fprintf(stderr, "auscult: note: %s: the machine is off (quieter than anything in training); not judged\n",
                   file.c_str());
    if (whole.invalid_samples > 0)
      std::fprintf(stderr,
                   "auscult: warning: %s: %llu samples were not finite or larger than 8 and were left out as gaps\n",
                   file.c_str(), static_cast<unsigned long long>(whole.invalid_samples));
    events(file, recording);
  }
  /// At the end.
  void summary() const {
    warn(sound_.lines());
    if (short_with_events_ > 0)
      std::fprintf(stderr,
                   "auscult: note: %d recording(s) with decision 0 in which the live monitor raises an alarm: see "
                   "`events` in csv and jsonl\n",
                   short_with_events_);
  }

 private:
  bool much_longer(double seconds) const {
    return training_.clips == 0 || seconds > kMuchLonger * training_.seconds / static_cast<double>(training_.clips);
  }
  // A folder of clips gets one line in all, a long recording its own.
  void events(const std::string& file, const RecordingScore& recording) {
    const std::vector<Detection> hidden = events_called_normal(recording);
    if (hidden.empty()) return;
    if (!much_longer(recording.whole.seconds)) {
      ++short_with_events_;
      return;
    }
    const std::string others = hidden.size() > 1 ? " (and " + std::to_string(hidden.size() - 1) + " more)" : "";
    std::fprintf(
        stderr,
        "auscult: note: %s: decision 0, but the live monitor raises an alarm at %.2f s%s; see it with `auscult "
        "listen %s --input FILE`%s\n",
        file.c_str(), hidden.front().start_s, others.c_str(), options_.model.c_str(),
        options_.every_s ? "" : ", or score every 10 s with --every 10");
  }

  const ScoreOptions& options_;
  const TrainingInfo& training_;
  SoundReport sound_;
  int short_with_events_ = 0;
};

bool anomalous(const RecordingScore& recording) {
  if (recording.spans.empty()) return recording.whole.anomalous;
  return std::any_of(recording.spans.begin(), recording.spans.end(),
                     [](const SpanScore& span) { return span.score && span.score->anomalous; });
}

Status check_combination(const ScoreOptions& options) {
  if (options.inputs.empty() && options.list.path.empty())
    return fail(ErrorCode::usage, "no recordings to score", {}, "name files or folders, or a list with --files-from");
  if (options.shard && options.format == "audacity")
    return fail(ErrorCode::usage, "--shard cannot be combined with --format audacity", {},
                "the times of its labels go on from recording to recording: use csv or jsonl");
  if (options.every_s && options.format == "dcase")
    return fail(ErrorCode::usage, "--every cannot be combined with --format dcase", {},
                "the DCASE evaluator reads one score per recording: use csv, jsonl or audacity");
  return {};
}

BatchOptions batch_options(const ScoreOptions& options, const ScoreFormat& format) {
  BatchOptions batch;
  batch.jobs = options.jobs;
  batch.score.spool_steps = batch.score.why = format.needs_steps();
  batch.score.spool_why = options.why;
  if (!format.needs_steps()) batch.score.parts = EnergyParts::reported;
  batch.score.scale = options.scale;
  batch.score.channel = options.channel;
  batch.score.every_s = options.every_s;
  return batch;
}

// Counts what decides the exit code, with what an interrupted run has done.
struct Tally {
  int failures = 0, anomalies = 0, first_exit = kExitInput;

  void failed(int code) {
    if (failures++ == 0) first_exit = code;
  }
  void add(const std::vector<PartEntry>& entries) {
    for (const PartEntry& entry : entries) {
      if (entry.exit_code != 0) failed(entry.exit_code);
      anomalies += entry.anomalous;
    }
  }
  int exit_code(const ScoreOptions& options, std::size_t files) const {
    if (failures > 0) {
      if (files > 1) std::fprintf(stderr, "auscult: %d of %zu files could not be scored\n", failures, files);
      return first_exit;
    }
    return options.fail_on_anomaly && anomalies > 0 ? kExitAnomaly : kExitOk;
  }
};

int report_interrupted(const Error& error, const ScoreOutput& output) {
  if (!output.status()) {
    const std::string left = output.left();
    const int code = report(output.status().error());
    if (!left.empty()) std::fprintf(stderr, "auscult: %s\n", left.c_str());
    return code;
  }
  Error told = error;
  if (const std::string left = output.left(); !left.empty()) told.hint = left;
  return report(told);
}

// Sets the file of a shard as the output.
Result<std::optional<ShardChoice>> divide(ScoreOptions& options) {
  const bool to_file = !options.output.empty() && !is_stream(options.output, STDOUT_FILENO);
  AUSCULT_TRY_ASSIGN(auto choice, choose_shard(options.shard_option, to_file));
  if (!choice) return choice;
  options.shard = choice->shard;
  options.output = shard_file(options.output, choice->shard);
  return choice;
}

int run_score(ScoreOptions options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  const auto choice = divide(options);
  if (!choice) return report(choice.error());
  if (auto usable = check_combination(options); !usable) return report(usable.error());
  IndexNotes notes;
  auto list = input_list(options.inputs, options.list, options.shard, notes);
  if (!list) return report(list.error());
  const std::size_t n_files = list->files.size();
  if (*choice) report_shard(**choice, n_files, list->total, "recordings");
  ScoreOutput output(options, context.cancel);
  if (auto prepared = output.prepare(*list); !prepared) return report(prepared.error());

  const int left_out = report_left_out(notes);

  ScoreFormat format(options.format, **model, options.every_s.has_value(), options.why);
  Notices notices(options, **model);
  Tally tally;
  tally.add(output.earlier());
  output.begin(format);
  ProgressBar bar;
  const auto status = score_recordings(*model, list->files, batch_options(options, format),
                                       [&](std::size_t i, const Result<RecordingScore>& score) {
                                         if (score) {
                                           output.scored(format, i, *score, anomalous(*score));
                                           tally.anomalies += anomalous(*score);
                                           notices.result(list->files[i].string(), *score);
                                           return;
                                         }
                                         if (score.error().code == ErrorCode::cancelled) return;
                                         output.failed(format, i, score.error());
                                         tally.failed(report(score.error()));
                                       },
                                       {bar.function(), &context.cancel});
  bar.close();
  if (!status) return report_interrupted(status.error(), output);
  notices.summary();
  if (options.format == "dcase" && options.output.empty())
    std::fprintf(stderr, "auscult: note: -o FOLDER writes scores and decisions in the files of the DCASE evaluator\n");
  if (auto written = output.finish(); !written) return report(written.error());
  if (tally.failures == 0 && left_out != kExitOk) return left_out;
  return tally.exit_code(options, n_files);
}

}  // namespace

void add_score(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("score", "Compute an anomaly score for each recording");
  auto options = std::make_shared<ScoreOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  command->add_option("INPUT", options->inputs, "Audio files, or folders of them (searched recursively)");
  add_list_option(*command, options->list);
  add_shard_option(*command, options->shard_option, "recordings");
  command->add_option("-o,--output", options->output,
                      "Output file instead of stdout (-); until all is complete the results are in FILE.part. With "
                      "dcase also a folder");
  command->add_flag("--resume", options->resume,
                    "Go on after an interruption: with the same command and -o FILE, only what is missing is scored");
  command
      ->add_option("--format", options->format,
                   "csv; jsonl (adds each detector's energies per step, and the attribution to frequencies); audacity "
                   "(label track); dcase (file name, score; with -o FOLDER the files that the DCASE evaluator reads)")
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "jsonl", "audacity", "dcase"}));
  command
      ->add_option("--every", options->every_s,
                   "Score each span of this many seconds of a recording instead of the whole recording")
      ->check(CLI::Range(1.0, 86400.0));
  command->add_flag(
      "--decimal-comma", options->decimal_comma,
      "With csv: 0,95 instead of 0.95, and semicolons between the columns, for spreadsheets that expect it");
  command->add_flag("--why", options->why,
                    "With jsonl: also the contribution of each mel bin to each energy (one number per band and step)");
  command->add_option("--jobs", options->jobs, "Files to process in parallel; 0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  add_channel_option(*command, "--channel", options->channel,
                     "Channel of multi-channel files, from 0, or the mean of all (default: as in training)");
  command
      ->add_option("--scale", options->scale,
                   "Multiply every sample, e.g. 3.0517578125e-05 for 16-bit integers stored as float")
      ->check(CLI::PositiveNumber);
  command->add_flag("--fail-on-anomaly", options->fail_on_anomaly, "Exit with 10 if any decision is 1");
  command->footer(
      "CSV columns: file, score (higher is less normal), threshold, decision (1: the score is above the threshold), "
      "events (alarms that `auscult listen` raises on the same sound); with --every also start_s and end_s.\n"
      "A score pools the whole recording, so that a fault of seconds hardly raises that of a long one: look at events, "
      "or use --every.\n"
      "A file that cannot be scored has an empty score, a message on stderr, and the exit code is 3; the others are "
      "scored.\n"
      "Examples:\n"
      "  auscult score pump.safetensors today/ -o scores.csv\n"
      "  auscult score pump.safetensors night.wav --every 10\n"
      "  auscult score pump.safetensors clip.wav --fail-on-anomaly || notify-send 'Pump sounds abnormal'");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_score(*options, context); }; });
}

}  // namespace auscult::cli
