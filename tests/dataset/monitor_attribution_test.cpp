// Attribution of faults whose band is known: simulated pumps with a single changed mechanism, a real machine's
// recordings with a fault mixed in (semi-synthetic), and bumps on normal windows. The bin with the largest share must
// lie in the fault's band.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "model/contributions.h"
#include "scoring/feature_window.h"
#include "scoring/scorer.h"
#include "simulate/pump.h"
#include "support/files.h"
#include "support/sounds.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using test::Samples;
using Frames = std::vector<std::vector<float>>;

constexpr double kClear =
    3.0;  // dB that a fault must raise its strongest bin by over a window, for its band to be known

std::shared_ptr<const Model> learn(const std::filesystem::path& normals) {
  TrainRequest request = test::tiny_request(normals);
  request.preset = *load_preset("monitor");
  request.preset.calibration.folds = 1;  // half the time; the networks are the same kind
  request.threads = 2;
  auto outcome = train_model(request);
  if (!outcome) throw std::runtime_error(to_message(outcome.error()));
  return outcome->model;
}

Samples samples_of(const std::filesystem::path& path) {
  auto reader = AudioFileReader::open(path);
  if (!reader) throw std::runtime_error(to_message(reader.error()));
  Samples samples(static_cast<std::size_t>(reader->info().frames));
  samples.resize(static_cast<std::size_t>(reader->read(samples).value_or(0)));
  return samples;
}

Frames frames_of(const Samples& samples, const FrontendConfig& config) {
  Frames frames;
  LogMelFrontend(config).push(
      samples, [&](const FrameView& frame) { frames.emplace_back(frame.log_mel.begin(), frame.log_mel.end()); });
  return frames;
}

// Bins that the fault raises by at least half as many decibels as the one it raises most; empty if that is unclear.
std::vector<bool> band_of(const Frames& normal, const Frames& faulty, std::size_t first, std::size_t end) {
  std::vector<double> rise(normal[0].size(), 0.0);
  for (std::size_t t = first; t < end; ++t)
    for (std::size_t bin = 0; bin < rise.size(); ++bin)
      rise[bin] += static_cast<double>(faulty[t][bin] - normal[t][bin]) / static_cast<double>(end - first);
  const double peak = *std::max_element(rise.begin(), rise.end());
  std::vector<bool> band(rise.size());
  for (std::size_t bin = 0; bin < rise.size(); ++bin) band[bin] = peak >= kClear && rise[bin] >= 0.5 * peak;
  return band;
}

struct Tally {
  int windows = 0, found = 0;
  double share() const { return static_cast<double>(found) / std::max(1, windows); }
  // A neighbour of the band counts: mel filters overlap.
  void add(const std::vector<bool>& band, std::span<const float> shares) {
    if (std::none_of(band.begin(), band.end(), [](bool b) { return b; })) return;
    const auto best = std::max_element(shares.begin(), shares.end()) - shares.begin();
    ++windows;
    for (auto bin = std::max<std::ptrdiff_t>(0, best - 1);
         bin <= std::min<std::ptrdiff_t>(std::ssize(band) - 1, best + 1); ++bin)
      if (band[static_cast<std::size_t>(bin)]) {
        ++found;
        break;
      }
  }
};

// What the window shows, twice a second: the fused shares at each new energy of the slow detector.
void listen_to(const std::shared_ptr<const Model>& model, const Samples& normal, const Samples& faulty, Tally& tally) {
  const auto& frontend = model->preset.frontend;
  const Frames before = frames_of(normal, frontend), after = frames_of(faulty, frontend);
  ASSERT_EQ(before.size(), after.size());
  Scorer scorer(model, {.why = true});
  scorer.push(faulty, [&](const Hop& hop) {
    for (const StepEnergy& step : hop.fresh) {
      const DetectorConfig& config = model->detectors[static_cast<std::size_t>(step.detector)].config;
      if (config.name != "summary") continue;
      const auto end = static_cast<std::size_t>(step.frame) + 1;
      tally.add(band_of(before, after, end - static_cast<std::size_t>(config.window), end), hop.why);
    }
  });
}

Samples pump(Fault fault, int index, bool sets_in) {
  PumpClipRequest request;
  request.index = index;
  request.channels = 1;
  request.fault = fault;
  request.severity = 0.7;
  request.fault_onset = sets_in ? 0.0 : 1e6;
  return render_pump_clip(request).interleaved;
}

class ScorerAttributionSimulatedPump : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const test::TempDir folder;
    for (int i = 0; i < 40; ++i)
      test::write_sound(folder / ("normal/" + std::to_string(i) + ".wav"), pump(Fault::none, i, false));
    model_ = learn(folder.path());
  }
  static inline std::shared_ptr<const Model> model_;
};

