// The paper's protocol and its ablations on a toy table.
#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "paper/table_model.h"
#include "support/draws.h"

namespace auscult {
namespace {

using Labels = std::vector<std::uint8_t>;

TEST(ConfusionOfTop, FlagsThatShareOfTheHighestEnergies) {
  const std::vector<double> energies = {5, 1, 9, 3, 7, 2, 8, 4, 6, 0};
  const Labels abnormal = {0, 0, 1, 0, 0, 1, 1, 0, 0, 0};  // 9, 2 and 8
  const Confusion top = confusion_of_top(energies, abnormal, 0.3);
  EXPECT_EQ(top.true_positive, 2U);   // 9, 8
  EXPECT_EQ(top.false_positive, 1U);  // 7
  EXPECT_EQ(top.false_negative, 1U);  // 2
  EXPECT_EQ(top.true_negative, 6U);
}

TEST(ConfusionOfTop, DoesNotLookAtTheLabels) {
  const std::vector<double> energies = {4, 3, 2, 1};
  const Confusion a = confusion_of_top(energies, Labels{1, 0, 0, 0}, 0.25),
                  b = confusion_of_top(energies, Labels{0, 0, 0, 1}, 0.25);
  EXPECT_EQ(a.true_positive + a.false_positive, 1U);
  EXPECT_EQ(b.true_positive + b.false_positive, 1U);
}

TEST(ConfusionOfTop, ConstantEnergiesFlagNothing) {
  const Confusion top = confusion_of_top(std::vector<double>(10, 1.0), Labels{1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, 0.3);
  EXPECT_EQ(top.true_positive + top.false_positive, 0U);
}

// Normals lie along a curve in five dimensions, abnormal rows beside it within the same range.
struct Toy {
  FeatureMatrix train{5, {}, {}}, test{5, {}, {}};
  Labels abnormal;
};

void append_normal(test::Draws& draw, FeatureMatrix& rows) {
  const float t = draw();
  for (const float value : {t, t * t, -t, 0.5F * t + 0.5F * t * t, -t * t})
    rows.values.push_back(0.5F + 0.5F * value + 0.02F * draw());
}

Toy toy() {
  Toy table;
  test::Draws draw(5);
  for (int i = 0; i < 256; ++i) append_normal(draw, table.train);
  for (int i = 0; i < 60; ++i) {
    const bool odd = i % 4 == 3;
    table.abnormal.push_back(odd);
    if (!odd) append_normal(draw, table.test);
    for (int k = 0; odd && k < 5; ++k) table.test.values.push_back(0.5F + 0.6F * draw());
  }
  return table;
}

DagmmConfig toy_network() {
  DagmmConfig config;
  config.network.hidden = {8, 4};
  config.network.latent = 1;
  config.network.components = 2;
  config.network.log_reconstruction = false;
  config.mixture.ridge = 1e-4;
  config.mixture.em_steps = 0;
  config.schedule.learning_rate = 5e-3;
  config.schedule.batch_size = 64;
  config.schedule.epochs = 100;
  return config;
}

std::map<std::string, double> aucs(const std::vector<NamedEnergies>& scores, const Labels& abnormal) {
  std::map<std::string, double> result;
  for (const NamedEnergies& score : scores) {
    std::vector<double> by_label[2];
    EXPECT_EQ(score.energies.size(), abnormal.size());
    for (std::size_t i = 0; i < abnormal.size(); ++i) {
      EXPECT_TRUE(std::isfinite(score.energies[i])) << score.name;
      by_label[abnormal[i]].push_back(score.energies[i]);
    }
    result[score.name] = roc_auc(by_label[0], by_label[1]);
  }
  return result;
}

TEST(TableAblations, AreSixAndAllBeatChanceOnAToyTable) {
  const Toy table = toy();
  const auto scores = ablation_energies(kAblations, toy_network(), table.train, table.test, 1);
  ASSERT_TRUE(scores) << scores.error().what;
  const auto auc = aucs(*scores, table.abnormal);
  ASSERT_EQ(auc.size(), 6U);
  for (const char* name : {"gmm-en", "pae", "e2e-ae", "pae-gmm-em", "pae-gmm", "dagmm-p"}) {
    ASSERT_TRUE(auc.contains(name)) << name;
    EXPECT_GT(auc.at(name), 0.7) << name;
  }
}

TEST(TableAblations, GiveTheSameNumbersAloneAndTogether) {
  const Toy table = toy();
  DagmmConfig config = toy_network();
  config.schedule.epochs = 5;
  const auto all = ablation_energies(kAblations, config, table.train, table.test, 3);
  ASSERT_TRUE(all);
  for (std::size_t i = 0; i < all->size(); ++i) {
    const auto one = ablation_energies(std::span(kAblations).subspan(i, 1), config, table.train, table.test, 3);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->front().energies, (*all)[i].energies) << (*all)[i].name;
  }
}

TEST(TableEnergies, BeatChanceAndDifferFromTheUntrainedControl) {
  const Toy table = toy();
  const auto scores = table_energies(toy_network(), 1, table.train, table.test, 1);
  ASSERT_TRUE(scores) << scores.error().what;
  const auto auc = aucs(*scores, table.abnormal);
  EXPECT_GT(auc.at("dagmm"), 0.8);
  EXPECT_GT(auc.at("joint"), 0.8);
  EXPECT_NE((*scores)[0].energies, (*scores)[2].energies);
}

TEST(TableEnergies, WithoutGradientStepsAreTheUntrainedControl) {
  const Toy table = toy();
  DagmmConfig config = toy_network();
  config.schedule.epochs = 0;
  const auto scores = table_energies(config, 2, table.train, table.test, 1);
  ASSERT_TRUE(scores);
  EXPECT_EQ((*scores)[0].energies, (*scores)[2].energies);
  EXPECT_EQ((*scores)[1].energies, (*scores)[3].energies);
}

TEST(TableEnergies, OfSeveralNetworksAreTheirMeanWithTheFirstAlone) {
  const Toy table = toy();
  DagmmConfig config = toy_network();
  config.schedule.epochs = 5;
  const auto one = table_energies(config, 1, table.train, table.test, 1),
             three = table_energies(config, 3, table.train, table.test, 1);
  ASSERT_TRUE(one && three);
  ASSERT_EQ(one->size(), 4U);
  ASSERT_EQ(three->size(), 5U);
  EXPECT_EQ(three->back().name, "single");
  EXPECT_EQ(three->back().energies, one->front().energies);
  EXPECT_NE(three->front().energies, one->front().energies);
}

TEST(TableEnergies, OfEqualRowsAreEqualAndTrainingOnCopiesIsTheSameButForRounding) {
  const Toy once = toy();
  Toy copies = once;
  // 64 rows four times over: distinct rows go through the network once, whatever the order in which batches draw them.
  const std::vector<float> part(once.train.values.begin(), once.train.values.begin() + 64 * 5);
  copies.train.values.clear();
  for (int i = 0; i < 4; ++i) copies.train.values.insert(copies.train.values.end(), part.begin(), part.end());
  FeatureMatrix nearly = copies.train;
  // The smallest change of one value in each copy makes all rows distinct, and so the network sees them one by one.
  for (std::size_t i = 0; i < nearly.values.size(); i += 5)
    nearly.values[i] += 1e-6F * static_cast<float>(i / (64 * 5));
  DagmmConfig config = toy_network();
  config.schedule.epochs = 10;
  const auto a = table_energies(config, 1, copies.train, once.test, 1),
             b = table_energies(config, 1, nearly, once.test, 1);
  ASSERT_TRUE(a && b);
  for (std::size_t i = 0; i < once.abnormal.size(); ++i)
    EXPECT_NEAR(a->front().energies[i], b->front().energies[i], 1e-2 * (1.0 + std::abs(b->front().energies[i]))) << i;

  // The same with steps in single precision, watched on held-out rows, which are looked at before the first step too.
  config.schedule.single_precision = true;
  config.schedule.held_out = 0.25;
  const auto watched = table_energies(config, 1, copies.train, once.test, 1);
  ASSERT_TRUE(watched) << watched.error().what;

  FeatureMatrix twice = once.test;
  twice.values.insert(twice.values.end(), once.test.values.begin(), once.test.values.end());
  const auto c = table_energies(config, 1, once.train, twice, 1);
  ASSERT_TRUE(c);
  for (std::size_t i = 0; i < once.abnormal.size(); ++i)
    EXPECT_EQ(c->front().energies[i], c->front().energies[i + once.abnormal.size()]);
}

TEST(TableEnergies, RefuseNetworksForSound) {
  const Toy table = toy();
  DagmmConfig whitened = toy_network(), pictures = toy_network();
  whitened.network.whitened = true;
  pictures.network.kind = NetworkKind::conv;
  for (const DagmmConfig& config : {whitened, pictures}) {
    const auto scores = table_energies(config, 1, table.train, table.test, 1);
    ASSERT_FALSE(scores);
    EXPECT_EQ(scores.error().code, ErrorCode::usage);
  }
}

TEST(TableEnergies, StopWhenCancelled) {
  CancelFlag cancel;
  cancel.request();
  const Toy table = toy();
  const auto scores = table_energies(toy_network(), 1, table.train, table.test, 1, {{}, &cancel});
  ASSERT_FALSE(scores);
  EXPECT_EQ(scores.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace auscult
