// The tables of the DAGMM paper with its own protocol, with controls and ablations.
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/duration.h"
#include "bench.h"
#include "console.h"
#include "paper/table_protocol.h"

namespace auscult::bench {
namespace {

struct PaperTableOptions : TableOptions {
  std::string preset;
  bool ablations = false;
  ColumnRule rule;
  int first_seed = 1;
  // Override the preset's.
  std::optional<int> epochs, members, em_steps;
  std::optional<double> held_out, ridge, learning_rate;
};

// One split and everything measured on it. A seed determines the split, the networks and, for kddcup-rev, the attacks
// drawn.
Result<Run> run_once(const TableSpec& spec, const Table& original, const DetectorConfig& detector,
                     const PaperTableOptions& options, std::uint64_t seed, const JobControl& control) {
  const auto [train, test, abnormal] = paper_split(spec, original, options.rule, seed);
  AUSCULT_TRY_ASSIGN(std::vector<NamedEnergies> scores,
                     table_energies(detector.dagmm, detector.members, train, test, seed, control));
  const std::size_t judged = detector.energy == EnergyKind::joint ? 1 : 0;
  scores.insert(scores.begin(), {"fused", scores[judged].energies});  // the energy that the preset names
  if (scores.back().name == "single") {                               // dagmm stands for one network in every table
    scores[1].energies = std::move(scores.back().energies);
    scores.pop_back();
  }
  ControlOptions controls;
  controls.components = detector.dagmm.network.components;
  AUSCULT_TRY_ASSIGN(const auto simple, control_energies(controls, train, test, seed));
  scores.insert(scores.end(), simple.begin(), simple.end());
  if (options.ablations) {
    AUSCULT_TRY_ASSIGN(const auto parts, ablation_energies(kAblations, detector.dagmm, train, test, seed, control));
    scores.insert(scores.end(), parts.begin(), parts.end());
  }
  Run run;
  for (const NamedEnergies& score : scores) run.push_back(row_of(spec, score, abnormal));
  return run;
}

void print_table(const TableSpec& spec, const Evaluation& all, const std::string& preset, double seconds) {
  std::fputs(to_lines(all).c_str(), stdout);
  std::printf("%-36s%8s%8s%8s", "the paper's DAGMM", "-", "-", "-");
  for (const double value : {spec.paper_precision, spec.paper_recall, spec.paper_f1})
    std::isnan(value) ? std::printf("%8s", "-") : std::printf("%8.4f", value);
  std::printf(
      "\n%d runs with preset %s, each its own random split and networks; %zu normal and %zu abnormal test rows, the "
      "top %.1f %% flagged; %s in all.\n",
      all.rows.front().seeds, preset.c_str(), all.rows.front().normals, all.rows.front().abnormals,
      100.0 * spec.flagged, format_duration(seconds).c_str());
}

Result<DetectorConfig> detector_of(const PaperTableOptions& options) {
  AUSCULT_TRY_ASSIGN(const Preset preset, load_preset(options.preset));
  DetectorConfig detector = preset.detectors.front();
  if (options.epochs) detector.dagmm.schedule.epochs = *options.epochs;
  if (options.members) detector.members = *options.members;
  if (options.em_steps) detector.dagmm.mixture.em_steps = *options.em_steps;
  if (options.held_out) detector.dagmm.schedule.held_out = *options.held_out;
  if (options.ridge) detector.dagmm.mixture.ridge = *options.ridge;
  if (options.learning_rate) detector.dagmm.schedule.learning_rate = *options.learning_rate;
  return detector;
}

int run_table(const TableSpec& spec, const PaperTableOptions& options, BenchContext& context) {
  const RunClock clock;
  const auto detector = detector_of(options);
  if (!detector) return cli::report(detector.error());
  const auto table = load_table(spec, options.data);
  if (!table) return cli::report(table.error());

  cli::ProgressBar bar;
  std::vector<Run> runs;
  for (int i = 0; i < options.seeds; ++i) {
    const RunClock run_clock;
    const auto progress = [&](const Progress& p) {
      Progress named = p;
      named.stage = "run " + std::to_string(i + 1) + " of " + std::to_string(options.seeds) + ", " + p.stage;
      bar.update(named);
    };
    auto run = run_once(spec, *table, *detector, options,
                        static_cast<std::uint64_t>(options.first_seed) + static_cast<std::uint64_t>(i),
                        {progress, &context.cancel});
    if (!run) {
      bar.close();
      return cli::report(run.error());
    }
    bar.close();
    std::fprintf(stderr, "run %d: F1 %.4f, AUC %.4f, untrained F1 %.4f; %.1f s\n", options.first_seed + i,
                 run->front().f1, run->front().auc, (*run)[3].f1, run_clock.seconds());
    runs.push_back(std::move(*run));
  }
  const Evaluation all = summarise(runs);
  if (options.json)
    std::printf("%s\n", to_json(all).c_str());
  else
    print_table(spec, all, options.preset, clock.seconds());
  return kExitOk;
}

}  // namespace

void add_tables(CLI::App& app, BenchContext& context) {
  for (const TableSpec& spec : paper_tables()) {
    auto* command = app.add_subcommand(spec.name, std::string(spec.about) + "; the paper's protocol");
    auto options = std::make_shared<PaperTableOptions>();
    add_table_options(*command, *options, spec.seeds);
    options->preset = spec.preset;
    command->add_option("--preset", options->preset, "Preset whose first detector is evaluated")->capture_default_str();
    command->add_flag("--ablations", options->ablations, "Also evaluate the paper's six ablations");
    command->add_flag("--standardise", options->rule.standardise,
                      "Scale columns to mean 0 and deviation 1 of the training rows, instead of to [0, 1]");
    command->add_option("--epochs", options->epochs, "Epochs, instead of the preset's number")
        ->check(CLI::Range(0, 1000000));
    command->add_flag("--keep-constant", options->rule.keep_constant,
                      "Keep columns that are constant in training, in their raw unit");
    command
        ->add_option("--members", options->members,
                     "Ensemble members whose energies are averaged, instead of the preset's number")
        ->check(CLI::Range(1, 32));
    command
        ->add_option("--em-steps", options->em_steps,
                     "EM steps after training, instead of the preset's; 0: the estimation network's mixture")
        ->check(CLI::Range(0, 1000));
    command
        ->add_option("--held-out", options->held_out,
                     "Share of the training rows held out for early stopping, instead of the preset's; 0: none")
        ->check(CLI::Range(0.0, 0.5));
    command->add_option("--ridge", options->ridge, "Ridge added to each covariance, instead of the preset's")
        ->check(CLI::PositiveNumber);
    command->add_option("--learning-rate", options->learning_rate, "Learning rate of Adam, instead of the preset's")
        ->check(CLI::PositiveNumber);
    command->add_option("--first-seed", options->first_seed, "Seed of the first run")->capture_default_str();
    command->callback([options, &spec, &context] {
      context.run = [options, &spec, &context] { return run_table(spec, *options, context); };
    });
  }
}

}  // namespace auscult::bench
