// Live and batch agree because a feature vector's energy depends on nothing but the vector: not on its place among
// those evaluated together, not on their number, not on the thread, not on the processor's vector width. Bit for bit.
#include <array>
#include <cmath>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/row_kernels.h"
#include "support/small_model.h"

namespace auscult {
namespace {

// The networks of the default preset on the widths of its two detectors, briefly trained.
Detector shipped_like(const std::string& name) {
  const Preset preset = *load_preset("monitor");
  for (DetectorConfig config : preset.detectors) {
    if (config.name != name) continue;
    config.dagmm.schedule.epochs = 1;
    config.members = 1;
    Detector detector = test::train_small(config, input_width(config, preset.frontend), 1, 300);
    if (!fit_controls(detector, test::random_rows(300, detector.width, 5), 1))
      throw std::runtime_error("the controls cannot be fitted");
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
    return same_bits(trained.dagmm, o.trained.dagmm) && same_bits(trained.joint, o.trained.joint) &&
           same_bits(trained.contrast, o.trained.contrast) && same_bits(untrained.contrast, o.untrained.contrast) &&
           same_bits(untrained.dagmm, o.untrained.dagmm) && same_bits(untrained.joint, o.untrained.joint) &&
           same_bits(controls.mahalanobis, o.controls.mahalanobis) &&
           same_bits(controls.template_distance, o.controls.template_distance) &&
           same_bits(controls.gmm, o.controls.gmm) && same_bits(controls.knn1, o.controls.knn1);
  }
};

std::array<All, test::kRows> evaluate(const Detector& detector, const std::vector<float>& rows, int count) {
  const auto n = static_cast<std::size_t>(count);
  const auto part = std::span(rows).first(n * static_cast<std::size_t>(detector.width));
  std::array<Energies, test::kRows> trained{}, untrained{};
  std::array<ControlEnergies, test::kRows> controls{};
  detector.energies(part, std::span(trained).first(n));
  detector.untrained_energies(part, std::span(untrained).first(n));
  detector.control_energies(part, std::span(controls).first(n));
  std::array<All, test::kRows> all{};
  for (std::size_t i = 0; i < n; ++i) all[i] = {trained[i], untrained[i], controls[i]};
  return all;
}

std::vector<float> random_block(int width, unsigned seed) {
  return test::random_rows(test::kRows, width, seed).values;
}

void expect_independence(const Detector& detector) {
  const auto width = static_cast<std::size_t>(detector.width);
  for (unsigned seed = 0; seed < 30; ++seed) {
    const std::vector<float> row = test::random_rows(1, detector.width, 1000 + seed).values;
    std::vector<float> alone(test::kRows * width, 0.0F);
    std::copy(row.begin(), row.end(), alone.begin());
    const All expected = evaluate(detector, alone, 1)[0];
    ASSERT_TRUE(std::isfinite(expected.trained.joint));
    ASSERT_TRUE(std::isfinite(expected.trained.contrast));
    for (std::size_t place = 0; place < test::kRows; ++place) {
      std::vector<float> crowd = random_block(detector.width, 5000 + 8 * seed + static_cast<unsigned>(place));
      std::copy(row.begin(), row.end(), crowd.begin() + static_cast<std::ptrdiff_t>(place * width));
      for (int count = static_cast<int>(place) + 1; count <= test::kRows; ++count)
        ASSERT_TRUE(evaluate(detector, crowd, count)[place] == expected)
            << detector.config.name << ": place " << place << " of " << count << ", seed " << seed;
    }
  }
}

TEST(DetectorRows, EnergiesOfStackedFramesDependOnTheRowAlone) {
  expect_independence(shipped_like("frames"));
}

TEST(DetectorRows, EnergiesOfSummariesDependOnTheRowAlone) {
  expect_independence(shipped_like("summary"));
}

TEST(DetectorRows, EnergiesAreTheSameOnEveryThread) {
  const Detector detector = shipped_like("summary");
  const auto block = random_block(detector.width, 3);
  const auto expected = evaluate(detector, block, test::kRows);
  std::array<std::array<All, test::kRows>, 4> found{};
  {
    std::vector<std::jthread> threads;
    for (auto& result : found)
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) result = evaluate(detector, block, test::kRows);
      });
  }
  for (const auto& result : found) EXPECT_TRUE(result == expected);
}

TEST(DetectorRows, BeyondThoseEvaluatedDoNotMatter) {
  const Detector detector = shipped_like("summary");
  auto block = random_block(detector.width, 3);
  const auto expected = evaluate(detector, block, 3);
  for (std::size_t i = 3U * static_cast<std::size_t>(detector.width); i < block.size(); ++i)
    block[i] = std::numeric_limits<float>::quiet_NaN();
  const auto found = evaluate(detector, block, 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(found[i] == expected[i]);
}

TEST(RowKernels, GiveTheSameBitsForEveryVectorWidth) {
  const Detector detector = shipped_like("frames");
  const auto block = random_block(detector.width, 3);
  std::vector<std::array<All, test::kRows>> found;
  for (const auto width : {VectorWidth::baseline, VectorWidth::avx2, VectorWidth::avx512})
    if (nn::use_vector_width(width)) found.push_back(evaluate(detector, block, test::kRows));
  for (const auto& one : found) EXPECT_TRUE(one == found.front());
}

TEST(RowKernels, GiveTheTangentInSinglePrecision) {
  std::vector<float> values;
  for (int i = -20000; i <= 20000; ++i) values.push_back(1e-3F * static_cast<float>(i));
  for (float x = 1.0F; x > 1e-20F; x *= 0.37F) values.insert(values.end(), {x, -x});
  std::vector<float> found = values;
  nn::hyperbolic_tangent(found);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = std::tanh(static_cast<double>(values[i]));
    ASSERT_NEAR(static_cast<double>(found[i]), expected, 4e-7 * std::abs(expected)) << values[i];
  }
}

// Networks of any shape, not just the shipped ones.
RC_GTEST_PROP(DetectorRows, EnergiesOfAnyNetworkDependOnTheRowAlone, ()) {
  DetectorConfig config;
  config.dagmm = test::small_network();
  config.dagmm.schedule.epochs = 1;
  config.dagmm.network.hidden = *rc::gen::resize(3, rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 70)));
  config.dagmm.network.latent = *rc::gen::inRange(1, 20);
  config.dagmm.network.components = *rc::gen::inRange(1, 6);
  config.dagmm.network.activation = *rc::gen::element(Activation::tanh, Activation::relu, Activation::linear);
  const int width = *rc::gen::inRange(1, 90);
  Detector detector = test::train_small(config, width);
  RC_ASSERT(fit_controls(detector, test::random_rows(80, width, 5), 1).has_value());
  const auto crowd = random_block(width, *rc::gen::arbitrary<unsigned>());
  const auto together = evaluate(detector, crowd, test::kRows);
  for (std::size_t place = 0; place < test::kRows; ++place) {
    std::vector<float> alone(crowd.size(), 0.0F);
    std::copy_n(crowd.begin() + static_cast<std::ptrdiff_t>(place) * width, width, alone.begin());
    RC_ASSERT(evaluate(detector, alone, 1)[0] == together[place]);
  }
}

}  // namespace
}  // namespace auscult
