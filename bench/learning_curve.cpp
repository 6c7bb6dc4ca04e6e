// learning-curve: AUC and pAUC against minutes of normal sound, on the steady and variable machines of the simulator's
// version 2: the preset's fused score, the energy of its trained DAGMM alone, the same untrained, and every control.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

#include "audio/audio_file.h"
#include "base/atomic_file.h"
#include "base/duration.h"
#include "clip_controls.h"
#include "console.h"
#include "learning_curve_picture.h"
#include "recordings.h"
#include "runs.h"
#include "scoring/clip_score.h"
#include "simulate/pump_set.h"
#include "simulator_bounds.h"
#include "training/train_job.h"

namespace auscult::bench {
namespace {

constexpr double kClipSeconds = 10.0;
constexpr const char* kUntrained = "dagmm-untrained";

struct CurveOptions : RecordingOptions {
  std::vector<double> minutes = {2, 5, 10, 30, 60, 180};
  std::vector<std::string> families = {"pump", "fan", "gearbox"}, operations = {"steady", "variable"};
  int machines = 1, normals = 36, per_fault = 6;
  double snr_db = 6.0;
  std::uint64_t set = kHeldSeed;
  std::filesystem::path picture;
};

// A recording with what is needed of it more than once.
struct Heard {
  Clip clip;
  Vector mean;  ///< of the log-mel
};

// One machine: normal recordings to train on, in order of time, and labeled ones.
struct CurveMachine {
  std::string name, operation;
  std::vector<Heard> train, test;
};

using NamedScores = std::vector<std::pair<std::string, double>>;

Result<Vector> mean_of(const std::filesystem::path& path) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  PumpClip clip;
  clip.interleaved.resize(static_cast<std::size_t>(reader.info().frames));
  AUSCULT_TRY(reader.read(clip.interleaved));
  return mean_log_mel(clip);
}

Result<std::vector<Heard>> hear_folder(const std::filesystem::path& folder, Label label) {
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, labelled_recordings(folder, label));
  std::vector<Heard> heard;
  for (const Clip& clip : clips) {
    AUSCULT_TRY_ASSIGN(Vector mean, mean_of(clip.path));
    heard.push_back({clip, std::move(mean)});
  }
  return heard;
}

std::size_t clips_of(double minutes) {
  return static_cast<std::size_t>(std::lround(minutes * 60.0 / kClipSeconds));
}

// The machines of one family and operation. The first normals are the test's, as in MIMII.
Result<std::vector<CurveMachine>> render_machines(const CurveOptions& options, const std::string& family,
                                                  const std::string& operation, const std::filesystem::path& folder,
                                                  const JobControl& control) {
  PumpSetOptions set;
  set.out = folder / (family + "_" + operation);
  set.simulator = {kMachineSimulatorVersion, *machine_family_from_string(family), *operation_from_string(operation)};
  set.machines = options.machines;
  set.normal = options.normals + static_cast<int>(clips_of(options.minutes.back()));
  set.abnormal = options.per_fault * static_cast<int>(faults_of(set.simulator.family).size());
  set.snr_db = {options.snr_db};
  set.channels = 1;
  set.seconds = kClipSeconds;
  set.seed = options.set;
  set.threads = options.threads;
  AUSCULT_TRY(write_pump_set(set, control));
  std::vector<CurveMachine> machines;
  for (int m = 0; m < options.machines; ++m) {
    const auto root = set.out / snr_folder(options.snr_db, family) / family / pump_machine_name(m);
    AUSCULT_TRY_ASSIGN(std::vector<Heard> normal, hear_folder(root / "normal", Label::normal));
    AUSCULT_TRY_ASSIGN(const std::vector<Heard> abnormal, hear_folder(root / "abnormal", Label::abnormal));
    CurveMachine machine{family + "/" + pump_machine_name(m), operation, {}, {}};
    machine.test.assign(normal.begin(), normal.begin() + options.normals);
    machine.train.assign(normal.begin() + options.normals, normal.end());
    machine.test.insert(machine.test.end(), abnormal.begin(), abnormal.end());
    machines.push_back(std::move(machine));
  }
  return machines;
}

