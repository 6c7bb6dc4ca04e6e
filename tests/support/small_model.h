// A whole model without any sound: detectors trained on random rows, calibrated on random energies. For tests of the
// model module alone. Test-only, header-only; needs auscult_training.
#pragma once

#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "training/control_fit.h"
#include "training/trainer.h"

namespace auscult::test {

inline constexpr int kRows = 8;  ///< rows that tests evaluate together

inline FeatureMatrix random_rows(std::int64_t rows, int width, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(-40.0F, 6.0F);
  FeatureMatrix matrix{width, std::vector<float>(static_cast<std::size_t>(rows * width))};
  for (float& x : matrix.values) x = normal(random);
  return matrix;
}

inline DagmmConfig small_network() {
  DagmmConfig config;
  config.network.hidden = {6};
  config.network.latent = 2;
  config.network.estimation = {4};
  config.network.components = 2;
  config.schedule.batch_size = 32;
  config.schedule.epochs = 2;
  config.mixture.em_steps = 2;
  return config;
}

inline Detector train_small(const DetectorConfig& config, int width, unsigned seed = 1, std::int64_t rows = 80) {
  auto detector = train_detector(config, random_rows(rows, width, 5), seed);
  if (!detector) throw std::runtime_error(to_message(detector.error()));
  return *detector;
}

/// Two detectors on four mel bands.
inline Model small_model(unsigned seed = 1) {
  Model model;
  model.preset.name = "small";
  model.preset.frontend.n_mels = 4;
  DetectorConfig frames, summary;
  frames.name = "frames";
  frames.input = Representation::frames;
  frames.window = 3;
  frames.step = 1;
  summary.members = 2;
  frames.dagmm = summary.dagmm = small_network();
  model.preset.detectors = {frames, summary};
  const std::vector<double> energies = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12};
  for (const DetectorConfig& config : model.preset.detectors) {
    Detector detector = train_small(config, input_width(config, model.preset.frontend), seed);
    detector.window_calibration = detector.clip_calibration = detector.untrained_clip_calibration =
        *EnergyCalibration::fit(energies);
    if (model.detectors.size() == control_detector(model.preset) &&
        !fit_controls(detector, random_rows(80, detector.width, 5), seed))
      throw std::runtime_error("controls");
    model.detectors.push_back(std::move(detector));
  }
  model.preset.policy.threshold = 3.5;
  model.false_alarms = *FalseAlarmCurve::make({0.5, 1.5, 2.0, 2.5, 3.0}, 0.01);
  model.clip_threshold = 1.25;
  model.training.machine = "6dB/pump/id_00";
  model.training.file_digests = {"00ff", "11ee"};
  return model;
}

}  // namespace auscult::test
