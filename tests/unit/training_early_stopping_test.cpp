// Early stopping on held-out rows ends the descent and keeps the best parameters seen.
#include <set>

#include <gtest/gtest.h>

#include "torch_ablation.h"
#include "torch_descent.h"

namespace auscult {
namespace {

struct Rig {
  ScheduleConfig schedule;
  torch::Tensor leaf = torch::zeros({1}, torch::kFloat64), rows = torch::ones({40, 1}, torch::kFloat64);
  TrainingReport report;
  JobControl control;
  DescentProgress progress{"test", 0, control, report};

  Rig() {
    schedule.batch_size = 8;
    schedule.epochs = 400;
    schedule.learning_rate = 1e-2;
    schedule.held_out = 0.2;
    schedule.patience = 3;
    schedule.gradient_clip = 0.0;
  }
  std::vector<torch::Tensor> leaves() { return {leaf}; }
  double value() const { return leaf.item<double>(); }
};

Objective objective_of(const torch::Tensor& total) {
  Objective result;
  result.total = total.to(torch::kFloat64);
  return result;
}

// The steps pull the parameter from 0 toward 3; on held-out rows, which are looked at without a generator, 1 is best.
BatchObjective overfitting(const torch::Tensor& leaf) {
  return [&leaf](const torch::Tensor&, const c10::optional<at::Generator>& generator) -> Result<Objective> {
    return objective_of((leaf - (generator ? 3.0 : 1.0)).square().sum());
  };
}

TEST(Descent, KeepsTheParametersThatWereBestOnHeldOutRows) {
  Rig d;
  ASSERT_TRUE(Descent(d.schedule, 1, d.progress).run_held_out(d.leaves(), overfitting(d.leaf), d.rows));
  EXPECT_NEAR(d.value(), 1.0, 0.1) << "not the 3 that the steps were heading for";
  EXPECT_LT(d.report.steps, 400 * 4) << "and the rest of the epochs is saved";
  EXPECT_FALSE(d.leaf.requires_grad());
}

TEST(Descent, WaitsForItsPatience) {
  Rig hasty, patient;
  patient.schedule.patience = 12;
  ASSERT_TRUE(
      Descent(hasty.schedule, 1, hasty.progress).run_held_out(hasty.leaves(), overfitting(hasty.leaf), hasty.rows));
  ASSERT_TRUE(Descent(patient.schedule, 1, patient.progress)
                  .run_held_out(patient.leaves(), overfitting(patient.leaf), patient.rows));
  const int epochs_a_look = 400 / 200, batches = 32 / 8;
  EXPECT_EQ(patient.report.steps - hasty.report.steps, (12 - 3) * epochs_a_look * batches);
  EXPECT_DOUBLE_EQ(patient.value(), hasty.value()) << "waiting longer finds nothing better here";
}

TEST(Descent, DoesNotWaitForGainsOfLessThanAHundredthButKeepsThem) {
  Rig d;
  // 1000 - leaf: falls forever, by too little to be worth the time.
  const BatchObjective slow = [&](const torch::Tensor&, const c10::optional<at::Generator>&) -> Result<Objective> {
    return objective_of(1000.0 - d.leaf.sum());
  };
  ASSERT_TRUE(Descent(d.schedule, 1, d.progress).run_held_out(d.leaves(), slow, d.rows));
  const int epochs_a_look = 400 / 200, batches = 32 / 8;
  EXPECT_EQ(d.report.steps, 3 * epochs_a_look * batches) << "patience is 3 looks";
  EXPECT_NEAR(d.value(), 1e-2 * static_cast<double>(d.report.steps), 1e-6) << "Adam's steps, none of them taken back";
}

TEST(Descent, ReturnsToTheStartWhereEveryStepIsForTheWorse) {
  Rig d;
  const BatchObjective worse = [&](const torch::Tensor&,
                                   const c10::optional<at::Generator>& generator) -> Result<Objective> {
    return objective_of((d.leaf - (generator ? 3.0 : 0.0)).square().sum());
  };
  ASSERT_TRUE(Descent(d.schedule, 1, d.progress).run_held_out(d.leaves(), worse, d.rows));
  EXPECT_EQ(d.value(), 0.0);
}

TEST(Descent, EndsOnceAComponentHasDiedAndGoesBackToBeforeThat) {
  Rig d;
  d.schedule.min_phi = 0.1;
  // The objective falls all the way to 3, but a component has died where the parameter is above 2.
  const BatchObjective dying = [&](const torch::Tensor&, const c10::optional<at::Generator>&) -> Result<Objective> {
    Objective result = objective_of((d.leaf - 3.0).square().sum());
    result.smallest_phi = d.leaf.item<double>() > 2.0 ? 0.05 : 0.4;
    return result;
  };
  ASSERT_TRUE(Descent(d.schedule, 1, d.progress).run_held_out(d.leaves(), dying, d.rows));
  EXPECT_LE(d.value(), 2.0);
  EXPECT_GT(d.value(), 1.8) << "the last look before it died";
}

TEST(Descent, TakesNoStepOnHeldOutRows) {
  Rig d;
  d.schedule.epochs = 3;
  d.schedule.batch_size = 1;
  d.rows = torch::arange(40, torch::kFloat64).unsqueeze(1);
  std::vector<double> stepped, watched;
  const BatchObjective record = [&](const torch::Tensor& rows,
                                    const c10::optional<at::Generator>& generator) -> Result<Objective> {
    for (std::int64_t i = 0; i < rows.size(0); ++i)
      (generator ? stepped : watched).push_back(rows[i][0].item<double>());
    return objective_of((d.leaf - 1.0).square().sum());
  };
  ASSERT_TRUE(Descent(d.schedule, 7, d.progress).run_held_out(d.leaves(), record, d.rows));
  const std::set<double> a(stepped.begin(), stepped.end()), b(watched.begin(), watched.end());
  EXPECT_EQ(a.size(), 32U);
  EXPECT_EQ(b.size(), 8U);
  for (const double row : b) EXPECT_FALSE(a.contains(row)) << row;
}

TEST(Descent, WithoutHeldOutRowsIsThePlainDescent) {
  Rig plain, asked;
  asked.schedule.held_out = 0.0;
  ASSERT_TRUE(Descent(plain.schedule, 1, plain.progress).run(plain.leaves(), overfitting(plain.leaf), plain.rows));
  ASSERT_TRUE(
      Descent(asked.schedule, 1, asked.progress).run_held_out(asked.leaves(), overfitting(asked.leaf), asked.rows));
  EXPECT_EQ(asked.value(), plain.value());
  EXPECT_EQ(asked.report.steps, 400 * 5);
}

TEST(Descent, OfANetworkIsTheSameForTheSameSeedAndWorksInSinglePrecision) {
  DagmmConfig config;
  config.network.hidden = {6};
  config.network.latent = 2;
  config.network.components = 2;
  config.schedule.batch_size = 32;
  config.schedule.epochs = 30;
  config.schedule.held_out = 0.25;
  config.schedule.single_precision = true;
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto x = torch::tanh(
      torch::randn({128, 2}, generator, torch::kFloat64).matmul(torch::randn({2, 5}, generator, torch::kFloat64)));
  const auto train = [&] {
    auto network = TrainableNetwork::initialized(config, 5, 1);
    TrainingReport report;
    const JobControl control;
    const DescentProgress progress{"test", 0, control, report};
    EXPECT_TRUE(AblationTraining(network, x, 1, progress).train_jointly());
    return network;
  };
  const auto a = train(), b = train();
  const auto left = a.tensors(), right = b.tensors();
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_TRUE(torch::equal(left[i], right[i]));
    EXPECT_EQ(left[i].scalar_type(), torch::kFloat64);
  }
  const auto initial = TrainableNetwork::initialized(config, 5, 1);
  const auto before = objective(initial, x, c10::nullopt), after = objective(a, x, c10::nullopt);
  ASSERT_TRUE(before && after);
  EXPECT_LT(after->total.item<double>(), before->total.item<double>());
}

}  // namespace
}  // namespace auscult
