// auscult train: trains a model on recordings of normal sound.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "channel_option.h"
#include "commands.h"
#include "companion.h"
#include "console.h"
#include "dataset/index.h"
#include "dataset/split.h"
#include "input_files.h"
#include "result_file.h"
#include "training/train_job.h"
#include "training_run.h"

namespace auscult::cli {
namespace {

struct TrainOptions {
  std::vector<std::string> data, normal;
  TrainingRun run;
  std::string preset = "monitor", machine_type, machine_id, purpose = "monitor", device;
  Band band = Band::standard;
  bool pooled = false, all_normals = false;
  std::uint64_t seed = 1;
  int threads = 0;
  double scale = 1.0;
  // Override the preset's.
  std::optional<int> epochs, channel;
  std::optional<double> alarms_per_hour, clip_rate;
  LiveInput live;
};

Status override_preset(const TrainOptions& options, Preset& preset) {
  if (options.epochs)
    for (DetectorConfig& detector : preset.detectors) detector.dagmm.schedule.epochs = *options.epochs;
  if (options.channel) preset.channel = *options.channel;
  if (options.alarms_per_hour) preset.calibration.false_alarms_per_hour = *options.alarms_per_hour;
  if (options.clip_rate) preset.calibration.clip_false_alarm_rate = *options.clip_rate;
  // Applies the same checks as to a preset file.
  auto checked = parse_preset(to_json(preset));
  if (!checked) return fail(ErrorCode::usage, checked.error().what, {}, "see auscult train --help");
  return {};
}

// Clips of DATA by their names, and those of --normal regardless of them.
Result<std::vector<Clip>> indexed_clips(const TrainOptions& options, IndexNotes& notes) {
  IndexOptions index;
  index.machine_type = options.machine_type;
  index.machine_id = options.machine_id;
  std::vector<Clip> clips;
  if (!options.data.empty()) {
    AUSCULT_TRY_ASSIGN(clips, index_clips({options.data.begin(), options.data.end()}, index, &notes));
  }
  if (options.normal.empty()) return clips;
  index.force_label = Label::normal;
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> normal,
                     index_clips({options.normal.begin(), options.normal.end()}, index, &notes));
  for (const Clip& clip : normal) {
    const auto known = std::find_if(clips.begin(), clips.end(), [&](const Clip& c) { return c.path == clip.path; });
    if (known == clips.end())
      clips.push_back(clip);
    else
      *known = clip;
  }
  return clips;
}

Status check_one_machine(const std::vector<Machine>& machines, const std::vector<Clip>& clips) {
  std::string list;
  std::size_t count = machines.size();
  if (count > 1) {
    for (const Machine& machine : machines)
      list += "\n    " + (machine.key.empty() ? "unnamed" : machine.key) + " (" + std::to_string(machine.clips.size()) +
              " clips)";
  } else {
    const auto folders = machines_in_folder_names(clips);
    count = folders.size();
    for (const auto& [machine, folder] : folders) list += "\n    " + machine + ": " + folder.string();
  }
  if (count <= 1) return {};
  return fail(ErrorCode::ambiguous_machines,
              "these recordings come from " + std::to_string(count) + " machines, and a model is for one:" + list, {},
              "name one part of the tree, choose with --machine-id, or train one model for all of them with --pooled");
}

// What trains and what does not, where that is not plain from the command line.
void print_choice(const std::vector<Clip>& train, const std::vector<Clip>& suspect, const IndexNotes& notes) {
  report_left_out(notes);
  const auto elsewhere = [&](const Clip& clip) { return clip.path.parent_path() != train.front().path.parent_path(); };
  if (!train.empty() && (!suspect.empty() || std::any_of(train.begin(), train.end(), elsewhere)))
    std::fprintf(stderr, "auscult: note: %zu clips are taken as normal sound: %s\n", train.size(),
                 printable(folders_of(train)).c_str());
  if (!suspect.empty())
    std::fprintf(
        stderr,
        "auscult: warning: %zu clips do not train, because a name says fault (%s): %s; if they are normal, add "
        "--normal FOLDER\n",
        suspect.size(), printable(suspect.front().fault_name).c_str(), printable(folders_of(suspect)).c_str());
}

// The clips to train on: those of one machine (or all with --pooled), the training part only unless --all-normals.
Result<std::vector<Clip>> training_clips(const TrainOptions& options, std::string& machine_name) {
  IndexNotes notes;
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, indexed_clips(options, notes));
  std::vector<Clip> suspect, trusted;
  for (const Clip& clip : clips) (clip.fault_name.empty() ? trusted : suspect).push_back(clip);
  if (trusted.empty())
    return fail(ErrorCode::not_enough_data,
                "no normal clip to train with: the name \"" + printable(suspect.front().fault_name) + "\" says fault",
                folders_of(suspect), "if these recordings are normal, name their folder with --normal FOLDER");
  const auto machines = group_by_machine(trusted);
  if (!options.pooled) AUSCULT_TRY(check_one_machine(machines, trusted));
  std::vector<Clip> train;
  for (const Machine& machine : machines) {
    AUSCULT_TRY_ASSIGN(const Split split, split_machine(machine.clips, options.all_normals));
    train.insert(train.end(), split.train.begin(), split.train.end());
  }
  print_choice(train, suspect, notes);
  machine_name = machines.size() == 1 ? machines.front().key : std::to_string(machines.size()) + " machines pooled";
  return train;
}

