// Each value's contribution to an energy, compared with independent computations: plain loops over the numbers in the
// model file, and finite differences of the energy.
#include <bit>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "model/contributions.h"
#include "model/fault_templates.h"
#include "model/neighbour_memory.h"
#include "support/small_model.h"
#include "torch_mixture.h"

namespace auscult {
namespace {

constexpr int kMels = 4;

FrontendConfig small_frontend() {
  FrontendConfig frontend;
  frontend.n_mels = kMels;
  return frontend;
}

Detector detector_of(EnergyKind kind, int members = 1) {
  DetectorConfig config;
  config.energy = kind;
  config.members = kind == EnergyKind::neighbour ? 0 : members;
  config.dagmm = test::small_network();
  return test::train_small(config, input_width(config, small_frontend()));
}

// One row that is not among the training rows.
std::vector<float> odd_row(const Detector& detector) {
  return test::random_rows(1, detector.width, 99).values;
}

std::vector<double> standardised(const Detector& detector, const std::vector<float>& row) {
  std::vector<double> x;
  for (std::size_t i = 0; i < row.size(); ++i)
    x.push_back((static_cast<double>(row[i]) - detector.mean[i]) / detector.scale[i]);
  return x;
}

std::vector<double> contributions_of(const Detector& detector, const std::vector<float>& row) {
  std::vector<double> values(row.size());
  Contributions(detector, small_frontend()).per_value(row, values);
  return values;
}

// The numbers of one network as stored in a model file, and derived quantities, in plain loops.
struct PlainNetwork {
  explicit PlainNetwork(const Dagmm& network) { network.save(tensors, ""); }

  std::vector<double> layer(const std::string& name, const std::vector<double>& x) const {
    const NamedTensor& weight = tensors.at(name + ".weight");
    std::vector<double> y = tensors.at(name + ".bias").values;
    for (std::size_t o = 0; o < y.size(); ++o)
      for (std::size_t i = 0; i < x.size(); ++i) y[o] += weight.values[o * x.size() + i] * x[i];
    return y;
  }
  // small_network(): one hidden layer of tanh on each side.
  std::vector<double> difference(const std::vector<double>& x) const {
    const auto bend = [](std::vector<double> y) {
      for (double& value : y) value = std::tanh(value);
      return y;
    };
    std::vector<double> r =
        layer("decoder.1", bend(layer("decoder.0", layer("encoder.1", bend(layer("encoder.0", x))))));
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = x[i] - r[i];
    return r;
  }
  std::vector<double> residual(const std::vector<double>& x) const {
    std::vector<double> r = difference(x);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] -= tensors.at("residual.mean").values[i];
    return r;
  }
  // P = W'W
  double precision(std::size_t i, std::size_t j) const {
    const auto& w = tensors.at("residual.whitening").values;
    const std::size_t n = tensors.at("residual.mean").values.size();
    double sum = 0.0;
    for (std::size_t k = 0; k < n; ++k) sum += w[k * n + i] * w[k * n + j];
    return sum;
  }
  std::vector<double> pulled(const std::vector<double>& r) const {
    std::vector<double> out(r.size(), 0.0);
    for (std::size_t i = 0; i < r.size(); ++i)
      for (std::size_t j = 0; j < r.size(); ++j) out[i] += precision(i, j) * r[j];
    return out;
  }
  TensorMap tensors;
};

double neighbour_energy(const NeighbourMemory& memory, const std::vector<double>& x) {
  double energy = 0.0;
  memory.energies(x, std::span(&energy, 1));
  return energy;
}

double dagmm_energy(const Dagmm& network, const std::vector<double>& x) {
  std::vector<double> block(test::kRows * x.size(), 0.0);
  std::copy(x.begin(), x.end(), block.begin());
  std::array<Energies, test::kRows> out{};
  network.energies(block, out);
  return out[0].dagmm;
}

// (x_i - x'_i) dE/dx_i, the slope by central differences.
std::vector<double> gradient_share(const Dagmm& network, const std::vector<double>& x) {
  constexpr double kStep = 1e-5;
  std::vector<double> share = PlainNetwork(network).difference(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto above = x, below = x;
    above[i] += kStep;
    below[i] -= kStep;
    share[i] *= (dagmm_energy(network, above) - dagmm_energy(network, below)) / (2.0 * kStep);
  }
  return share;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance * (1.0 + std::abs(expected[i]))) << i;
}