// The detector whose energy is the paper's; the number of detectors if there is none.
std::size_t dagmm_detector(const Preset& preset) {
  const auto found = std::find_if(preset.detectors.begin(), preset.detectors.end(),
                                  [](const DetectorConfig& one) { return one.energy == EnergyKind::dagmm; });
  return static_cast<std::size_t>(found - preset.detectors.begin());
}

NamedScores scores_of(const Model& model, const ClipScore& clip, const ClipControlScores& controls) {
  const PooledEnergies& dagmm = clip.detectors[dagmm_detector(model.preset)];
  NamedScores scores = {{"fused", clip.score}, {"dagmm", dagmm.energy}, {kUntrained, dagmm.untrained}};
  for (std::size_t d = 0; d < model.detectors.size(); ++d)
    if (d != dagmm_detector(model.preset))
      scores.emplace_back(model.detectors[d].config.name, clip.detectors[d].energy);
  const ControlEnergies& windows = clip.detectors[control_detector(model.preset)].controls;
  for (const auto& [name, energy] : kControls) scores.emplace_back(name, windows.*energy);
  for (std::size_t c = 0; c < controls.size(); ++c)
    scores.emplace_back(std::string("clip-") + kClipControls[c], controls[c]);
  return scores;
}

bool is_control(const std::string& score) {
  return score.starts_with("clip-") || score == kUntrained ||
         std::any_of(std::begin(kControls), std::end(kControls),
                     [&](const NamedControl& control) { return score == control.name; });
}

std::string group_of(const CurveMachine& machine, double minutes) {
  char text[64];
  std::snprintf(text, sizeof text, "%s %g min", machine.operation.c_str(), minutes);
  return text;
}

// One training, judged: a row for each score.
Result<Run> measure(const CurveMachine& machine, double minutes, const Preset& preset, int seed, int threads,
                    const JobControl& control) {
  std::vector<Clip> clips;
  std::vector<Vector> means;
  for (std::size_t i = 0; i < std::min(clips_of(minutes), machine.train.size()); ++i) {
    clips.push_back(machine.train[i].clip);
    means.push_back(machine.train[i].mean);
  }
  const auto number = static_cast<std::uint64_t>(seed);
  AUSCULT_TRY_ASSIGN(const TrainedModel trained,
                     train_for_benchmark({clips, machine.name, preset, number, threads}, control));
  AUSCULT_TRY_ASSIGN(const ClipControls controls, ClipControls::fit(means, number));
  std::vector<std::string> names;
  std::map<std::string, std::array<std::vector<double>, 2>> values;  // of normal and abnormal clips
  for (const Heard& heard : machine.test) {
    AUSCULT_TRY_ASSIGN(const ClipScore clip,
                       score_file(trained.model, heard.clip.path, {.controls = true, .cancel = control.cancel}));
    names.clear();
    for (const auto& [name, value] : scores_of(*trained.model, clip, controls(heard.mean))) {
      names.push_back(name);
      values[name][heard.clip.label == Label::abnormal ? 1 : 0].push_back(value);
    }
  }
  Run rows;
  for (const std::string& name : names) {
    const auto& [normal, abnormal] = values[name];
    rows.push_back(score_row(machine.name, group_of(machine, minutes), name, normal, abnormal));
  }
  return rows;
}

JobControl staged(const JobControl& control, const std::string& stage) {
  return {[&control, stage](const Progress& progress) {
            Progress named = progress;
            named.stage = stage + progress.stage;
            control.report(named);
          },
          control.cancel};
}

