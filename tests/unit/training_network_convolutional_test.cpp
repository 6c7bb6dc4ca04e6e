// The convolutional networks: sizes as in the reference material, arithmetic compared with libtorch's layers, gradients
// compared with finite differences, and batch normalization that scores only by stored statistics.
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/safetensors.h"
#include "support/files.h"
#include "support/small_model.h"
#include "torch_descent.h"
#include "torch_mixture.h"
#include "training/trainer.h"

namespace auscult {
namespace {

constexpr int kPatch = 64 * 64;

torch::Tensor uniform(std::vector<std::int64_t> shape, std::uint64_t seed) {
  return torch::rand(shape, at::make_generator<at::CPUGeneratorImpl>(seed), torch::kFloat64);
}

DagmmConfig small_config(NetworkKind kind, std::vector<int> channels = {2, 3}) {
  DagmmConfig config = test::small_network();
  config.network.kind = kind;
  config.network.hidden = std::move(channels);
  config.network.activation = Activation::tanh;
  config.network.sigmoid = true;
  config.network.log_reconstruction = false;
  config.schedule.dropout = 0.0;
  return config;
}

DetectorConfig small_detector(NetworkKind kind) {
  DetectorConfig config;
  config.name = "patch";
  config.input = Representation::patch;
  config.window = 64;
  config.scaling = Scaling::min_max;
  config.energy = EnergyKind::dagmm;
  config.dagmm = small_config(kind, {2, 2, 2, 2});
  config.dagmm.schedule.single_precision = true;
  return config;
}

std::map<std::string, std::vector<std::int64_t>> shapes_of(const DagmmConfig& config, int width) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const nn::TensorShape& shape : nn::convolutional_shapes(config.network, width)) shapes[shape.name] = shape.shape;
  return shapes;
}

using Shape = std::vector<std::int64_t>;

TEST(NetworkShapes, EachBlockHalvesTheSideFrom32To4) {
  std::vector<int> channels;
  for (const auto& [width, side] : {std::pair{32, 32}, {64, 16}, {128, 8}, {256, 4}}) {
    channels.push_back(width);
    for (const NetworkKind kind : {NetworkKind::conv, NetworkKind::residual}) {
      const auto shapes = shapes_of(small_config(kind, channels), 3 * kPatch);
      EXPECT_EQ(shapes.at("encoder.code.weight"), (Shape{2, static_cast<std::int64_t>(width) * side * side}))
          << width << " channels";
    }
  }
}

TEST(NetworkShapes, AreThoseOfTheReferenceMaterial) {
  const std::vector<int> channels = {32, 64, 128, 256};
  const auto conv = shapes_of(small_config(NetworkKind::conv, channels), 3 * kPatch);
  EXPECT_EQ(conv.at("encoder.0.weight"), (Shape{32, 3, 4, 4}));
  EXPECT_EQ(conv.at("encoder.3.weight"), (Shape{256, 128, 4, 4}));
  EXPECT_EQ(conv.at("decoder.code.weight"), (Shape{256 * 4 * 4, 2}));
  EXPECT_EQ(conv.at("decoder.0.weight"), (Shape{256, 128, 4, 4}));
  EXPECT_EQ(conv.at("decoder.3.weight"), (Shape{32, 3, 4, 4}));
  EXPECT_EQ(conv.size(), 20U);
  const auto residual = shapes_of(small_config(NetworkKind::residual, channels), kPatch);
  EXPECT_EQ(residual.at("encoder.0.down.weight"), (Shape{32, 1, 4, 4}));
  EXPECT_EQ(residual.at("encoder.0.conv.weight"), (Shape{32, 32, 3, 3}));
  EXPECT_EQ(residual.at("encoder.0.shortcut.weight"), (Shape{32, 1, 1, 1}));
  EXPECT_EQ(residual.at("encoder.3.norm.running_var"), (Shape{256}));
  EXPECT_EQ(residual.at("decoder.3.up.weight"), (Shape{32, 1, 4, 4}));
  EXPECT_EQ(residual.at("decoder.3.shortcut.weight"), (Shape{1, 32, 1, 1}));
}

