#include "training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "member_training.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"
#include "model/partial_whitening.h"

namespace auscult {
namespace {

// A feature that hardly moved in training (a band at the noise floor) must not turn every later change into an alarm.
constexpr double kSmallestScale = 0.02;

constexpr double kSmallestSampleScale = 1e-5;  // of samples in [-1, 1]: -100 dBFS

// How many values of a vector are scaled separately: values that differ only in time share their numbers.
std::size_t own_scales(const DetectorConfig& config, int width) {
  switch (config.input) {
    case Representation::waveform:
      return 1;
    // A picture with several channels is not sound: all its values share one scale, as brightness does.
    case Representation::patch:
      return width == kPatchSide * kPatchSide ? kPatchSide : 1;
    case Representation::mel:
      return static_cast<std::size_t>(width / config.window);
    case Representation::frames:
    case Representation::summary:
      break;
  }
  return static_cast<std::size_t>(width);
}

void fit_standardisation(const FeatureMatrix& rows, std::vector<double>& mean, std::vector<double>& scale) {
  const std::size_t own = mean.size();
  const std::size_t samples = rows.values.size() / own;
  const double count = static_cast<double>(samples);
  for (std::size_t i = 0; i < rows.values.size(); ++i) mean[i % own] += rows.values[i];
  for (double& m : mean) m /= count;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    const double centred = rows.values[i] - mean[i % own];
    scale[i % own] += centred * centred;
  }
  for (double& s : scale) s = std::sqrt(s / count);
}

void fit_min_max(const FeatureMatrix& rows, std::vector<double>& smallest, std::vector<double>& range) {
  const std::size_t own = smallest.size();
  std::copy_n(rows.values.begin(), own, smallest.begin());
  std::vector<double> largest = smallest;
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    smallest[i % own] = std::min<double>(smallest[i % own], rows.values[i]);
    largest[i % own] = std::max<double>(largest[i % own], rows.values[i]);
  }
  for (std::size_t i = 0; i < own; ++i) range[i] = largest[i] - smallest[i];
}

void fit_scaling(const FeatureMatrix& rows, Detector& detector) {
  const std::size_t own = own_scales(detector.config, rows.width);
  std::vector<double> mean(own, 0.0), scale(own, 0.0);
  if (detector.config.scaling == Scaling::min_max)
    fit_min_max(rows, mean, scale);
  else
    fit_standardisation(rows, mean, scale);
  const double smallest = detector.config.input == Representation::waveform ? kSmallestSampleScale : kSmallestScale;
  for (int i = 0; i < rows.width; ++i) {
    detector.mean.push_back(mean[static_cast<std::size_t>(i) % own]);
    detector.scale.push_back(std::max(scale[static_cast<std::size_t>(i) % own], smallest));
  }
}

// The training vectors that local density compares with, and the sums of the members' energies of them.
class LocalFit {
 public:
  LocalFit(const DetectorConfig& config, std::span<const double> x, int width) : config_(config) {
    if (config.local.neighbours == 0 || config.energy == EnergyKind::neighbour) return;
    const auto metric =
        config.local.whitening > 0.0 ? partial_whitening(x, width, config.local.whitening) : std::vector<double>{};
    kept_ = keep_covering_rows(x, width, metric, static_cast<std::size_t>(config.memory));
    energies_.assign(kept_->rows.size(), 0.0);
    untrained_ = energies_;
  }
  std::span<const std::size_t> rows() const {
    return kept_ ? std::span<const std::size_t>(kept_->rows) : std::span<const std::size_t>();
  }
  void add(const TrainedMember& member) {
    for (std::size_t i = 0; i < energies_.size(); ++i) {
      energies_[i] += member.cross_fitted[i].of(config_.energy) / config_.members;
      untrained_[i] += member.untrained_cross_fitted[i].of(config_.energy) / config_.members;
    }
  }
  std::shared_ptr<const LocalDensity> result() const {
    if (!kept_) return nullptr;
    return std::make_shared<const LocalDensity>(kept_->memory, energies_, untrained_, config_.local.neighbours);
  }

 private:
  const DetectorConfig& config_;
  std::optional<KeptRows> kept_;
  std::vector<double> energies_, untrained_;
};