// Every set is rendered, measured with every amount and seed, and removed before the next.
Result<std::vector<Run>> measure_all(const CurveOptions& options, const Preset& preset, const JobControl& control) {
  std::vector<Run> runs(static_cast<std::size_t>(options.seeds));
  for (const std::string& family : options.families)
    for (const std::string& operation : options.operations) {
      const ScratchFolder scratch;
      if (scratch.path().empty())
        return fail(ErrorCode::write_failed, "the temporary folder cannot be created", {},
                    "check $TMPDIR and its free space");
      const std::string set = operation + " " + family + ", ";
      AUSCULT_TRY_ASSIGN(const auto machines,
                         render_machines(options, family, operation, scratch.path(), staged(control, set)));
      for (const CurveMachine& machine : machines)
        for (const double minutes : options.minutes)
          for (int seed = 1; seed <= options.seeds; ++seed) {
            AUSCULT_TRY_ASSIGN(const Run rows,
                               measure(machine, minutes, preset, seed, options.threads,
                                       staged(control, machine.name + " " + group_of(machine, minutes) + ", ")));
            Run& run = runs[static_cast<std::size_t>(seed - 1)];
            run.insert(run.end(), rows.begin(), rows.end());
          }
    }
  return runs;
}

// The mean over machines of one panel: a family's operation, or all machines of one operation.
struct Panel {
  std::string title, family, operation;
};

std::vector<Panel> panels_of(const CurveOptions& options) {
  std::vector<Panel> panels;
  for (const std::string& family : options.families)
    for (const std::string& operation : options.operations)
      panels.push_back({operation + " " + family, family + "/", operation});
  if (options.families.size() > 1)
    for (const std::string& operation : options.operations)
      panels.push_back({"mean of all " + operation + " machines", "", operation});
  return panels;
}

MeanScore mean_of(const Evaluation& all, const Panel& panel, double minutes, const std::string& score) {
  char group[64];
  std::snprintf(group, sizeof group, "%s %g min", panel.operation.c_str(), minutes);
  std::vector<EvaluationRow> chosen;
  for (const EvaluationRow& row : all.rows)
    if (row.machine.starts_with(panel.family) && row.group == group && row.score == score) chosen.push_back(row);
  auto mean = mean_scores(chosen);
  return chosen.empty() ? MeanScore{NAN, NAN} : mean[score];
}

std::vector<std::string> score_names(const Evaluation& all) {
  std::vector<std::string> names;
  for (const EvaluationRow& row : all.rows)
    if (std::find(names.begin(), names.end(), row.score) == names.end()) names.push_back(row.score);
  return names;
}

std::string table(const CurveOptions& options, const Evaluation& all) {
  std::string text;
  for (const Panel& panel : panels_of(options)) {
    char cell[96];
    std::snprintf(cell, sizeof cell, "%-32s", panel.title.c_str());
    text += cell;
    for (const double minutes : options.minutes) {
      std::snprintf(cell, sizeof cell, "%9g min", minutes);
      text += cell;
    }
    for (const std::string& score : score_names(all)) {
      std::snprintf(cell, sizeof cell, "\n  %-30s", score.c_str());
      text += cell;
      for (const double minutes : options.minutes) {
        const MeanScore mean = mean_of(all, panel, minutes, score);
        std::snprintf(cell, sizeof cell, "  %5.3f/%5.3f", mean.auc, mean.pauc);
        text += cell;
      }
    }
    text += "\n\n";
  }
  return text;
}

Status draw(const CurveOptions& options, const Evaluation& all) {
  std::vector<CurvePanel> panels;
  for (const Panel& panel : panels_of(options)) {
    CurvePanel picture{panel.title + ": AUC", {}};
    for (const std::string score : {"fused", "dagmm", kUntrained, "neighbour", "template", "mahalanobis", "gmm", "knn1",
                                    "clip-mahalanobis-local", "clip-knn1-local"}) {
      CurveLine line{score, {}, is_control(score)};
      for (const double minutes : options.minutes) line.values.push_back(mean_of(all, panel, minutes, score).auc);
      picture.lines.push_back(std::move(line));
    }
    panels.push_back(std::move(picture));
  }
  return write_file_atomically(options.picture, to_svg(options.minutes, panels, "AUC by the amount of normal sound"));
}

