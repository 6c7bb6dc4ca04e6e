// The contrast in single precision against its twin in double precision: the same tensors, the other precision.
// Energies may differ by 1e-5 of themselves, or by 1e-5 where they are below 1: products of 24-bit numbers differ by
// 6e-8 each, and whitening subtracts nearly equal ones.
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "model/dagmm.h"
#include "support/small_model.h"

namespace auscult {
namespace {

constexpr double kRelative = 1e-5;
constexpr int kBins = 16;

struct Twins {
  std::shared_ptr<const Dagmm> single, twice;
};

// The same tensors, read as a network of either precision.
Twins twins_of(const Dagmm& trained, DetectorConfig config, int width) {
  const FaultTemplates templates = fault_templates(config, width);
  Twins twins;
  for (const bool single : {true, false}) {
    config.dagmm.schedule.single_precision = single;
    TensorMap tensors;
    trained.save(tensors, "");
    auto restored = Dagmm::restore(tensors, "", config.dagmm, width, templates);
    if (!restored) throw std::runtime_error(to_message(restored.error()));
    (single ? twins.single : twins.twice) = *restored;
  }
  return twins;
}

DetectorConfig config_named(const std::string& name) {
  const Preset preset = *load_preset("monitor");
  for (const DetectorConfig& config : preset.detectors)
    if (config.name == name) return config;
  throw std::runtime_error("the default preset has no detector " + name);
}

// Standardized rows: usual ones, and others up to a thousand standard deviations away.
std::vector<double> rows_of_all_sizes(std::size_t count, int width, unsigned seed) {
  const std::vector<float> values = test::random_rows(static_cast<std::int64_t>(count), width, seed).values;
  std::vector<double> rows;
  for (std::size_t i = 0; i < values.size(); ++i)
    rows.push_back(
        (static_cast<double>(values[i]) + 40.0) / 6.0 *
        std::pow(10.0, 3.0 * static_cast<double>(i / static_cast<std::size_t>(width)) / static_cast<double>(count)));
  return rows;
}

void expect_same_contrasts(const Twins& twins, const std::vector<double>& rows, std::size_t count) {
  std::vector<Energies> single(count), twice(count);
  twins.single->energies(rows, single);
  twins.twice->energies(rows, twice);
  for (std::size_t i = 0; i < count; ++i) {
    const double expected = twice[i].contrast;
    ASSERT_NEAR(single[i].contrast, expected, kRelative * std::max(1.0, std::abs(expected))) << "row " << i;
    // All else is computed in double precision in both.
    ASSERT_EQ(single[i].dagmm, twice[i].dagmm);
    ASSERT_EQ(single[i].joint, twice[i].joint);
  }
}

TEST(SingleContrast, OfTheDefaultPresetAgreesWithDoublePrecision) {
  const FrontendConfig frontend = load_preset("monitor")->frontend;
  for (const char* name : {"frames", "summary"}) {
    const DetectorConfig config = config_named(name);
    ASSERT_TRUE(config.dagmm.schedule.single_precision) << name;
    const int width = input_width(config, frontend);
    const Detector detector = test::train_small(config, width, 1, 400);
    expect_same_contrasts(twins_of(*detector.members[0], config, width), rows_of_all_sizes(200, width, 9), 200);
  }
}

TEST(SingleContrast, IsUsedOnlyWithSinglePrecision) {
  const DetectorConfig config = config_named("summary");
  const int width = input_width(config, load_preset("monitor")->frontend);
  const Detector detector = test::train_small(config, width, 1, 400);
  const Twins twins = twins_of(*detector.members[0], config, width);
  const std::vector<double> rows = rows_of_all_sizes(50, width, 3);
  std::vector<Energies> single(50), twice(50);
  twins.single->energies(rows, single);
  twins.twice->energies(rows, twice);
  int different = 0;
  for (std::size_t i = 0; i < single.size(); ++i) different += single[i].contrast != twice[i].contrast ? 1 : 0;
  EXPECT_GT(different, 25);
}

TEST(SingleContrast, IsTheSameAloneAndBesideOtherEnergies) {
  const DetectorConfig config = config_named("summary");
  const int width = input_width(config, load_preset("monitor")->frontend);
  const Detector detector = test::train_small(config, width, 1, 400);
  const std::vector<double> rows = rows_of_all_sizes(20, width, 4);
  for (const EnergyKind kind : {EnergyKind::dagmm, EnergyKind::joint, EnergyKind::contrast}) {
    const Twins twins = twins_of(*detector.members[0], config, width);
    for (const auto& model : {twins.single, twins.twice}) {
      std::vector<Energies> all(20), one(20);
      model->energies(rows, all);
      model->energies(rows, one, kind);
      for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(one[i].of(kind), all[i].of(kind));
    }
  }
}

// Networks of any shape and activation, with and without whitening and skip connection.
RC_GTEST_PROP(SingleContrast, OfAnyNetworkAgreesWithDoublePrecision, ()) {
  DetectorConfig config;
  config.input = Representation::frames;
  config.window = *rc::gen::inRange(1, 6);
  config.energy = EnergyKind::contrast;
  config.dagmm = test::small_network();
  config.dagmm.schedule.epochs = 1;
  config.dagmm.schedule.single_precision = true;
  config.dagmm.network.hidden = *rc::gen::resize(3, rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 40)));
  config.dagmm.network.latent = *rc::gen::inRange(1, 10);
  config.dagmm.network.activation = *rc::gen::element(Activation::tanh, Activation::relu, Activation::linear);
  config.dagmm.network.whitened = *rc::gen::arbitrary<bool>();
  if (config.dagmm.network.whitened) config.dagmm.network.skip_connection = *rc::gen::element(0.0, 0.8);
  const int width = config.window * kBins;
  const Detector detector = test::train_small(config, width, 1, 4 * width);
  expect_same_contrasts(twins_of(*detector.members[0], config, width),
                        rows_of_all_sizes(40, width, *rc::gen::arbitrary<unsigned>()), 40);
}

}  // namespace
}  // namespace auscult