// The same network put together from libtorch's layers.
struct Reference {
  const ConvolutionalNetwork& network;
  torch::Tensor tensor(const std::string& name) const {
    for (const auto& t : network.tensors())
      if (t.name == name) return t.value;
    throw std::runtime_error(name);
  }
  torch::Tensor conv(const std::string& name, const torch::Tensor& x, std::int64_t side, std::int64_t stride,
                     std::int64_t padding) const {
    const auto weight = tensor(name + ".weight");
    torch::nn::Conv2d layer(
        torch::nn::Conv2dOptions(weight.size(1), weight.size(0), side).stride(stride).padding(padding));
    layer->weight = weight;
    layer->bias = tensor(name + ".bias");
    return layer(x);
  }
};

TEST(NetworkConvolutional, EncoderAgreesWithLibtorchsLayers) {
  const auto x = uniform({3, 3 * kPatch}, 5);
  std::mt19937_64 random(1);
  for (const NetworkKind kind : {NetworkKind::conv, NetworkKind::residual}) {
    const DagmmConfig config = small_config(kind, {3, 4});
    const auto network = ConvolutionalNetwork(config.network, 3 * kPatch, random);
    const Reference reference{network};
    torch::Tensor y = x.view({3, 3, 64, 64});
    for (const std::string block : {"encoder.0", "encoder.1"}) {
      if (kind == NetworkKind::conv) {
        y = torch::tanh(reference.conv(block, y, 4, 2, 1));
        continue;
      }
      const auto inner =
          reference.conv(block + ".conv", torch::tanh(reference.conv(block + ".down", y, 4, 2, 1)), 3, 1, 1);
      y = torch::tanh(inner +
                      reference.conv(block + ".shortcut", y, 1, 2, 0) / std::sqrt(1.0 + 1e-5));  // statistics 0 and 1
    }
    const auto code =
        torch::addmm(reference.tensor("encoder.code.bias"), y.flatten(1), reference.tensor("encoder.code.weight").t());
    EXPECT_TRUE(torch::allclose(network.code(x, BatchNorm::stored), code, 1e-9, 1e-12));
    EXPECT_EQ(network.reconstruction(code, BatchNorm::stored).sizes(), x.sizes());
  }
}

double value(const TrainableNetwork& network, const torch::Tensor& x, bool training) {
  const c10::optional<at::Generator> generator = at::make_generator<at::CPUGeneratorImpl>(1);
  return objective(network, x, training ? generator : c10::nullopt)->total.item<double>();
}

TEST(NetworkConvolutional, GradientsAgreeWithFiniteDifferencesInTrainingAndEvaluation) {
  const auto x = uniform({6, kPatch}, 2);
  for (const NetworkKind kind : {NetworkKind::conv, NetworkKind::residual}) {
    for (const bool training : {false, true}) {
      const DagmmConfig config = small_config(kind);
      auto network = TrainableNetwork::initialized(config, kPatch, 7);
      auto tensors = network.tensors();
      for (auto& tensor : tensors) tensor.requires_grad_(true);
      const c10::optional<at::Generator> generator = at::make_generator<at::CPUGeneratorImpl>(1);
      objective(network, x, training ? generator : c10::nullopt)->total.backward();
      torch::NoGradGuard no_grad;
      std::mt19937 random(3);
      for (auto& tensor : tensors) {
        for (int draw = 0; draw < 3; ++draw) {
          const auto i = static_cast<std::int64_t>(random() % static_cast<unsigned>(tensor.numel()));
          double& element = tensor.data_ptr<double>()[i];
          const double before = element, step = 1e-5;
          element = before + step;
          const double above = value(network, x, training);
          element = before - step;
          const double below = value(network, x, training);
          element = before;
          const double expected = (above - below) / (2.0 * step),
                       found = tensor.grad().contiguous().data_ptr<double>()[i];
          EXPECT_NEAR(found, expected, 1e-4 * std::max(1.0, std::abs(expected)))
              << tensor.sizes() << " at " << i << (training ? ", training" : ", evaluation");
        }
      }
    }
  }
}

TEST(NetworkBatchNorm, StoresTheMomentsOfTheWholeTrainingSet) {
  const auto x = uniform({24, kPatch}, 4);
  const DagmmConfig config = small_config(NetworkKind::residual);
  for (const int batch : {24, 5}) {
    auto network = TrainableNetwork::initialized(config, kPatch, 7).convolutional;
    const Reference reference{network};
    const auto shortcut = reference.conv("encoder.0.shortcut", x.view({24, 1, 64, 64}), 1, 2, 0);
    network.fix_statistics(x, batch);
    EXPECT_TRUE(torch::allclose(reference.tensor("encoder.0.norm.running_mean"), shortcut.mean({0, 2, 3}), 1e-9, 1e-12))
        << "batches of " << batch;
    EXPECT_TRUE(
        torch::allclose(reference.tensor("encoder.0.norm.running_var"), shortcut.var({0, 2, 3}, false), 1e-9, 1e-12))
        << "batches of " << batch;
  }
}

