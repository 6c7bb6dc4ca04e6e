#include "feature_tables.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/duration.h"
#include "console.h"
#include "runs.h"
#include "scoring/scorer.h"
#include "training/control_fit.h"
#include "training/trainer.h"

namespace auscult::bench {
namespace {

struct Scores {
  std::string name;
  std::vector<double> values;
};

struct DetectorEnergies {
  std::vector<double> energy, untrained;  // the energy that the preset names
  std::vector<double> dagmm, joint;
};

DetectorEnergies energies_of(const Detector& detector, const FeatureMatrix& rows) {
  std::vector<Energies> energies(static_cast<std::size_t>(rows.rows())), untrained(energies.size());
  detector.energies(rows.values, energies);
  detector.untrained_energies(rows.values, untrained);
  DetectorEnergies all;
  for (std::size_t i = 0; i < energies.size(); ++i) {
    all.energy.push_back(energies[i].reported(detector.config.energy));
    all.untrained.push_back(untrained[i].reported(detector.config.energy));
    all.dagmm.push_back(energies[i].dagmm);
    all.joint.push_back(energies[i].joint);
  }
  return all;
}

FeatureMatrix slice(const FeatureMatrix& rows, std::int64_t begin, std::int64_t end) {
  FeatureMatrix part;
  part.width = rows.width;
  part.values.assign(rows.values.begin() + begin * rows.width, rows.values.begin() + end * rows.width);
  return part;
}

FeatureMatrix without(const FeatureMatrix& rows, std::int64_t begin, std::int64_t end) {
  FeatureMatrix rest = slice(rows, 0, begin);
  rest.values.insert(rest.values.end(), rows.values.begin() + end * rows.width, rows.values.end());
  return rest;
}

// One detector's energies of the test rows as u, calibrated on held-out training rows: contiguous blocks, each scored
// by a detector that was trained on the others, as for a model of recordings.
struct Calibrated {
  Detector detector;
  DetectorEnergies energies;
  std::vector<double> u, untrained_u;
};

Result<Calibrated> calibrated(const DetectorConfig& preset_config, int folds, const FeatureMatrix& train,
                              const FeatureMatrix& test, std::uint64_t seed, const JobControl& control) {
  const DetectorConfig config = for_amount(preset_config, {train.width, train.rows(), train.rows()});
  DetectorEnergies held_out;
  for (int fold = 0; fold < folds; ++fold) {
    const std::int64_t begin = train.rows() * fold / folds, end = train.rows() * (fold + 1) / folds;
    AUSCULT_TRY_ASSIGN(const Detector detector, train_detector(config, without(train, begin, end), seed, control));
    const DetectorEnergies part = energies_of(detector, slice(train, begin, end));
    held_out.energy.insert(held_out.energy.end(), part.energy.begin(), part.energy.end());
    held_out.untrained.insert(held_out.untrained.end(), part.untrained.begin(), part.untrained.end());
  }
  AUSCULT_TRY_ASSIGN(const EnergyCalibration calibration, EnergyCalibration::fit(held_out.energy));
  AUSCULT_TRY_ASSIGN(const EnergyCalibration untrained, EnergyCalibration::fit(held_out.untrained));
  Calibrated result;
  AUSCULT_TRY_ASSIGN(result.detector, train_detector(config, train, seed, control));
  result.energies = energies_of(result.detector, test);
  for (const double energy : result.energies.energy) result.u.push_back(calibration.u(energy));
  for (const double energy : result.energies.untrained) result.untrained_u.push_back(untrained.u(energy));
  return result;
}

std::vector<double> fused(Fusion fusion, const std::vector<Calibrated>& detectors,
                          std::vector<double> Calibrated::*field) {
  std::vector<double> scores;
  for (std::size_t row = 0; row < (detectors.front().*field).size(); ++row) {
    std::vector<double> u, weights;
    for (const Calibrated& detector : detectors) {
      u.push_back((detector.*field)[row]);
      weights.push_back(detector.detector.config.weight);
    }
    scores.push_back(fuse(fusion, u, weights));
  }
  return scores;
}

Result<std::vector<Scores>> model_scores(const Preset& preset, const FeatureMatrix& train, const FeatureMatrix& test,
                                         std::uint64_t seed, const JobControl& control) {
  std::vector<Calibrated> detectors;
  for (const DetectorConfig& config : preset.detectors) {
    AUSCULT_TRY_ASSIGN(detectors.emplace_back(),
                       calibrated(config, std::max(2, preset.calibration.folds), train, test, seed, control));
  }
  std::vector<Scores> scores = {{"fused", fused(preset.fusion, detectors, &Calibrated::u)}};
  for (const Calibrated& detector : detectors)
    scores.push_back({detector.detector.config.name, detector.energies.energy});
  for (const Calibrated& detector : detectors) {
    if (detector.detector.members.empty()) continue;
    for (const Scores& energy : {Scores{"dagmm", detector.energies.dagmm}, Scores{"joint", detector.energies.joint}})
      if (std::none_of(scores.begin(), scores.end(), [&](const Scores& s) { return s.name == energy.name; }))
        scores.push_back(energy);
    break;
  }
  scores.push_back({"untrained", fused(preset.fusion, detectors, &Calibrated::untrained_u)});
  return scores;
}

Result<Run> run_table(const MachineTable& machine, const Preset& preset, std::uint64_t seed,
                      const JobControl& control) {
  const Table& table = machine.table;
  const TableSplit split = split_table_mimii(table);
  FeatureMatrix train, test;
  train.width = test.width = table.width;
  train.values = take_rows(table, split.train);
  test.values = take_rows(table, split.test);
  AUSCULT_TRY_ASSIGN(std::vector<Scores> scores, model_scores(preset, train, test, seed, control));
  ControlOptions options;
  AUSCULT_TRY_ASSIGN(const TableControls controls, TableControls::fit(train, options, seed));
  const std::vector<ControlEnergies> simple = controls.scores(test);
  for (const auto& [name, energy] : kControls) {
    Scores& named = scores.emplace_back(Scores{name, {}});
    for (const ControlEnergies& energies : simple) named.values.push_back(energies.*energy);
  }

  Run run;
  for (const Scores& score : scores) {
    std::vector<double> normals, abnormals;
    for (std::size_t i = 0; i < split.test.size(); ++i)
      (table.abnormal[split.test[i]] ? abnormals : normals).push_back(score.values[i]);
    run.push_back(score_row(machine.machine, machine.level, score.name, normals, abnormals));
  }
  return run;
}

void print_table(const Evaluation& all, const FeatureTableOptions& options, const std::string& note) {
  std::fputs(to_lines(all).c_str(), stdout);
  std::printf(
      "\nMean over machines and levels, AUC / pAUC, and how far fused is ahead (standard error of the paired "
      "difference over seeds):\n");
  for (std::size_t i = 0; i < all.rows.size() && all.rows[i].machine == all.rows.front().machine &&
                          all.rows[i].group == all.rows.front().group;
       ++i) {
    const std::string& score = all.rows[i].score;
    const MeanScore mean = all.mean.at(score);
    std::printf("  %-12s %.4f / %.4f", score.c_str(), mean.auc, mean.pauc);
    if (score != "fused") {
      const Lead& lead = all.leads.at(score);
      std::printf("   ahead by %+.4f (%.4f) / %+.4f (%.4f)", lead.auc, lead.auc_error, lead.pauc, lead.pauc_error);
    }
    std::printf("\n");
  }
  std::printf("%zu seeds of preset %s %s; MIMII split; %s in all.\n", static_cast<std::size_t>(options.seeds),
              options.preset.c_str(), note.c_str(), format_duration(all.seconds).c_str());
}

}  // namespace

void add_feature_table_options(CLI::App& command, FeatureTableOptions& options) {
  add_table_options(command, options, 5);
  command.add_option("--preset", options.preset, "Preset whose detectors for window statistics are evaluated")
      ->capture_default_str();
}

Result<Preset> statistics_preset(const FeatureTableOptions& options) {
  AUSCULT_TRY_ASSIGN(Preset preset, load_preset(options.preset));
  std::erase_if(preset.detectors, [](const DetectorConfig& d) { return d.input != Representation::summary; });
  if (preset.detectors.empty())
    return fail(ErrorCode::usage, "has no detector for window statistics", options.preset, "choose another --preset");
  return preset;
}

int run_feature_tables(const std::vector<MachineTable>& tables, const Preset& preset,
                       const FeatureTableOptions& options, const std::string& note, BenchContext& context) {
  const auto start = std::chrono::steady_clock::now();
  cli::ProgressBar bar;
  std::vector<Run> runs(static_cast<std::size_t>(options.seeds));
  for (int seed = 1; seed <= options.seeds; ++seed) {
    for (const MachineTable& machine : tables) {
      const auto progress = [&](const Progress& p) {
        Progress named = p;
        named.stage = "seed " + std::to_string(seed) + ", " + machine.level + " " + machine.machine + ", " + p.stage;
        bar.update(named);
      };
      auto rows = run_table(machine, preset, static_cast<std::uint64_t>(seed), {progress, &context.cancel});
      if (!rows) {
        bar.close();
        return cli::report(rows.error());
      }
      Run& run = runs[static_cast<std::size_t>(seed - 1)];
      run.insert(run.end(), rows->begin(), rows->end());
    }
  }
  bar.close();
  Evaluation all = summarise(runs);
  all.preset = options.preset;
  all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const auto& [score, mean] : all.mean)
    if (score != "fused") all.leads[score] = paired_lead(runs, "fused", score);
  if (options.json)
    std::printf("%s\n", to_json(all).c_str());
  else
    print_table(all, options, note);
  return kExitOk;
}

}  // namespace auscult::bench
