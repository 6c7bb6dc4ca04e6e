#include "model/table_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <memory>
#include <utility>

#include "ablation.h"
#include "distinct_rows.h"
#include "table_tensor.h"

namespace auscult {
namespace {

using Fixed = std::shared_ptr<const Dagmm>;

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
  std::vector<Energies> all(static_cast<std::size_t>(rows.rows()));
  const auto width = static_cast<std::size_t>(rows.width);
  std::vector<double> block(kBlockRows * width);
  for (std::size_t begin = 0; begin < all.size(); begin += kBlockRows) {
    const std::size_t count = std::min<std::size_t>(kBlockRows, all.size() - begin);
    const auto first = rows.values.begin() + static_cast<std::ptrdiff_t>(begin * width);
    std::fill(std::copy(first, first + static_cast<std::ptrdiff_t>(count * width), block.begin()), block.end(), 0.0);
    model.energies(block, std::span(all).subspan(begin, count));
  }
  return all;
}

Status usable(const DagmmConfig& config, const FeatureMatrix& train) {
  if (config.network != Network::dense || config.whitened)
    return fail(ErrorCode::usage, "this preset's network is meant for sound, not for tables", {}, "choose one of the paper-* presets, or a dense network that is not whitened");
  const std::int64_t needed = std::max(16, 2 * config.components);
  if (train.rows() >= needed) return {};
  return fail(ErrorCode::not_enough_data, "there are only " + std::to_string(train.rows()) + " rows to train on; " + std::to_string(needed) + " are needed");
}

std::int64_t steps_of(const DagmmConfig& config, std::int64_t rows) {
  return epochs_of(config, rows) * batches_per_epoch(rows, config.batch);
}

std::vector<double> dagmm_energies(const Dagmm& model, const FeatureMatrix& rows) {
  std::vector<double> values;
  for (const Energies& e : energies_of(model, rows)) values.push_back(e.dagmm);
  return values;
}

std::vector<double> errors_of(const NetworkParameters& parameters, const DagmmConfig& config, const FeatureMatrix& rows) {
  constexpr std::int64_t kChunk = 4096;
  std::vector<double> values;
  for (std::int64_t begin = 0; begin < rows.rows(); begin += kChunk) {
    const auto errors = reconstruction_errors(parameters, config, table_tensor(rows, begin, std::min(begin + kChunk, rows.rows())));
    values.insert(values.end(), errors.data_ptr<double>(), errors.data_ptr<double>() + errors.numel());
  }
  return values;
}

// One run of the ablations; the pre-trained autoencoder is made once, when first asked for.
class AblationRun {
 public:
  AblationRun(const DagmmConfig& config, const FeatureMatrix& train, const FeatureMatrix& test, std::uint64_t seed, const JobControl& control)
      : config_(config), x_(table_tensor(train)), test_(test), seed_(seed), initial_(NetworkParameters::initialised(config, train.width, seed)), control_(control) {}

  Result<std::vector<double>> energies(Ablation ablation) {
    auto parameters = initial_.clone();
    const bool pretrained = ablation != Ablation::gmm_en && ablation != Ablation::e2e_ae;
    if (pretrained) {
      AUSCULT_TRY(pretrain());
      parameters = pretrained_->clone();
    }
    DagmmConfig config = config_;
    TrainingReport report;
    const DescentProgress progress{to_string(ablation), steps_of(config_, x_.size(0)), control_, report};
    switch (ablation) {
      case Ablation::gmm_en: AUSCULT_TRY(train_without_reconstruction(parameters, config, x_, seed_, progress)); break;
      case Ablation::e2e_ae: AUSCULT_TRY(train_autoencoder(parameters, config, x_, seed_, progress)); break;
      case Ablation::pae_gmm: AUSCULT_TRY(train_estimation(parameters, config, x_, seed_, progress)); break;
      case Ablation::dagmm_p: AUSCULT_TRY(train_jointly(parameters, config, x_, seed_, progress)); break;
      case Ablation::pae: break;
      case Ablation::pae_gmm_em: config.em_steps = std::max(100, config.em_steps); break;
    }
    if (ablation == Ablation::pae || ablation == Ablation::e2e_ae) return errors_of(parameters, config, test_);
    AUSCULT_TRY_ASSIGN(const Fixed model, Dagmm::fit(std::move(parameters), config, x_, mix_seed(seed_, 3)));
    return dagmm_energies(*model, test_);
  }

 private:
  Status pretrain() {
    if (pretrained_) return {};
    auto parameters = initial_.clone();
    TrainingReport report;
    const DescentProgress progress{"pre-trained autoencoder", 2 * steps_of(config_, x_.size(0)), control_, report};
    AUSCULT_TRY(pretrain_layers(parameters, config_, x_, mix_seed(seed_, 4), progress));
    AUSCULT_TRY(train_autoencoder(parameters, config_, x_, seed_, progress));
    pretrained_ = std::move(parameters);
    return {};
  }

