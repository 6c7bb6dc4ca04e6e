// simulator: how well a level meter and simple controls detect faults of the simulated pumps, as a reference for
// figures measured on them. Recordings are rendered in memory by the frozen simulator, with a seed not used in its
// calibration.
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <span>

#include "base/duration.h"
#include "bench.h"
#include "console.h"
#include "runs.h"
#include "scoring/feature_stream.h"
#include "simulator_bounds.h"
#include "simulator_families.h"

namespace auscult::bench {
namespace {

struct SimulatorOptions : FamilyBoundsOptions {
  int version = 1;
};

// One recording: its level and its feature vectors, clip means and statistics of 2 s windows.
struct Heard {
  int machine = 0;
  double loudness = 0.0;
  Vector clip_mean;
  std::vector<Vector> windows;
};

Heard hear(int machine, const PumpClip& clip) {
  Heard heard{machine, level(clip), mean_log_mel(clip), {}};
  const DetectorConfig summary;  // 62 frames, every 16
  FeatureStream stream(FrontendConfig{}, std::span(&summary, 1));
  stream.push_samples(clip.interleaved, {.hop = [&](const FeatureHop& hop) {
                        for (const FeatureVector& vector : hop.vectors)
                          heard.windows.emplace_back(vector.values.begin(), vector.values.end());
                      }});
  return heard;
}

// The controls of one machine at one SNR.
struct Fitted {
  Standardiser clip_scale, window_scale;
  Mahalanobis clip_distance, window_distance;
};

std::vector<Vector> standardised(const std::vector<Vector>& rows, const Standardiser& scale) {
  std::vector<Vector> z;
  for (const Vector& row : rows) z.push_back(scale(row));
  return z;
}

Fitted fit(const std::vector<Heard>& training) {
  std::vector<Vector> clips, windows;
  for (const Heard& heard : training) {
    clips.push_back(heard.clip_mean);
    windows.insert(windows.end(), heard.windows.begin(), heard.windows.end());
  }
  const Standardiser clip_scale(clips), window_scale(windows);
  return {clip_scale, window_scale, Mahalanobis(standardised(clips, clip_scale)),
          Mahalanobis(standardised(windows, window_scale))};
}

constexpr std::array<const char*, 5> kScores = {"level", "template", "mahalanobis", "template-2s", "mahalanobis-2s"};

std::array<double, kScores.size()> scores_of(const Heard& heard, const Fitted& fitted) {
  const Vector clip = fitted.clip_scale(heard.clip_mean);
  double window_template = 0.0, window_distance = 0.0;
  for (const Vector& row : heard.windows) {
    const Vector z = fitted.window_scale(row);
    window_template += squared_norm(z);
    window_distance += fitted.window_distance(z);
  }
  return {heard.loudness, squared_norm(clip), fitted.clip_distance(clip), window_template, window_distance};
}

constexpr const char* kPooled = "pooled";  // all machines together

using ScoreLists = std::array<std::vector<double>, kScores.size()>;

void append(const Heard& heard, const Fitted& fitted, ScoreLists& lists) {
  const auto scores = scores_of(heard, fitted);
  for (std::size_t s = 0; s < scores.size(); ++s) lists[s].push_back(scores[s]);
}

// The first score is the level meter's, the only one evaluated for each kind of fault.
enum class Scores { level, all };

void append_rows(const std::string& machine, const std::string& group, const ScoreLists& normal,
                 const ScoreLists& abnormal, Scores which, Run& rows) {
  for (std::size_t s = 0; s < kScores.size(); ++s) {
    if (which == Scores::level && s > 0) break;
    rows.push_back(score_row(machine, group, kScores[s], normal[s], abnormal[s]));
  }
}

void extend(ScoreLists& to, const ScoreLists& from) {
  for (std::size_t s = 0; s < to.size(); ++s) to[s].insert(to[s].end(), from[s].begin(), from[s].end());
}

Run measure(const SimulatorOptions& options, std::uint64_t seed, double snr_db,
            const std::function<bool(int)>& machine_done) {
  const std::string snr = std::to_string(static_cast<int>(snr_db)) + "dB";
  ScoreLists pooled_normal;
  std::array<ScoreLists, kFaults.size()> pooled_faulty;
  Run rows;
  for (int machine = 0; machine < options.machines; ++machine) {
    const auto heard_normal = [&](int i) { return hear(machine, render(normal_clip(machine, i, seed), snr_db, 10.0)); };
    std::vector<Heard> training;
    for (int i = 0; i < options.training; ++i) training.push_back(heard_normal(options.normals + i));
    const Fitted fitted = fit(training);
    ScoreLists normal, all_faulty;
    for (int i = 0; i < options.normals; ++i) append(heard_normal(i), fitted, normal);
    for (int i = 0; i < options.per_fault * static_cast<int>(kFaults.size()); ++i) {
      ScoreLists one;
      append(hear(machine, render(abnormal_clip(seed, machine, i), snr_db, 10.0)), fitted, one);
      extend(pooled_faulty[static_cast<std::size_t>(i) % kFaults.size()], one);
      extend(all_faulty, one);
    }
    append_rows(pump_machine_name(machine), snr, normal, all_faulty, Scores::all, rows);
    extend(pooled_normal, normal);
    if (!machine_done(machine)) return {};
  }
  for (std::size_t kind = 0; kind < kFaults.size(); ++kind)
    append_rows(kPooled, snr + " " + to_string(kFaults[kind]), pooled_normal, pooled_faulty[kind], Scores::level, rows);
  return rows;
}

std::string table(const Run& rows) {
  std::string text = "machine  group                 score              AUC    pAUC\n";
  for (const EvaluationRow& row : rows) {
    char line[128];
    std::snprintf(line, sizeof line, "%-8s %-21s %-15s %7.3f %7.3f\n", row.machine.c_str(), row.group.c_str(),
                  row.score.c_str(), row.auc, row.pauc);
    text += line;
  }
  return text;
}

void print_table(const SimulatorOptions& options, const Evaluation& all, double seconds) {
  std::fputs(table(all.rows).c_str(), stdout);
  std::printf("mean over machines and SNR:");
  for (const auto& [score, mean] : all.mean) std::printf(" %s %.3f/%.3f", score.c_str(), mean.auc, mean.pauc);
  std::printf(
      "\n%d machines of simulator version %d, mean of %d sets; of each machine %d training normals, %d normal and %d "
      "abnormal test clips of 10 s; template: z-scored distance to the mean;\n"
      "mahalanobis: covariance shrunk by a tenth; -2s: on mean and mean absolute difference of 2 s windows, averaged "
      "over the clip; level: RMS. %s in all.\n",
      options.machines, kSimulatorVersion, options.seeds, options.training, options.normals,
      options.per_fault * static_cast<int>(kFaults.size()), format_duration(seconds).c_str());
}

int run_simulator(const SimulatorOptions& options, BenchContext& context) {
  const auto start = std::chrono::steady_clock::now();
  cli::ProgressBar bar;
  std::vector<Run> runs(static_cast<std::size_t>(options.seeds));
  std::uint64_t done = 0;
  for (std::size_t set = 0; set < runs.size(); ++set) {
    for (const double snr_db : options.snr_db) {
      const Run rows = measure(options, options.set + set, snr_db, [&](int) {
        bar.update({"rendering and measuring", ++done,
                    options.snr_db.size() * static_cast<std::uint64_t>(options.machines * options.seeds), "machines"});
        return !context.cancel.requested();
      });
      if (context.cancel.requested()) return cli::report({ErrorCode::cancelled, "interrupted", {}, {}});
      runs[set].insert(runs[set].end(), rows.begin(), rows.end());
    }
  }
  bar.close();
  Evaluation all = summarise(runs);
  all.mean = {};
  std::map<std::string, double> count;
  for (const EvaluationRow& row : all.rows) {
    if (row.machine == kPooled) continue;
    all.mean[row.score].auc += row.auc;
    all.mean[row.score].pauc += row.pauc;
    count[row.score] += 1.0;
  }
  for (auto& [score, mean] : all.mean) mean.auc /= count[score], mean.pauc /= count[score];
  if (options.json)
    std::printf("%s\n", to_json(all).c_str());
  else
    print_table(options, all, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return kExitOk;
}

}  // namespace

void add_simulator(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "simulator", "Bounds of the simulated machines: how well loudness and simple controls detect their faults");
  auto options = std::make_shared<SimulatorOptions>();
  add_table_options(*command, *options, 1);
  options->set = kHeldSeed;
  command->add_option("--version", options->version, "Of the simulator: 1, its pumps, or 2, all of its machines")
      ->capture_default_str()
      ->check(CLI::Range(1, 2));
  command->add_option("--machine-type", options->families, "Of version 2: pump, fan or gearbox; repeatable [all]")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"pump", "fan", "gearbox"}));
  command->add_option("--operation", options->operations, "Of version 2: steady or variable; repeatable [both]")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"steady", "variable"}));
  command->add_option("--snr", options->snr_db, "Signal-to-noise ratio in dB; repeatable [6, 0, -6]")
      ->allow_extra_args(false);
  command->add_option("--set", options->set, "Seed of the set")->capture_default_str();
  command->add_option("--machines", options->machines, "Number of machines")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  command->add_option("--normals", options->normals, "Normal test clips per machine")
      ->capture_default_str()
      ->check(CLI::Range(2, 10000));
  command->add_option("--per-fault", options->per_fault, "Test clips per kind of fault")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_option("--training", options->training, "Training clips")
      ->capture_default_str()
      ->check(CLI::Range(4, 10000));
  command->callback([options, &context] {
    context.run = [options, &context] {
      return options->version == 1 ? run_simulator(*options, context) : run_family_bounds(*options, context);
    };
  });
}

}  // namespace auscult::bench