TEST(NetworkBatchNorm, ScoresByStoredStatisticsAlone) {
  const Detector detector = test::train_small(small_detector(NetworkKind::residual), kPatch, 1, 40);
  FeatureMatrix rows = test::random_rows(test::kRows, kPatch, 9);
  std::array<Energies, test::kRows> together{}, alone{};
  detector.energies(rows.values, together);
  for (std::size_t row = 0; row < test::kRows; ++row) {
    std::vector<float> block(rows.values.size(), 0.0F);
    std::copy_n(rows.values.begin() + static_cast<std::ptrdiff_t>(row * kPatch), kPatch, block.begin());
    detector.energies(block, alone);
    EXPECT_EQ(std::memcmp(&alone[0].dagmm, &together[row].dagmm, sizeof(double)), 0) << "row " << row;
    EXPECT_TRUE(std::isfinite(alone[0].dagmm));
    EXPECT_TRUE(std::isnan(alone[0].joint)) << "there is no covariance of 4096 values";
  }
}

TEST(TrainDetectorConvolutional, LowersTheObjectiveAndKeepsItsControl) {
  for (const NetworkKind kind : {NetworkKind::conv, NetworkKind::residual}) {
    DetectorConfig config = small_detector(kind);
    config.dagmm.schedule.epochs = 10;
    TrainingReport report;
    const auto detector = train_detector(config, test::random_rows(48, kPatch, 5), 1, {}, &report);
    ASSERT_TRUE(detector) << to_message(detector.error());
    EXPECT_LT(report.last_objective, report.first_objective);
    EXPECT_EQ(report.steps, 10);
    EXPECT_EQ(detector->untrained.size(), 1U);
  }
}

Model wide_model(unsigned seed) {
  Model model;
  model.preset.name = "wide";
  DetectorConfig conv = small_detector(NetworkKind::conv), residual = small_detector(NetworkKind::residual),
                 waveform = small_detector(NetworkKind::dense);
  conv.name = "conv";
  residual.name = "residual";
  waveform.name = "waveform";
  waveform.input = Representation::waveform;
  waveform.window = waveform.step = 5000;
  waveform.dagmm.network.hidden = {4};
  waveform.dagmm.network.sigmoid = false;
  waveform.scaling = Scaling::standardise;
  model.preset.detectors = {conv, residual, waveform};
  const std::vector<double> energies = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12};
  for (const DetectorConfig& config : model.preset.detectors) {
    Detector& detector =
        model.detectors.emplace_back(test::train_small(config, input_width(config, model.preset.frontend), seed, 40));
    detector.window_calibration = detector.clip_calibration = detector.untrained_clip_calibration =
        *EnergyCalibration::fit(energies);
  }
  return model;
}

std::string bytes_of(const Model& model) {
  const test::TempDir folder;
  const auto saved = save_model(model, folder / "m.safetensors");
  if (!saved) throw std::runtime_error(to_message(saved.error()));
  return test::read_file(folder / "m.safetensors");
}

Result<std::shared_ptr<const Model>> load(const std::string& bytes) {
  const test::TempDir folder;
  test::write_file(folder / "m.safetensors", bytes);
  return load_model(folder / "m.safetensors");
}

const std::string& good_bytes() {
  static const std::string bytes = bytes_of(wide_model(1));
  return bytes;
}

TEST(ModelFileWideInputs, EqualSeedsGiveEqualBytes) {
  EXPECT_TRUE(good_bytes() == bytes_of(wide_model(1)));
  EXPECT_FALSE(good_bytes() == bytes_of(wide_model(2)));
}

TEST(ModelFileWideInputs, SavedAndLoadedScoresBitForBit) {
  const Model original = wide_model(1);
  const auto loaded = load(good_bytes());
  ASSERT_TRUE(loaded) << to_message(loaded.error());
  for (std::size_t d = 0; d < original.detectors.size(); ++d) {
    const Detector &a = original.detectors[d], &b = (*loaded)->detectors[d];
    const auto rows = test::random_rows(test::kRows, a.width, 3).values;
    std::array<Energies, test::kRows> x{}, y{};
    a.energies(rows, x);
    b.energies(rows, y);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i].dagmm, y[i].dagmm) << a.config.name;
    a.untrained_energies(rows, x);
    b.untrained_energies(rows, y);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i].dagmm, y[i].dagmm) << a.config.name;
  }
  EXPECT_TRUE(bytes_of(**loaded) == good_bytes());
}