// The settings of `config` that an amount of sound can change and that differ from those of `other`.
std::string differences(const DetectorConfig& config, const DetectorConfig& other) {
  std::string text;
  const auto add = [&](const char* name, double value, double others) {
    if (value == others) return;
    char part[48];
    std::snprintf(part, sizeof part, "%s%s %g", text.empty() ? "" : ", ", name, value);
    text += part;
  };
  const DagmmConfig &dagmm = config.dagmm, &others = other.dagmm;
  add("lambda_1", dagmm.objective.lambda_energy, others.objective.lambda_energy);
  add("mixture components", dagmm.network.components, others.network.components);
  add("steps at most", dagmm.schedule.max_steps, others.schedule.max_steps);
  add("weight", config.weight, other.weight);
  return text;
}

std::string scarce_note(const DetectorConfig& detector, const TrainingSize& size) {
  std::string text = std::to_string(size.vectors) + " feature vectors are few: ";
  const std::string changed = differences(for_amount(detector, size), detector);
  if (size.vectors < detector.amount.fewest_vectors)
    text += std::string("the networks keep their initial weights") + (changed.empty() ? "" : "; ");
  return text + changed;
}

}  // namespace

DetectorConfig for_amount(DetectorConfig detector, const TrainingSize& size) {
  const AmountConfig& amount = detector.amount;
  DagmmConfig& dagmm = detector.dagmm;
  dagmm.network.latent = std::min(dagmm.network.latent, size.width);
  if (size.recordings < amount.few_recordings) {
    dagmm.objective.lambda_energy = amount.few_lambda_energy;
    dagmm.network.components = amount.few_components;
    if (amount.few_weight > 0.0) detector.weight = amount.few_weight;
    if (amount.few_steps > 0) dagmm.schedule.max_steps = amount.few_steps;
  }
  if (size.vectors < amount.scarce_vectors) detector.weight = amount.scarce_weight;
  if (size.vectors < amount.fewest_vectors) dagmm.schedule.epochs = 0;
  return detector;
}

std::string amount_note(const DetectorConfig& detector, const TrainingSize& size) {
  const AmountConfig& amount = detector.amount;
  if (size.vectors < std::max(amount.fewest_vectors, amount.scarce_vectors)) return scarce_note(detector, size);
  if (size.recordings >= amount.few_recordings) return "";
  return std::to_string(size.recordings) + " recordings: " + differences(for_amount(detector, size), detector) +
         "; from " + std::to_string(amount.few_recordings) + " recordings on, " +
         differences(detector, for_amount(detector, size));
}

Result<Detector> train_detector(const DetectorConfig& config, const FeatureMatrix& rows, std::uint64_t base_seed,
                                const JobControl& control, TrainingReport* report_out, Densities densities) {
  const std::int64_t needed = std::max<std::int64_t>(16, std::int64_t{2} * config.dagmm.network.components);
  if (rows.rows() < needed)
    return fail(ErrorCode::not_enough_data,
                "there are only " + std::to_string(rows.rows()) + " feature vectors for detector " + config.name +
                    "; it needs " + std::to_string(needed),
                {}, "give more normal sound: some minutes are a good start");
  TrainingReport report;
  report.rows = rows.rows();
  Detector detector;
  detector.config = config;
  detector.width = rows.width;
  fit_scaling(rows, detector);
  const std::vector<double> x = detector.standardized(rows.values);
  if (config.energy == EnergyKind::neighbour)
    detector.memory = std::make_shared<const NeighbourMemory>(
        NeighbourMemory::of(x, rows.width, rows.groups, config.memory, config.local));
  const FaultTemplates templates =
      has_covariance(config.dagmm.network, rows.width) ? fault_templates(config, rows.width) : FaultTemplates{};
  LocalFit local(config, x, rows.width);
  for (int member = 0; member < config.members; ++member) {
    const std::uint64_t seed = mix_seed(base_seed, static_cast<std::uint64_t>(member) + 16);
    const MemberTask task{config.name,
                          config.dagmm,
                          x,
                          rows.width,
                          templates,
                          seed,
                          config.members * gradient_steps(config.dagmm, rows.rows()),
                          rows.groups,
                          local.rows(),
                          config.energy,
                          densities};
    AUSCULT_TRY_ASSIGN(TrainedMember trained, train_member(task, control, report));
    local.add(trained);
    detector.members.push_back(std::move(trained.trained));
    detector.untrained.push_back(std::move(trained.untrained));
  }
  detector.local = local.result();
  if (report_out) *report_out = report;
  return detector;
}

}  // namespace auscult
