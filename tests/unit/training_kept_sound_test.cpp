// Sound kept in memory gives bit-identical scores to the original sound.
#include <gtest/gtest.h>

#include "kept_sound.h"
#include "support/scoring.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::HopRecord;
using test::Samples;

FeatureSink keep(KeptSound& kept) {
  FeatureSink sink;
  sink.hop = [&kept](const FeatureHop& hop) {
    if (hop.frame) kept.add_frame(*hop.frame);
  };
  sink.samples = [&kept](std::span<const float> samples) { kept.add_samples(samples); };
  sink.gap = [&kept](std::int64_t) { kept.add_gap(); };
  return sink;
}

// A model of the waveform, too small to learn anything.
const std::shared_ptr<const Model>& waveform_model() {
  static const std::shared_ptr<const Model> model = [] {
    const test::TempDir folder;
    test::write_normal_clips(folder / "normal", 12);
    TrainRequest request = test::tiny_request(folder.path());
    request.preset.detectors.resize(1);
    DetectorConfig& detector = request.preset.detectors.front();
    detector.input = Representation::waveform;
    detector.window = detector.step = 3000;
    detector.min_window = 0;
    detector.energy = EnergyKind::dagmm;
    auto outcome = train_model(request);
    if (!outcome) throw std::runtime_error(to_message(outcome.error()));
    return outcome->model;
  }();
  return model;
}

void expect_same(const std::shared_ptr<const Model>& model, std::span<const Samples> stretches) {
  HopRecord scored, replayed;
  KeptSound kept;
  Scorer scorer(model, {.mode = ScorerMode::batch});
  FeatureStream stream(model->preset.frontend);
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    if (i > 0) scorer.gap(1000, scored.sink()), stream.gap(1000, keep(kept));
    scorer.push(stretches[i], scored.sink());
    stream.push_samples(stretches[i], keep(kept));
  }
  scorer.finish(scored.sink());
  stream.finish(keep(kept));
  FeatureWindows windows(model->preset.frontend, model->preset.detectors, model->level.off_dbfs);
  EnergyStage energies(model, {.mode = ScorerMode::batch});
  kept.replay(windows, energies, replayed.sink());
  EXPECT_FALSE(scored.steps.empty());
  EXPECT_TRUE(scored == replayed);
}

TEST(KeptSound, ScoresAsTheSoundItself) {
  expect_same(test::tiny_model(), std::vector<Samples>{test::machine_sound(3.0, {.seed = 3})});
}

TEST(KeptSound, KeepsGapsInTheirPlaces) {
  const std::vector<Samples> stretches = {test::machine_sound(2.0),
                                          test::machine_sound(0.8, {.seed = 2}),
                                          {},
                                          test::machine_sound(0.02),
                                          test::machine_sound(3.0, {.gain = 1e-4})};
  expect_same(test::tiny_model(), stretches);
  expect_same(waveform_model(), stretches);
}

TEST(KeptSound, KeepsSamplesForDetectorsOfTheWaveform) {
  expect_same(waveform_model(), std::vector<Samples>{test::machine_sound(3.001, {.seed = 3})});
}

}  // namespace
}  // namespace auscult