TEST(ModelFileWideInputs, KeepsWeightsInFourBytesAndTheMixtureInEight) {
  const auto file = parse_safetensors(good_bytes());
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->tensors.at("waveform.member0.encoder.0.weight").single);
  EXPECT_TRUE(file->tensors.at("residual.untrained0.encoder.0.conv.weight").single);
  EXPECT_FALSE(file->tensors.at("residual.member0.encoder.0.norm.running_var").single);
  EXPECT_FALSE(file->tensors.at("conv.member0.mixture.sigma").single);
}

TEST(ModelFileWideInputs, ThatWasTamperedWithIsRefusedByName) {
  const auto refused = [](const std::string& what, const std::function<void(SafetensorsFile&)>& change) {
    SafetensorsFile file = *parse_safetensors(good_bytes());
    change(file);
    const auto model = load(write_safetensors(file));
    ASSERT_FALSE(model) << what;
    EXPECT_EQ(model.error().code, ErrorCode::model_damaged) << what;
  };
  const auto metadata = [&](const std::string& pointer, const nlohmann::json& value) {
    refused(pointer, [&](SafetensorsFile& file) {
      auto json = nlohmann::json::parse(file.metadata);
      json[nlohmann::json::json_pointer(pointer)] = value;
      file.metadata = json.dump();
    });
  };
  refused("a negative variance", [](SafetensorsFile& file) {
    file.tensors.at("residual.member0.encoder.0.norm.running_var").values[0] = -1.0;
  });
  refused("a missing statistic",
          [](SafetensorsFile& file) { file.tensors.erase("residual.member0.encoder.1.norm.running_mean"); });
  refused("another shape", [](SafetensorsFile& file) {
    file.tensors.at("conv.member0.encoder.0.weight").shape = {1, 2, 4, 4};
  });
  metadata("/preset/detectors/0/dagmm/network/kind", "residual");
  metadata("/preset/detectors/0/dagmm/network/kind", "dense");
  metadata("/preset/detectors/0/dagmm/network/hidden", {1024, 1024, 1024, 1024, 1024, 1024});
  metadata("/preset/detectors/0/dagmm/network/hidden", {2, 2, 2, 2, 2, 2, 2});
  metadata("/preset/detectors/0/input", "mel");
  metadata("/preset/detectors/0/energy", "joint");
  metadata("/preset/detectors/2/window", 1 << 18);
  metadata("/preset/detectors/2/dagmm/network/hidden", {4096, 4096});
  metadata("/preset/frontend/n_mels", 32);
}

TEST(TrainDetectorScaling, IsSharedByWhatDiffersOnlyInTime) {
  FeatureMatrix rows = test::random_rows(32, kPatch, 5);
  rows.values[7] = -300.0F;  // bin 7 of a first frame
  rows.values[kPatch + 64 + 7] = 100.0F;
  DetectorConfig config = small_detector(NetworkKind::conv);
  config.dagmm.schedule.epochs = 0;
  const auto detector = train_detector(config, rows, 1);
  ASSERT_TRUE(detector);
  for (std::size_t i = 7; i < kPatch; i += 64) {
    EXPECT_EQ(detector->mean[i], -300.0);
    EXPECT_EQ(detector->scale[i], 400.0);
  }
  EXPECT_GT(detector->mean[8], -90.0);
}

TEST(TrainDetectorScaling, OfAPictureOfSeveralChannelsIsOne) {
  FeatureMatrix rows = test::random_rows(16, 3 * kPatch, 5);
  DetectorConfig config = small_detector(NetworkKind::conv);
  config.dagmm.schedule.epochs = 0;
  const auto detector = train_detector(config, rows, 1);
  ASSERT_TRUE(detector) << to_message(detector.error());
  EXPECT_EQ(detector->mean[0], *std::min_element(rows.values.begin(), rows.values.end()));
  for (const double mean : detector->mean) ASSERT_EQ(mean, detector->mean[0]);
}

}  // namespace
}  // namespace auscult
