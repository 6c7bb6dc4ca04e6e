#include "paper/table_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "model/dagmm.h"
#include "training/distinct_rows.h"

namespace auscult {
namespace {

// A test table without its copies. Equal rows have equal energies to the last bit, so each is scored once.
struct DistinctTable {
  FeatureMatrix rows;
  std::vector<std::int64_t> number;

  explicit DistinctTable(const FeatureMatrix& all) {
    const auto width = static_cast<std::size_t>(all.width);
    DistinctRows distinct = distinct_rows(all.values.data(), all.rows(), width * sizeof(float));
    rows.width = all.width;
    for (const std::int64_t first : distinct.first) {
      const auto begin = all.values.begin() + first * all.width;
      rows.values.insert(rows.values.end(), begin, begin + all.width);
    }
    number = std::move(distinct.number);
  }
  // One value a distinct row -> one value a row.
  std::vector<double> spread(const std::vector<double>& values) const {
    std::vector<double> all;
    for (const std::int64_t n : number) all.push_back(values[static_cast<std::size_t>(n)]);
    return all;
  }
};

std::vector<NamedEnergies> spread(std::vector<NamedEnergies> scores, const DistinctTable& table) {
  for (NamedEnergies& score : scores) score.energies = table.spread(score.energies);
  return scores;
}

std::vector<Energies> energies_of(const Dagmm& model, const FeatureMatrix& rows) {
  constexpr std::size_t kRowsAtOnce = 64;  // bounds memory, not results
  std::vector<Energies> all(static_cast<std::size_t>(rows.rows()));
  const auto width = static_cast<std::size_t>(rows.width);
  const std::vector<double> values(rows.values.begin(), rows.values.end());
  for (std::size_t begin = 0; begin < all.size(); begin += kRowsAtOnce) {
    const std::size_t count = std::min(kRowsAtOnce, all.size() - begin);
    model.energies(std::span(values).subspan(begin * width, count * width), std::span(all).subspan(begin, count));
  }
  return all;
}

Status usable(const DagmmConfig& config, const FeatureMatrix& train) {
  if (config.network.kind != NetworkKind::dense || config.network.whitened)
    return fail(ErrorCode::usage, "this preset's network is meant for sound, not for tables", {},
                "choose one of the paper-* presets, or a dense network that is not whitened");
  const std::int64_t needed = std::max(16, 2 * config.network.components);
  if (train.rows() >= needed) return {};
  return fail(ErrorCode::not_enough_data, "there are only " + std::to_string(train.rows()) + " rows to train on; " +
                                              std::to_string(needed) + " are needed");
}

std::vector<double> dagmm_energies(const Dagmm& model, const FeatureMatrix& rows) {
  std::vector<double> values;
  for (const Energies& e : energies_of(model, rows)) values.push_back(e.dagmm);
  return values;
}

}  // namespace

Result<std::vector<NamedEnergies>> table_energies(const DagmmConfig& config, int members, const FeatureMatrix& train,
                                                  const FeatureMatrix& test, std::uint64_t base_seed,
                                                  const JobControl& control, TrainingReport* report_out) {
  AUSCULT_TRY(usable(config, train));
  const DistinctTable table(test);
  const auto rows = static_cast<std::size_t>(table.rows.rows());
  std::vector<NamedEnergies> scores = {{"dagmm", std::vector<double>(rows)},
                                       {"joint", std::vector<double>(rows)},
                                       {"untrained", std::vector<double>(rows)},
                                       {"untrained-joint", std::vector<double>(rows)}};
  std::vector<double> alone;  // the first network's energies
  const auto add = [&](const Dagmm& model, std::size_t first) {
    const auto energies = energies_of(model, table.rows);
    if (alone.empty())
      for (const Energies& e : energies) alone.push_back(e.dagmm);
    for (std::size_t i = 0; i < rows; ++i) {
      scores[first].energies[i] += energies[i].dagmm / members;
      scores[first + 1].energies[i] += energies[i].joint / members;
    }
  };
  TrainingReport report;
  report.rows = train.rows();
  for (int number = 0; number < members; ++number) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(number) + 16);
    AUSCULT_TRY_ASSIGN(
        const TrainedMember member,
        train_on_table(config, train, seed, members * gradient_steps(config, train.rows()), control, report));
    add(*member.trained, 0);
    add(*member.untrained, 2);
  }
  if (members > 1) scores.push_back({"single", std::move(alone)});
  if (report_out) *report_out = report;
  return spread(std::move(scores), table);
}

Result<std::vector<NamedEnergies>> ablation_energies(std::span<const Ablation> ablations, const DagmmConfig& config,
                                                     const FeatureMatrix& train, const FeatureMatrix& test,
                                                     std::uint64_t base_seed, const JobControl& control) {
  AUSCULT_TRY(usable(config, train));
  const DistinctTable table(test);
  AblationRun run(config, train, mix_seed(base_seed, 16), control);
  std::vector<NamedEnergies> scores;
  for (const Ablation ablation : kAblations) {
    if (std::find(ablations.begin(), ablations.end(), ablation) == ablations.end()) continue;
    AUSCULT_TRY_ASSIGN(AblationScores judged, run.train(ablation, table.rows));
    scores.push_back({to_string(ablation), judged.model ? dagmm_energies(*judged.model, table.rows)
                                                        : std::move(judged.reconstruction_errors)});
  }
  return spread(std::move(scores), table);
}

Result<std::vector<NamedEnergies>> control_energies(const ControlOptions& options, const FeatureMatrix& train,
                                                    const FeatureMatrix& test, std::uint64_t seed) {
  AUSCULT_TRY_ASSIGN(const TableControls controls, TableControls::fit(train, options, seed));
  const DistinctTable table(test);
  const std::vector<ControlEnergies> simple = controls.scores(table.rows);
  std::vector<NamedEnergies> scores;
  for (const NamedControl& control : kControls) {
    NamedEnergies& named = scores.emplace_back(NamedEnergies{control.name, {}});
    for (const ControlEnergies& energies : simple) named.energies.push_back(energies.*control.energy);
  }
  return spread(std::move(scores), table);
}

Confusion confusion_of_top(std::span<const double> energies, std::span<const std::uint8_t> abnormal, double fraction) {
  std::vector<double> sorted(energies.begin(), energies.end());
  const auto flagged =
      std::min(sorted.size() - 1, static_cast<std::size_t>(std::lround(fraction * static_cast<double>(sorted.size()))));
  const auto threshold = sorted.end() - static_cast<std::ptrdiff_t>(flagged) - 1;
  std::nth_element(sorted.begin(), threshold, sorted.end());
  std::array<std::vector<double>, 2> by_label;
  for (std::size_t i = 0; i < energies.size(); ++i) by_label[abnormal[i]].push_back(energies[i]);
  return confusion_at(by_label[0], by_label[1], *threshold);
}

}  // namespace auscult