TEST_F(ScorerAttributionSimulatedPump, EachKindOfFaultStandsOutInItsBand) {
  for (const Fault fault : {Fault::bearing, Fault::cavitation, Fault::leak, Fault::imbalance}) {
    Tally tally;
    for (int i = 0; i < 5; ++i) listen_to(model_, pump(fault, i, false), pump(fault, i, true), tally);
    std::printf("%-14s %3d windows, band found in %.1f %%\n", to_string(fault), tally.windows, 100.0 * tally.share());
    EXPECT_GE(tally.windows, 30) << to_string(fault);
    EXPECT_GE(tally.share(), 0.8) << to_string(fault);
  }
}

// The tiny models of the unit tests have other widths, and kernels choose their way by width.
TEST_F(ScorerAttributionSimulatedPump, WhyIsTheSameLiveAndInBatch) {
  const Samples sound = pump(Fault::leak, 3, true);
  std::vector<std::vector<float>> live, batch;
  const auto keep = [](std::vector<std::vector<float>>& kept) {
    return [&kept](const Hop& hop) {
      kept.emplace_back(hop.why.begin(), hop.why.end());
      for (const StepEnergy& step : hop.fresh) kept.push_back(step.why);
    };
  };
  Scorer one_by_one(model_, {.mode = ScorerMode::live, .why = true}),
      in_blocks(model_, {.mode = ScorerMode::batch, .why = true});
  one_by_one.push(sound, keep(live));
  one_by_one.finish(keep(live));
  in_blocks.push(sound, keep(batch));
  in_blocks.finish(keep(batch));
  ASSERT_GT(live.size(), 300U);
  EXPECT_EQ(live, batch);
}

TEST_F(ScorerAttributionSimulatedPump, NoBandStandsOutInNormalSound) {
  std::vector<double> mean(64, 0.0);
  int hops = 0;
  Scorer scorer(model_, {.why = true});
  for (int i = 100; i < 110; ++i) {
    scorer.push(pump(Fault::none, i, false), [&](const Hop& hop) {
      if (hop.why.empty()) return;
      ++hops;
      for (std::size_t bin = 0; bin < mean.size(); ++bin) mean[bin] += static_cast<double>(hop.why[bin]);
    });
    scorer.gap(1, [](const Hop&) {});
  }
  const double largest = *std::max_element(mean.begin(), mean.end()) / hops;
  std::printf("largest mean share of a bin in normal sound: %.3f (all alike: %.3f)\n", largest, 1.0 / 64);
  EXPECT_LT(largest, 5.0 / 64);
}

TEST_F(ScorerAttributionSimulatedPump, ABumpOnANormalWindowIsFoundByEveryDetector) {
  const auto& frontend = model_->preset.frontend;
  const Detector& slow = model_->detectors.at(1);
  for (const Detector& detector : model_->detectors) {
    const Contributions contributions(detector, frontend);
    Tally tally;
    for (int i = 100; i < 104; ++i) {
      const Frames normal = frames_of(pump(Fault::none, i, false), frontend);
      for (const int centre : {10, 30, 50}) {
        std::vector<bool> band(64);
        Frames bumped = normal;
        for (int bin = centre - 3; bin <= centre + 3; ++bin) {
          const double height = 6.0 * std::exp(-0.5 * std::pow((bin - centre) / 1.5, 2));
          band[static_cast<std::size_t>(bin)] = height >= 3.0;
          for (auto& frame : bumped)
            frame[static_cast<std::size_t>(bin)] +=
                static_cast<float>(height * slow.scale[static_cast<std::size_t>(bin)]);
        }
        FeatureWindow window(detector.config, frontend);
        std::vector<float> bins(64);
        for (std::size_t t = 0; t < bumped.size(); ++t) {
          if (!window.push(bumped[t]) || (detector.config.step == 1 && t % 16 != 0)) continue;
          contributions.per_bin(window.vector(), bins);
          tally.add(band, bins);
        }
      }
    }
    std::printf("%-14s %3d windows, bump of 6 deviations found in %.1f %%\n", detector.config.name.c_str(),
                tally.windows, 100.0 * tally.share());
    EXPECT_GE(tally.share(), 0.8) << detector.config.name;
  }
}

TEST(ScorerAttributionRealMachine, SemiSyntheticFaultsStandOutInTheirBand) {
  AUSCULT_REQUIRE_DATA(data);
  const auto model = learn(data / "machine_hum/normal_train");
  for (const auto& [folder, least] : {std::pair{"leak_-15dB", 0.75}, {"knock_-12dB", 0.9}}) {
    Tally tally;
    for (const auto& entry : std::filesystem::directory_iterator(data / "machine_hum/semisynthetic" / folder)) {
      const std::string name = entry.path().filename().string();
      listen_to(model, samples_of(data / "machine_hum/normal_test" / name.substr(name.find("normal_"))),
                samples_of(entry.path()), tally);
    }
    std::printf("%-14s %3d windows, band found in %.1f %%\n", folder, tally.windows, 100.0 * tally.share());
    EXPECT_GE(tally.windows, 200) << folder;
    EXPECT_GE(tally.share(), least) << folder;
  }
}

}  // namespace
}  // namespace auscult