  DagmmConfig config_;
  torch::Tensor x_;
  const FeatureMatrix& test_;
  std::uint64_t seed_;
  NetworkParameters initial_;
  std::optional<NetworkParameters> pretrained_;
  const JobControl& control_;
};

}  // namespace

const char* to_string(Ablation ablation) {
  switch (ablation) {
    case Ablation::gmm_en: return "gmm-en";
    case Ablation::pae: return "pae";
    case Ablation::e2e_ae: return "e2e-ae";
    case Ablation::pae_gmm_em: return "pae-gmm-em";
    case Ablation::pae_gmm: return "pae-gmm";
    case Ablation::dagmm_p: return "dagmm-p";
  }
  return "unknown";
}

Result<std::vector<NamedEnergies>> table_energies(const DagmmConfig& config, int members, const FeatureMatrix& train, const FeatureMatrix& test,
                                                  std::uint64_t base_seed, const JobControl& control, TrainingReport* report_out) {
  AUSCULT_TRY(usable(config, train));
  const TorchThreads one_thread(1);
  const auto x = table_tensor(train);
  const DistinctTable table(test);
  const auto rows = static_cast<std::size_t>(table.rows.rows());
  std::vector<NamedEnergies> scores = {{"dagmm", std::vector<double>(rows)}, {"joint", std::vector<double>(rows)},
                                       {"untrained", std::vector<double>(rows)}, {"untrained-joint", std::vector<double>(rows)}};
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
  report.rows = x.size(0);
  for (int member = 0; member < members; ++member) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(member) + 16);
    auto parameters = NetworkParameters::initialised(config, train.width, seed);
    auto initial = parameters.clone();
    AUSCULT_TRY(train_jointly(parameters, config, x, seed, {"dagmm", members * steps_of(config, x.size(0)), control, report}));
    AUSCULT_TRY_ASSIGN(const Fixed trained, Dagmm::fit(std::move(parameters), config, x, mix_seed(seed, 3)));
    AUSCULT_TRY_ASSIGN(const Fixed untrained, Dagmm::fit(std::move(initial), config, x, mix_seed(seed, 3)));
    add(*trained, 0);
    add(*untrained, 2);
  }
  if (members > 1) scores.push_back({"single", std::move(alone)});
  if (report_out) *report_out = report;
  return spread(std::move(scores), table);
}

Result<std::vector<NamedEnergies>> ablation_energies(std::span<const Ablation> ablations, const DagmmConfig& config, const FeatureMatrix& train,
                                                     const FeatureMatrix& test, std::uint64_t base_seed, const JobControl& control) {
  AUSCULT_TRY(usable(config, train));
  const TorchThreads one_thread(1);
  const DistinctTable table(test);
  AblationRun run(config, train, table.rows, mix_seed(base_seed, 16), control);
  std::vector<NamedEnergies> scores;
  for (const Ablation ablation : kAblations) {
    if (std::find(ablations.begin(), ablations.end(), ablation) == ablations.end()) continue;
    AUSCULT_TRY_ASSIGN(auto energies, run.energies(ablation));
    scores.push_back({to_string(ablation), std::move(energies)});
  }
  return spread(std::move(scores), table);
}

Result<std::vector<NamedEnergies>> control_energies(const ControlOptions& options, const FeatureMatrix& train, const FeatureMatrix& test, std::uint64_t seed) {
  AUSCULT_TRY_ASSIGN(const FeatureControls controls, FeatureControls::fit(train, options, seed));
  const DistinctTable table(test);
  std::vector<NamedEnergies> scores = {{"template", {}}, {"mahalanobis", {}}, {"gmm", {}}, {"knn1", {}}};
  for (const ControlScores& s : controls.scores(table.rows)) {
    scores[0].energies.push_back(s.template_distance);
    scores[1].energies.push_back(s.mahalanobis);
    scores[2].energies.push_back(s.gmm);
    scores[3].energies.push_back(s.knn1);
  }
  return spread(std::move(scores), table);
}

Confusion confusion_of_top(std::span<const double> energies, std::span<const std::uint8_t> abnormal, double fraction) {
  std::vector<double> sorted(energies.begin(), energies.end());
  const auto flagged = std::min(sorted.size() - 1, static_cast<std::size_t>(std::lround(fraction * static_cast<double>(sorted.size()))));
  const auto threshold = sorted.end() - static_cast<std::ptrdiff_t>(flagged) - 1;
  std::nth_element(sorted.begin(), threshold, sorted.end());
  std::array<std::vector<double>, 2> by_label;
  for (std::size_t i = 0; i < energies.size(); ++i) by_label[abnormal[i]].push_back(energies[i]);
  return confusion_at(by_label[0], by_label[1], *threshold);
}

}  // namespace auscult