TEST(Contributions, OfThePaperEnergyAreItsSlopeTimesTheDifferenceFromTheReconstruction) {
  const Detector detector = detector_of(EnergyKind::dagmm);
  const auto row = odd_row(detector);
  expect_near(contributions_of(detector, row), gradient_share(*detector.members[0], standardised(detector, row)), 1e-6);
}

// How far r'Pr falls if one value is as the others predict, less 1, its mean on normal sound.
TEST(Contributions, OfTheJointEnergyAddWhatEachValueAddsToTheResidualGivenAllOthers) {
  const Detector detector = detector_of(EnergyKind::joint);
  const auto row = odd_row(detector);
  const auto x = standardised(detector, row);
  const PlainNetwork plain(*detector.members[0]);
  const auto r = plain.residual(x);
  const auto square = [&plain](const std::vector<double>& v) {
    const auto pulled = plain.pulled(v);
    return std::inner_product(v.begin(), v.end(), pulled.begin(), 0.0);
  };
  auto expected = gradient_share(*detector.members[0], x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto as_expected = r;  // the conditional mean: where the square is smallest along this value
    as_expected[i] = 0.0;
    as_expected[i] = -plain.pulled(as_expected)[i] / plain.precision(i, i);
    expected[i] += 0.5 * (square(r) - square(as_expected) - 1.0);
  }
  expect_near(contributions_of(detector, row), expected, 1e-6);
}

TEST(Contributions, OfTheContrastSpreadTheTemplatesEvidenceOverTheirBins) {
  const Detector detector = detector_of(EnergyKind::contrast);
  const auto row = odd_row(detector);
  const auto x = standardised(detector, row);
  const auto n = x.size();
  const PlainNetwork plain(*detector.members[0]);
  const auto r = plain.residual(x);
  const auto pulled = plain.pulled(r);
  const auto templates = rows_of(fault_templates(detector.config, detector.width));
  constexpr double kShare = 9.0 / 10.0;  // faults are up to three deviations large
  std::vector<double> found(n, 0.0), weights, matches, lengths;
  for (std::size_t t = 0; t < templates.size() / n; ++t) {
    const double* shape = &templates[t * n];
    double match = 0.0, square = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      match += shape[i] * pulled[i];
      for (std::size_t j = 0; j < n; ++j) square += shape[i] * plain.precision(i, j) * shape[j];
    }
    lengths.push_back(std::sqrt(square));
    matches.push_back(std::max(0.0, match / lengths.back()));
    weights.push_back(std::exp(0.5 * kShare * matches.back() * matches.back()));
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double evidence = 0.0;
  for (std::size_t t = 0; t < weights.size(); ++t) {
    for (std::size_t i = 0; i < n; ++i)
      found[i] += weights[t] / total * kShare * matches[t] * templates[t * n + i] / lengths[t];
    evidence += weights[t] / total * 0.5 * kShare * matches[t] * matches[t];
  }
  std::vector<double> expected(n);
  for (std::size_t i = 0; i < n; ++i) expected[i] = 0.5 * found[i] * pulled[i];
  const auto actual = contributions_of(detector, row);
  expect_near(actual, expected, 1e-6);
  EXPECT_NEAR(std::accumulate(actual.begin(), actual.end(), 0.0), evidence, 1e-6 * (1.0 + evidence))
      << "the sum is the mean evidence";
}

TEST(Contributions, OfTheNeighbourSumToTheEnergyLessOne) {
  const Detector detector = detector_of(EnergyKind::neighbour);
  const auto row = odd_row(detector);
  const auto values = contributions_of(detector, row);
  EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0),
              neighbour_energy(*detector.memory, standardised(detector, row)) - 1.0, 1e-9);
}