// One line about recordings that the preset's frontend does not suit.
void print_fit(const FrontendFit& fit) {
  const FrontendConfig& frontend = fit.frontend;
  const std::string others = fit.faster == 0
                                 ? ""
                                 : " (" + std::to_string(fit.faster) + " of " + std::to_string(fit.recordings) +
                                       " have more; the slowest is " + fit.slowest.string() + ")";
  std::fprintf(stderr,
               "auscult: note: the recordings have a sample rate of %d Hz%s: the model analyzes %g to %g Hz in %d mel "
               "bands (%d Hz, frames of %d samples)\n",
               fit.lowest_rate, others.c_str(), frontend.f_min, frontend.f_max, frontend.n_mels, frontend.sample_rate,
               frontend.n_fft);
}

int run_train(const TrainOptions& options, CommandContext& context) {
  TrainRequest request;
  auto preset = load_preset(options.preset);
  if (!preset) return report(options.run, preset.error());
  request.preset = std::move(*preset);
  if (auto valid = override_preset(options, request.preset); !valid) return report(options.run, valid.error());
  if (options.data.empty() && options.normal.empty())
    return report(options.run, {ErrorCode::usage, "no recordings to train with", {}, "give DATA or --normal FOLDER"});
  if (auto prepared = prepare(options.run, context); !prepared) return report(options.run, prepared.error());
  auto clips = training_clips(options, request.machine);
  if (!clips) return report(options.run, clips.error());
  if (auto kept = check_not_replaced(options.run.output, ResultKind::model, paths_of(*clips)); !kept)
    return report(options.run, kept.error());
  request.clips = std::move(*clips);
  request.purpose = options.purpose == "demo" ? Purpose::demo : Purpose::monitor;
  request.band = options.band;
  request.on_fit = print_fit;
  request.seed = options.seed;
  request.threads = options.threads;
  request.device = options.device;
  request.live = options.live;
  request.scale = options.scale;

  return run_training(
      options.run, context,
      [&](const JobControl& control, const std::function<void(const LossPoint&)>& on_loss) -> Result<RefitOutcome> {
        request.on_loss = on_loss;
        AUSCULT_TRY_ASSIGN(TrainOutcome trained, train_model(request, control));
        return RefitOutcome{std::move(trained), {}};
      });
}

}  // namespace

