// Live and batch agree because a feature vector's energy depends on nothing but the vector: not on its place in the
// block of eight, not on its neighbours, not on the thread. Bit for bit.
#include "model/controls.h"

#include <array>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <thread>

#include "support/small_model.h"

namespace auscult {
namespace {

// The networks of the default preset on the widths of its two detectors, briefly trained.
Detector shipped_like(const std::string& name) {
  const Preset preset = *load_preset("monitor");
  for (DetectorConfig config : preset.detectors) {
    if (config.name != name) continue;
    config.dagmm.epochs = 1;
    config.members = 1;
    Detector detector = test::train_small(config, input_width(config, preset.frontend), 1, 300);
    if (!fit_controls(detector, test::random_rows(300, detector.width, 5), 1)) throw std::runtime_error("the controls cannot be fitted");
    return detector;
  }
  throw std::runtime_error("the default preset has no detector " + name);
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

struct All {
  Energies trained, untrained;
  ControlEnergies controls;
  bool operator==(const All& o) const {
    return same_bits(trained.dagmm, o.trained.dagmm) && same_bits(trained.joint, o.trained.joint) && same_bits(untrained.dagmm, o.untrained.dagmm) &&
           same_bits(untrained.joint, o.untrained.joint) && same_bits(controls.mahalanobis, o.controls.mahalanobis) &&
           same_bits(controls.template_distance, o.controls.template_distance) && same_bits(controls.gmm, o.controls.gmm) && same_bits(controls.knn1, o.controls.knn1);
  }
};

std::array<All, kBlockRows> evaluate(const Detector& detector, const std::vector<float>& rows, int count) {
  std::array<Energies, kBlockRows> trained{}, untrained{};
  std::array<ControlEnergies, kBlockRows> controls{};
  detector.energies(rows, count, trained);
  detector.untrained_energies(rows, count, untrained);
  detector.control_energies(rows, count, controls);
  std::array<All, kBlockRows> all{};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) all[i] = {trained[i], untrained[i], controls[i]};
  return all;
}

std::vector<float> random_block(int width, unsigned seed) {
  return test::random_rows(kBlockRows, width, seed).values;
}

void expect_independence(const Detector& detector) {
  const auto width = static_cast<std::size_t>(detector.width);
  for (unsigned seed = 0; seed < 30; ++seed) {
    const std::vector<float> row = test::random_rows(1, detector.width, 1000 + seed).values;
    std::vector<float> alone(kBlockRows * width, 0.0F);
    std::copy(row.begin(), row.end(), alone.begin());
    const All expected = evaluate(detector, alone, 1)[0];
    ASSERT_TRUE(std::isfinite(expected.trained.joint));
    for (std::size_t place = 0; place < kBlockRows; ++place) {
      std::vector<float> crowd = random_block(detector.width, 5000 + 8 * seed + static_cast<unsigned>(place));
      std::copy(row.begin(), row.end(), crowd.begin() + static_cast<std::ptrdiff_t>(place * width));
      for (int count = static_cast<int>(place) + 1; count <= kBlockRows; ++count)
        ASSERT_TRUE(evaluate(detector, crowd, count)[place] == expected) << detector.config.name << ": place " << place << " of " << count << ", seed " << seed;
    }
  }
}

TEST(Block, EnergiesOfStackedFramesDependOnTheRowAlone) {
  expect_independence(shipped_like("frames"));
}

TEST(Block, EnergiesOfSummariesDependOnTheRowAlone) {
  expect_independence(shipped_like("summary"));
}

TEST(Block, EnergiesAreTheSameOnEveryThread) {
  const Detector detector = shipped_like("summary");
  const auto block = random_block(detector.width, 3);
  const auto expected = evaluate(detector, block, kBlockRows);
  std::array<std::array<All, kBlockRows>, 4> found{};
  {
    std::vector<std::jthread> threads;
    for (auto& result : found) threads.emplace_back([&] { for (int i = 0; i < 20; ++i) result = evaluate(detector, block, kBlockRows); });
  }
  for (const auto& result : found) EXPECT_TRUE(result == expected);
}

TEST(Block, WhatLiesInUnusedRowsDoesNotMatter) {
  const Detector detector = shipped_like("summary");
  auto block = random_block(detector.width, 3);
  const auto expected = evaluate(detector, block, 3);
  for (std::size_t i = 3U * static_cast<std::size_t>(detector.width); i < block.size(); ++i) block[i] = std::numeric_limits<float>::quiet_NaN();
  const auto found = evaluate(detector, block, 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(found[i] == expected[i]);
}

// Networks of any shape, not just the shipped ones.
RC_GTEST_PROP(BlockProperty, EnergiesOfAnyNetworkDependOnTheRowAlone, ()) {
  DetectorConfig config;
  config.dagmm = test::small_network();
  config.dagmm.epochs = 1;
  config.dagmm.hidden = *rc::gen::resize(3, rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 70)));
  config.dagmm.latent = *rc::gen::inRange(1, 20);
  config.dagmm.components = *rc::gen::inRange(1, 6);
  config.dagmm.activation = *rc::gen::element(Activation::tanh, Activation::relu, Activation::linear);
  const int width = *rc::gen::inRange(1, 90);
  Detector detector = test::train_small(config, width);
  RC_ASSERT(fit_controls(detector, test::random_rows(80, width, 5), 1).has_value());
  const auto crowd = random_block(width, *rc::gen::arbitrary<unsigned>());
  const auto together = evaluate(detector, crowd, kBlockRows);
  for (std::size_t place = 0; place < kBlockRows; ++place) {
    std::vector<float> alone(crowd.size(), 0.0F);
    std::copy_n(crowd.begin() + static_cast<std::ptrdiff_t>(place) * width, width, alone.begin());
    RC_ASSERT(evaluate(detector, alone, 1)[0] == together[place]);
  }
}

}  // namespace
}  // namespace auscult
