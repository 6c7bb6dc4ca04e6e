// The tables of the DAGMM paper by its own protocol: half of the rows at random train (only their normals are used), the
// other half is the test, and the top fraction of test energies is flagged.
#include <chrono>
#include <cmath>
#include <cstdio>

#include "auscult/dataset/table.h"
#include "auscult/model/table_model.h"
#include "bench.h"
#include "console.h"
#include "runs.h"

namespace auscult::bench {
namespace {

struct TableSpec {
  const char* name;
  const char* file;
  const char* preset;
  double flagged;    // share of the test rows
  int seeds;
  double paper_precision, paper_recall, paper_f1;  // NaN: not printed there
  const char* about;
};

constexpr TableSpec kTables[] = {
    {"kddcup", "kddcup99_10_percent.csv", "paper-kddcup", 0.20, 5, 0.9297, 0.9442, 0.9369, "KDD Cup 1999, 10 %: attacks are the normal class, as in the paper"},
    {"kddcup-rev", "kddcup99_10_percent.csv", "paper-kddcup-rev", 0.20, 5, NAN, NAN, 0.9380, "KDD Cup 1999, 10 %: normal connections, and attacks subsampled to a fifth of all"},
    {"thyroid", "thyroid.csv", "paper-thyroid", 0.025, 20, 0.4766, 0.4834, 0.4782, "ODDS thyroid"},
    {"arrhythmia", "arrhythmia.csv", "paper-arrhythmia", 0.15, 20, 0.4909, 0.5078, 0.4983, "ODDS arrhythmia"},
};

struct PaperTableOptions : TableOptions {
  std::string preset;
  bool ablations = false, standardise = false;
  int epochs = -1, first_seed = 1;
  double ridge = 0.0, learning_rate = 0.0;
};

struct RunClock {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};

Result<Table> load_table(const TableSpec& spec, const std::filesystem::path& data) {
  const auto path = data / "tabular" / spec.file;
  return std::string_view(spec.file).starts_with("kddcup") ? read_kddcup(path) : read_outlier_csv(path);
}

EvaluationRow row_of(const TableSpec& spec, const NamedEnergies& score, const std::vector<std::uint8_t>& abnormal) {
  std::vector<double> normals, abnormals;
  for (std::size_t i = 0; i < abnormal.size(); ++i) (abnormal[i] ? abnormals : normals).push_back(score.energies[i]);
  const Confusion top = confusion_of_top(score.energies, abnormal, spec.flagged);
  EvaluationRow row;
  row.machine = spec.name;
  row.score = score.name;
  row.auc = roc_auc(normals, abnormals);
  row.pauc = partial_auc(normals, abnormals);
  row.precision = top.precision();
  row.recall = top.recall();
  row.f1 = top.f1();
  row.normals = normals.size();
  row.abnormals = abnormals.size();
  return row;
}

// One split with everything measured on it. A seed decides the split, the networks and, for kddcup-rev, the attacks drawn.
Result<Run> run_once(const TableSpec& spec, const Table& original, const DetectorConfig& detector, const PaperTableOptions& options,
                     std::uint64_t seed, const JobControl& control) {
  const bool reversed = std::string_view(spec.name) == "kddcup-rev";
  const Table drawn = reversed ? reverse_kddcup(original, seed + 1000000) : Table{};
  const Table& table = reversed ? drawn : original;
  const TableSplit split = split_table(table, seed);
  FeatureMatrix train, test;
  train.width = test.width = table.width;
  train.values = take_rows(table, split.train);
  test.values = take_rows(table, split.test);
  const ColumnScaling scaling = options.standardise ? ColumnScaling::standard(train.values, table.width) : ColumnScaling::min_max(train.values, table.width);
  scaling.apply(train.values);
  scaling.apply(test.values);
  std::vector<std::uint8_t> abnormal;
  for (const std::size_t row : split.test) abnormal.push_back(table.abnormal[row]);

  AUSCULT_TRY_ASSIGN(std::vector<NamedEnergies> scores, table_energies(detector.dagmm, detector.members, train, test, seed, control));
  ControlOptions controls;
  controls.components = detector.dagmm.components;
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
  for (const double value : {spec.paper_precision, spec.paper_recall, spec.paper_f1}) std::isnan(value) ? std::printf("%8s", "-") : std::printf("%8.4f", value);
  std::printf("\n%d runs with preset %s, each its own random split and networks; %zu normal and %zu abnormal test rows, the top %.1f %% flagged; %s in all.\n",
              all.rows.front().seeds, preset.c_str(), all.rows.front().normals, all.rows.front().abnormals, 100.0 * spec.flagged, cli::format_duration(seconds).c_str());
}

Result<DetectorConfig> detector_of(const PaperTableOptions& options) {
  AUSCULT_TRY_ASSIGN(const Preset preset, load_preset(options.preset));
  DetectorConfig detector = preset.detectors.front();
  if (options.epochs >= 0) detector.dagmm.epochs = options.epochs;
  if (options.ridge > 0.0) detector.dagmm.ridge = options.ridge;
  if (options.learning_rate > 0.0) detector.dagmm.learning_rate = options.learning_rate;
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
    auto run = run_once(spec, *table, *detector, options, static_cast<std::uint64_t>(options.first_seed + i), {progress, &context.cancel});
    if (!run) {
      bar.close();
      return cli::report(run.error());
    }
    bar.close();
    std::fprintf(stderr, "run %d: F1 %.4f, AUC %.4f, untrained F1 %.4f; %.1f s\n", options.first_seed + i, run->front().f1, run->front().auc, (*run)[2].f1, run_clock.seconds());
    runs.push_back(std::move(*run));
  }
  const Evaluation all = summarise(runs);
  if (options.json) std::printf("%s\n", to_json(all).c_str());
  else print_table(spec, all, options.preset, clock.seconds());
  return kExitOk;
}

}  // namespace

void add_tables(CLI::App& app, BenchContext& context) {
  for (const TableSpec& spec : kTables) {
    auto* command = app.add_subcommand(spec.name, std::string(spec.about) + "; the paper's protocol");
    auto options = std::make_shared<PaperTableOptions>();
    add_table_options(*command, *options, spec.seeds);
    options->preset = spec.preset;
    command->add_option("--preset", options->preset, "Whose first detector's network is judged")->capture_default_str();
    command->add_flag("--ablations", options->ablations, "The paper's six ablations too");
    command->add_flag("--standardise", options->standardise, "Scale columns to mean 0 and deviation 1 of the training rows, instead of to [0, 1]");
    command->add_option("--epochs", options->epochs, "Passes over the data, instead of the preset's")->check(CLI::Range(0, 1000000));
    command->add_option("--ridge", options->ridge, "Added to each covariance, instead of the preset's")->check(CLI::PositiveNumber);
    command->add_option("--learning-rate", options->learning_rate, "Of Adam, instead of the preset's")->check(CLI::PositiveNumber);
    command->add_option("--first-seed", options->first_seed, "Seed of the first run")->capture_default_str();
    command->callback([options, &spec, &context] { context.run = [options, &spec, &context] { return run_table(spec, *options, context); }; });
  }
}

}  // namespace auscult::bench