void add_train(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(kTrain.name, kTrain.description);
  auto options = std::make_shared<TrainOptions>();
  command->add_option(
      "DATA", options->data,
      "Recordings of normal sound: a MIMII or DCASE tree or a part of it, a folder with normal/, or plain "
      "audio files. Clips whose file or folder names say fault (broken, NG, anomaly, ...) do not train");
  command->add_option("--normal", options->normal,
                      "A folder or file of normal recordings, regardless of its name; repeat for several");
  add_run_options(*command, options->run);
  command->add_option("--preset", options->preset, "Description of the model: a shipped preset or a preset file")
      ->capture_default_str();
  command
      ->add_option(
          "--band", options->band,
          "standard: the preset's frequencies (0 to 8 kHz), and of slower recordings all that they have; high: "
          "up to 48 or 96 kHz, for leaks and bearings (recordings of at least 96 kHz)")
      ->transform(CLI::CheckedTransformer(
                      std::map<std::string, Band>{{"standard", Band::standard}, {"high", Band::high}}, CLI::ignore_case)
                      .description(""))
      ->type_name("standard|high")
      ->default_str("standard");
  command->add_option("--machine-type", options->machine_type, "Only this machine type of the tree (pump, fan, ...)");
  auto* id = command->add_option("--machine-id", options->machine_id,
                                 "Only this machine of the tree (id_00, section_00, ...)");
  command->add_flag("--pooled", options->pooled, "One model for all machines found")->excludes(id);
  command->add_flag("--all-normals", options->all_normals,
                    "Use every normal clip; without it, a tree with abnormal/ trains on MIMII's training part only");
  command->add_option("--seed", options->seed, "Random seed; equal seeds give equal model files")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--epochs", options->epochs, "Passes over the data, instead of the preset's")
      ->check(CLI::Range(0, 1000000));
  command
      ->add_option("--jobs,--threads", options->threads,
                   "Detectors to train in parallel; 0: one per processor; does not affect the result")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  add_channel_option(*command, "--channel", options->channel,
                     "Channel of multi-channel recordings, from 0, or the mean of all (preset: 0)");
  command
      ->add_option("--scale", options->scale,
                   "Multiply every sample, e.g. 3.0517578125e-05 for 16-bit integers stored as float")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--false-alarms-per-hour", options->alarms_per_hour,
                   "False-alarm rate that sets the live threshold (preset: 1)")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--clip-false-alarm-rate", options->clip_rate,
                   "Share of normal clips above the clip threshold (preset: 0.05)")
      ->check(CLI::Range(1e-6, 0.999));
  command->add_option("--device", options->device,
                      "Name of the input device used for recording; the monitor warns if another one is used");
  command->add_option("--purpose", options->purpose, "monitor, or demo: raises no alarm on a live device")
      ->check(CLI::IsMember({"monitor", "demo"}))
      ->group("Shipping");
  command
      ->add_option("--input-rate", options->live.sample_rate, "Sample rate in Hz of the live input that was recorded")
      ->check(CLI::Range(1, 1000000))
      ->group("Recordings of a monitor");
  command->add_option("--input-channels", options->live.channels, "Number of channels of that input")
      ->check(CLI::Range(1, 64))
      ->group("Recordings of a monitor");
  command->add_option("--input-channel", options->live.channel, "Its channel to monitor, from 0; -1: the mean of all")
      ->check(CLI::Range(-1, 63))
      ->group("Recordings of a monitor");
  command->footer(
      "Ten minutes of normal sound make a good model. Thresholds come from held-out normal sound: each block is "
      "scored by a\n"
      "model trained on the others (long recordings: only the last fifth).\n"
      "A recording that cannot be read is left out with a warning.\n"
      "If recordings have different sample rates, the lowest one limits the frequencies that the model analyzes.\n"
      "Examples:\n"
      "  auscult train recordings/ -o pump.safetensors\n"
      "  auscult train 6_dB_pump/pump --machine-id id_00 -o pump.safetensors\n"
      "  auscult train ultrasound_192k/ --band high -o valve.safetensors");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_train(*options, context); }; });
}

}  // namespace auscult::cli