TEST(Contributions, OfTheNeighbourPointAtTheValueThatMoved) {
  const Detector detector = detector_of(EnergyKind::neighbour);
  for (int moved = 0; moved < detector.width; ++moved) {
    std::vector<float> row;
    for (const double mean : detector.mean) row.push_back(static_cast<float>(mean));
    row[static_cast<std::size_t>(moved)] += 20.0F * static_cast<float>(detector.scale[static_cast<std::size_t>(moved)]);
    const auto values = contributions_of(detector, row);
    EXPECT_EQ(std::max_element(values.begin(), values.end()) - values.begin(), moved);
  }
}

TEST(Contributions, OfSeveralNetworksAreTheirMean) {
  const Detector two = detector_of(EnergyKind::joint, 2);
  const auto row = odd_row(two);
  std::vector<double> mean(row.size(), 0.0);
  for (const auto& member : two.members) {
    Detector one = two;
    one.members = {member};
    const auto part = contributions_of(one, row);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += 0.5 * part[i];
  }
  expect_near(contributions_of(two, row), mean, 1e-12);
}

TEST(Contributions, OfABinAreThoseOfItsValues) {
  const Detector detector = detector_of(EnergyKind::joint);
  const auto row = odd_row(detector);
  const auto values = contributions_of(detector, row);
  const Contributions contributions(detector, small_frontend());
  ASSERT_EQ(contributions.bins(), kMels);
  std::vector<float> bins(kMels);
  contributions.per_bin(row, bins);
  for (std::size_t bin = 0; bin < kMels; ++bin)
    EXPECT_FLOAT_EQ(bins[bin], static_cast<float>(values[bin] + values[bin + kMels])) << "mean and difference of a bin";
}

TEST(Contributions, OfARowDoNotDependOnItsPlaceOrItsNeighbours) {
  for (const EnergyKind kind : {EnergyKind::dagmm, EnergyKind::joint, EnergyKind::contrast, EnergyKind::neighbour}) {
    const Detector detector = detector_of(kind, 2);
    const auto width = static_cast<std::size_t>(detector.width);
    const auto rows = test::random_rows(test::kRows, detector.width, 7).values;
    std::vector<double> together(rows.size());
    Contributions(detector, small_frontend()).per_value(rows, together);
    for (std::size_t row = 0; row < test::kRows; ++row) {
      const std::vector<float> one(rows.begin() + static_cast<std::ptrdiff_t>(row * width),
                                   rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
      const auto alone = contributions_of(detector, one);
      for (std::size_t i = 0; i < width; ++i)
        EXPECT_EQ(std::bit_cast<std::uint64_t>(alone[i]), std::bit_cast<std::uint64_t>(together[row * width + i]))
            << "row " << row;
    }
  }
}

TEST(Contributions, AWaveformHasNoBins) {
  DetectorConfig config;
  config.input = Representation::waveform;
  EXPECT_EQ(mel_bin_of(config, FrontendConfig{}, 0), -1);
}

TEST(ContributionsShares, ArePartsOfThePositiveSum) {
  EXPECT_EQ(positive_shares(std::vector<float>{3.0F, -5.0F, 1.0F}), (std::vector<float>{0.75F, 0.0F, 0.25F}));
  EXPECT_EQ(positive_shares(std::vector<float>{-1.0F, 0.0F}), (std::vector<float>{0.0F, 0.0F}));
}

TEST(ContributionsShares, OfSeveralDetectorsCountByTheirU) {
  const std::vector<std::vector<float>> contributions = {{2.0F, 2.0F}, {0.0F, 70.0F}, {}};
  EXPECT_EQ(fused_shares(contributions, std::vector<double>{3.0, 1.0, 9.0}), (std::vector<float>{0.375F, 0.625F}))
      << "the scale of an energy counts for nothing, a detector without bins neither";
  EXPECT_EQ(fused_shares(contributions, std::vector<double>{0.0, 0.0, 9.0}), (std::vector<float>{0.0F, 0.0F}));
  EXPECT_TRUE(fused_shares(std::vector<std::vector<float>>{{}, {}}, std::vector<double>{1.0, 1.0}).empty());
}

}  // namespace
}  // namespace auscult
