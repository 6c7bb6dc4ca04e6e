// Training from the outside: seeds, controls, cancellation, and a named error if numbers diverge.
#include <array>
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/small_model.h"
#include "training/trainer.h"

namespace auscult {
namespace {

using Block = std::array<Energies, test::kRows>;

DetectorConfig small_config() {
  DetectorConfig config;
  config.dagmm = test::small_network();
  return config;
}

Block energies(const Detector& detector, const FeatureMatrix& rows, bool untrained = false) {
  Block out{};
  const std::span<const float> block(rows.values.data(), static_cast<std::size_t>(test::kRows * rows.width));
  if (untrained)
    detector.untrained_energies(block, out);
  else
    detector.energies(block, out);
  return out;
}

bool same(const Block& a, const Block& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].dagmm != b[i].dagmm || a[i].joint != b[i].joint) return false;
  return true;
}

std::string model_bytes(unsigned seed) {
  const test::TempDir folder;
  EXPECT_TRUE(save_model(test::small_model(seed), folder / "m.safetensors"));
  return test::read_file(folder / "m.safetensors");
}

TEST(TrainDetector, WithTheSameSeedGivesTheSameBytes) {
  const std::string first = model_bytes(1);
  EXPECT_TRUE(first == model_bytes(1));
  EXPECT_FALSE(first == model_bytes(2));
}

TEST(TrainDetector, GivesTheSameBytesOnAnotherThread) {
  const std::string here = model_bytes(1);
  std::string there;
  std::thread([&] { there = model_bytes(1); }).join();
  EXPECT_TRUE(here == there);
}

TEST(TrainDetectorUntrained, DiffersOnlyByTheGradientSteps) {
  const FeatureMatrix rows = test::random_rows(64, 10, 3);
  DetectorConfig config = small_config();
  config.dagmm.schedule.epochs = 0;
  const Detector none = test::train_small(config, 10);
  EXPECT_TRUE(same(energies(none, rows), energies(none, rows, true)));
  config.dagmm.schedule.epochs = 5;
  const Detector some = test::train_small(config, 10);
  EXPECT_FALSE(same(energies(some, rows), energies(some, rows, true)));
  EXPECT_TRUE(same(energies(none, rows, true), energies(some, rows, true)))
      << "the control knows nothing of the training";
}

TEST(TrainDetectorMembers, AreAveraged) {
  const FeatureMatrix rows = test::random_rows(64, 10, 3);
  DetectorConfig config = small_config();
  config.members = 3;
  Detector ensemble = test::train_small(config, 10);
  const Block all = energies(ensemble, rows);
  const auto members = ensemble.members;
  ASSERT_EQ(members.size(), 3U);
  std::array<double, test::kRows> mean{};
  for (const auto& member : members) {
    ensemble.members = {member};
    const Block one = energies(ensemble, rows);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += one[i].joint / 3.0;
  }
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(all[i].joint, mean[i], 1e-9 * std::abs(mean[i]));
}

TEST(TrainDetectorScale, NeverDividesByNothing) {
  FeatureMatrix rows = test::random_rows(64, 5, 1);
  for (std::size_t i = 0; i < rows.values.size(); i += 5) rows.values[i] = -100.0F;  // a band at the noise floor
  const auto detector = train_detector(small_config(), rows, 1);
  ASSERT_TRUE(detector);
  EXPECT_GT(detector->scale[0], 0.0);
  for (const Energies& e : energies(*detector, rows)) EXPECT_TRUE(std::isfinite(e.joint));
}

TEST(TrainDetector, OfConstantRowsEndsInAModelOrANamedError) {
  FeatureMatrix rows{5, std::vector<float>(5 * 64, -100.0F)};  // digital silence
  const auto detector = train_detector(small_config(), rows, 1);
  if (!detector) {
    EXPECT_EQ(detector.error().code, ErrorCode::training_diverged);
    return;
  }
  for (const Energies& e : energies(*detector, rows)) EXPECT_TRUE(std::isfinite(e.joint));
}

TEST(TrainDetector, ThatRunsAwayIsNamed) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    FeatureMatrix rows = test::random_rows(64, 5, 1);
    rows.values[77] = bad;
    const auto detector = train_detector(small_config(), rows, 1);
    ASSERT_FALSE(detector) << bad;
    EXPECT_EQ(detector.error().code, ErrorCode::training_diverged);
  }
  for (const double rate : {1e160, 1e300}) {
    DetectorConfig config = small_config();
    config.dagmm.schedule.learning_rate = rate;
    config.dagmm.schedule.epochs = 50;
    const auto detector = train_detector(config, test::random_rows(64, 5, 1), 1);
    ASSERT_FALSE(detector) << rate;
    EXPECT_EQ(detector.error().code, ErrorCode::training_diverged);
    EXPECT_FALSE(detector.error().hint.empty());
  }
}

TEST(TrainDetector, NeedsSomeRows) {
  const auto detector = train_detector(small_config(), test::random_rows(15, 5, 1), 1);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(detector.error().what.find("15"), std::string::npos);
  EXPECT_TRUE(train_detector(small_config(), test::random_rows(16, 5, 1), 1))
      << "fewer rows than a batch are one batch";
}

TEST(TrainDetector, CanBeCancelledAtAnyStep) {
  CancelFlag cancel;
  int reports = 0;
  DetectorConfig config = small_config();
  config.dagmm.schedule.epochs = 1000;
  const JobControl control{[&](const Progress&) {
                             if (++reports == 3) cancel.request();
                           },
                           &cancel};
  const auto detector = train_detector(config, test::random_rows(64, 5, 1), 1, control);
  ASSERT_FALSE(detector);
  EXPECT_EQ(detector.error().code, ErrorCode::cancelled);
  EXPECT_EQ(reports, 3) << "nothing is done after the request";
}

TEST(TrainDetector, ReportsProgressThatEndsAtTheTotal) {
  Progress last;
  std::uint64_t before = 0;
  bool rising = true;
  DetectorConfig config = small_config();
  config.members = 2;
  ASSERT_TRUE(train_detector(config, test::random_rows(64, 5, 1), 1,
                             {[&](const Progress& p) {
                                rising = rising && p.done >= before;
                                before = p.done;
                                last = p;
                              },
                              nullptr}));
  EXPECT_TRUE(rising);
  EXPECT_EQ(last.done, last.total);
  EXPECT_TRUE(std::isfinite(last.loss));
}

}  // namespace
}  // namespace auscult
