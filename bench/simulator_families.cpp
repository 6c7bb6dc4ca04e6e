#include "simulator_families.h"

#include <array>
#include <cstdio>
#include <map>

#include "clip_controls.h"
#include "console.h"
#include "runs.h"
#include "simulator_bounds.h"

namespace auscult::bench {
namespace {

constexpr const char* kLevel = "level";

struct Bounds {
  MachineFamily family;
  Operation operation;
  double snr_db;
};

// One recording: its level and its mean log-mel.
struct Heard {
  double loudness;
  Vector mean;
};

Heard hear(MachineClipRequest request, double snr_db) {
  request.clip.snr_db = snr_db;
  request.clip.channels = 1;
  const PumpClip clip = render_machine_clip(request);
  return {level(clip), mean_log_mel(clip)};
}

struct Scores {
  std::map<std::string, Vector> normal, faulty;
  std::map<Fault, std::map<std::string, Vector>> by_fault;
};

void append(const Heard& heard, const ClipControls& controls, std::map<std::string, Vector>& to) {
  const ClipControlScores scores = controls(heard.mean);
  for (std::size_t s = 0; s < scores.size(); ++s) to[kClipControls[s]].push_back(scores[s]);
  to[kLevel].push_back(heard.loudness);
}

// A machine's scores; training recordings follow the normal test recordings, as in MIMII.
Result<Scores> measure(const FamilyBoundsOptions& options, const Bounds& bounds, std::uint64_t seed, int machine) {
  const auto normal = [&](int i) {
    MachineClipRequest request{bounds.family, bounds.operation, normal_clip(machine, i, seed)};
    return hear(request, bounds.snr_db);
  };
  std::vector<Vector> training;
  for (int i = 0; i < options.training; ++i) training.push_back(normal(options.normals + i).mean);
  AUSCULT_TRY_ASSIGN(const ClipControls controls, ClipControls::fit(training, seed));
  Scores scores;
  for (int i = 0; i < options.normals; ++i) append(normal(i), controls, scores.normal);
  const int kinds = static_cast<int>(faults_of(bounds.family).size());
  for (int i = 0; i < options.per_fault * kinds; ++i) {
    const MachineClipRequest request = abnormal_machine_clip(bounds.family, bounds.operation, seed, machine, i);
    const Heard heard = hear(request, bounds.snr_db);
    append(heard, controls, scores.faulty);
    append(heard, controls, scores.by_fault[request.clip.fault]);
  }
  return scores;
}

void extend(std::map<std::string, Vector>& to, const std::map<std::string, Vector>& from) {
  for (const auto& [name, values] : from) to[name].insert(to[name].end(), values.begin(), values.end());
}

std::string group_of(const Bounds& bounds) {
  char text[64];
  std::snprintf(text, sizeof text, "%s %gdB", to_string(bounds.operation), bounds.snr_db);
  return text;
}

// One row per machine and score; then, with all machines together, the level for each kind of fault.
Result<Run> measure_all(const FamilyBoundsOptions& options, const Bounds& bounds, std::uint64_t seed,
                        const std::function<bool()>& machine_done) {
  Run rows;
  Scores pooled;
  for (int machine = 0; machine < options.machines; ++machine) {
    AUSCULT_TRY_ASSIGN(const Scores scores, measure(options, bounds, seed, machine));
    const std::string name = std::string(to_string(bounds.family)) + " " + pump_machine_name(machine);
    for (const auto& [score, normal] : scores.normal)
      rows.push_back(score_row(name, group_of(bounds), score, normal, scores.faulty.at(score)));
    extend(pooled.normal, scores.normal);
    for (const auto& [fault, lists] : scores.by_fault) extend(pooled.by_fault[fault], lists);
    if (!machine_done()) return fail(ErrorCode::cancelled, "interrupted");
  }
  for (const auto& [fault, lists] : pooled.by_fault)
    for (const char* score : {kLevel, "knn1-local"}) {
      EvaluationRow row =
          score_row(std::string(to_string(bounds.family)) + " pooled", group_of(bounds) + " " + to_string(fault), score,
                    pooled.normal[score], lists.at(score));
      row.per_fault = true;
      rows.push_back(row);
    }
  return rows;
}

std::vector<Bounds> all_bounds(const FamilyBoundsOptions& options) {
  std::vector<Bounds> all;
  for (const std::string& family : options.families)
    for (const std::string& operation : options.operations)
      for (const double snr_db : options.snr_db)
        all.push_back({*machine_family_from_string(family), *operation_from_string(operation), snr_db});
  return all;
}

std::map<std::string, MeanScore> means(const std::vector<EvaluationRow>& rows, const std::string& machine,
                                       const std::string& group) {
  std::vector<EvaluationRow> chosen;
  for (const EvaluationRow& row : rows)
    if (!row.per_fault && row.machine.starts_with(machine) && (group.empty() || row.group == group))
      chosen.push_back(row);
  return mean_scores(chosen);
}

void print_line(const std::string& name, const std::map<std::string, MeanScore>& mean) {
  std::printf("%-24s", name.c_str());
  for (const auto& [score, value] : mean) std::printf("%13.3f/%5.3f", value.auc, value.pauc);
  std::printf("\n");
}

void print_table(const FamilyBoundsOptions& options, const Evaluation& all) {
  std::printf("%-24s", "mean over machines");
  for (const auto& [score, value] : all.mean) std::printf("%19s", score.c_str());
  std::printf("\n");
  for (const Bounds& bounds : all_bounds(options))
    print_line(std::string(to_string(bounds.family)) + " " + group_of(bounds),
               means(all.rows, to_string(bounds.family), group_of(bounds)));
  print_line("all", all.mean);
  std::printf("\nkind of fault, all machines together       level  knn1-local\n");
  for (std::size_t i = 0; i + 1 < all.rows.size(); ++i)
    if (all.rows[i].per_fault && all.rows[i].score == kLevel)
      std::printf("%-15s %-26s %6.3f %11.3f\n", all.rows[i].machine.c_str(), all.rows[i].group.c_str(), all.rows[i].auc,
                  all.rows[i + 1].auc);
  std::printf(
      "%d machines a family of simulator version %d, mean of %d sets; of each machine %d training normals, %d normal "
      "test clips and %d of each fault, 10 s.\nAUC/pAUC of controls on the mean log-mel: template: z-scored distance "
      "to the mean; mahalanobis: shrunk by a tenth; gmm: four full components; knn1: distance to the nearest; -local: "
      "over what is usual nearby; level: RMS.\n",
      options.machines, kMachineSimulatorVersion, options.seeds, options.training, options.normals, options.per_fault);
}

}  // namespace

int run_family_bounds(const FamilyBoundsOptions& options, BenchContext& context) {
  cli::ProgressBar bar;
  std::vector<Run> runs(static_cast<std::size_t>(options.seeds));
  const std::vector<Bounds> all = all_bounds(options);
  std::uint64_t done = 0;
  for (std::size_t set = 0; set < runs.size(); ++set)
    for (const Bounds& bounds : all) {
      const auto machine_done = [&] {
        bar.update({"rendering and measuring", ++done,
                    all.size() * static_cast<std::uint64_t>(options.machines * options.seeds), "machines"});
        return !context.cancel.requested();
      };
      const auto rows = measure_all(options, bounds, options.set + set, machine_done);
      if (!rows) return cli::report(rows.error());
      runs[set].insert(runs[set].end(), rows->begin(), rows->end());
    }
  bar.close();
  Evaluation evaluation = summarise(runs);
  evaluation.mean = means(evaluation.rows, "", "");
  if (options.json)
    std::printf("%s\n", to_json(evaluation).c_str());
  else
    print_table(options, evaluation);
  return kExitOk;
}

}  // namespace auscult::bench