void print_notes(const CurveOptions& options, double seconds) {
  std::printf(
      "Preset %s, %d training(s) for each amount of sound; %d machine(s) a family of simulator version %d (set %llu, "
      "%g "
      "dB); tested on %d normal recordings and %d of each fault, 10 s.\n"
      "AUC/pAUC. dagmm: the trained DAGMM's local E(z) alone; %s: the same network without gradient steps; template, "
      "mahalanobis, gmm, knn1: on 2 s windows, as everywhere;\nclip-: on the mean log-mel of a recording. %s in all.\n",
      options.presets.front().c_str(), options.seeds, options.machines, kMachineSimulatorVersion,
      static_cast<unsigned long long>(options.set), options.snr_db, options.normals, options.per_fault, kUntrained,
      format_duration(seconds).c_str());
}

int run_curve(CurveOptions options, BenchContext& context) {
  const auto start = std::chrono::steady_clock::now();
  std::sort(options.minutes.begin(), options.minutes.end());
  const auto presets = load_presets(options);
  if (!presets) return cli::report(presets.error());
  if (presets->size() > 1)
    return cli::report({ErrorCode::usage, "a learning curve is of one preset", {}, "give --preset once"});
  if (dagmm_detector(presets->front()) == presets->front().detectors.size())
    return cli::report({ErrorCode::usage, "no detector of the preset reports the energy of a DAGMM alone",
                        presets->front().name, "choose a preset like monitor, and check --only and --without"});
  cli::ProgressBar bar;
  const JobControl control{bar.function(), &context.cancel};
  const auto runs = measure_all(options, presets->front(), control);
  bar.close();
  if (!runs) return cli::report(runs.error());
  Evaluation all = summarise(*runs);
  all.preset = presets->front().name;
  all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json)
    std::printf("%s\n", to_json(all).c_str());
  else
    std::fputs(table(options, all).c_str(), stdout), print_notes(options, all.seconds);
  if (options.picture.empty()) return kExitOk;
  const Status drawn = draw(options, all);
  return drawn ? kExitOk : cli::report(drawn.error());
}

}  // namespace

void add_learning_curve(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "learning-curve",
      "Detection by the amount of normal sound: trained, untrained and controls on simulated machines");
  auto options = std::make_shared<CurveOptions>();
  add_recording_options(*command, *options, 1);
  command->remove_option(command->get_option("--recordings"));  // --minutes says it
  command->add_option("--minutes", options->minutes, "Minutes of normal sound, separated by commas")
      ->capture_default_str()
      ->delimiter(',')
      ->check(CLI::Range(0.5, 600.0));
  command->add_option("--machine-type", options->families, "pump, fan or gearbox; repeatable [all]")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"pump", "fan", "gearbox"}));
  command->add_option("--operation", options->operations, "steady or variable; repeatable [both]")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"steady", "variable"}));
  command->add_option("--machines", options->machines, "Machines of each type")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  command->add_option("--normals", options->normals, "Normal test recordings per machine")
      ->capture_default_str()
      ->check(CLI::Range(2, 10000));
  command->add_option("--per-fault", options->per_fault, "Test recordings of each kind of fault")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_option("--snr", options->snr_db, "Signal-to-noise ratio in dB")
      ->capture_default_str()
      ->check(CLI::Range(-60.0, 60.0));
  command->add_option("--set", options->set, "Seed of the set: which machines and recordings")->capture_default_str();
  command->add_option("--picture", options->picture, "Also write the curves to this .svg");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_curve(*options, context); }; });
}

}  // namespace auscult::bench
