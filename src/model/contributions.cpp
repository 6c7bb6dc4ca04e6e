#include "model/contributions.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>

#include "dagmm.h"
#include "neighbours.h"

namespace auscult {
namespace {

constexpr std::size_t kNormalNeighbours = 10;  // as many as spread is made of

double squared_distance(const double* a, const double* b, std::size_t width) {
  double sum = 0.0;
  for (std::size_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::size_t nearest_row(const NeighbourMemory& memory, std::span<const double> x) {
  std::size_t nearest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < memory.spread.size(); ++row) {
    const double ratio = squared_distance(x.data(), &memory.rows[row * x.size()], x.size()) / memory.spread[row];
    if (ratio < smallest) {
      smallest = ratio;
      nearest = row;
    }
  }
  return nearest;
}

// Squared differences of a training vector to its own neighbours, value by value, scaled to a sum of its spread. The
// spread knows which rows are of other recordings; the memory no longer does, hence the scaling.
std::vector<double> normal_differences(const NeighbourMemory& memory, std::size_t self, std::size_t width) {
  const double* centre = &memory.rows[self * width];
  std::vector<std::pair<double, std::size_t>> others;
  for (std::size_t row = 0; row < memory.spread.size(); ++row)
    if (row != self) others.emplace_back(squared_distance(centre, &memory.rows[row * width], width), row);
  const std::size_t count = std::min(kNormalNeighbours, others.size());
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count), others.end());
  std::vector<double> normal(width, 0.0);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t i = 0; i < width; ++i) {
      const double difference = memory.rows[others[k].second * width + i] - centre[i];
      normal[i] += difference * difference;
    }
  const double sum = std::accumulate(normal.begin(), normal.end(), 0.0);
  for (double& value : normal) value = sum > 0.0 ? value * memory.spread[self] / sum : memory.spread[self] / static_cast<double>(width);
  return normal;
}

void add_neighbour(const NeighbourMemory& memory, std::span<const double> x, std::span<double> out) {
  const std::size_t nearest = nearest_row(memory, x);
  const std::vector<double> normal = normal_differences(memory, nearest, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = x[i] - memory.rows[nearest * x.size() + i];
    out[i] += (difference * difference - normal[i]) / memory.spread[nearest];
  }
}

}  // namespace

// Looks into one network. x is (rows, width); rows do not meet.
class DagmmContributions {
 public:
  explicit DagmmContributions(const Dagmm& network) : network_(&network) {
    if (network.residual_whitening_.defined()) precision_ = network.residual_whitening_.square().sum(0);
  }

  torch::Tensor of(EnergyKind kind, const torch::Tensor& x) const {
    const Dagmm& n = *network_;
    const auto input = x.clone().set_requires_grad(kind != EnergyKind::contrast);
    const Encoded encoded = encode(n.parameters_, n.config_, input);
    const auto residual = x - encoded.reconstruction.detach();
    if (kind == EnergyKind::dagmm) return residual * gradient(encoded, input);
    const auto whitened = (residual - n.residual_mean_).matmul(n.residual_whitening_.t());
    const auto pulled = whitened.matmul(n.residual_whitening_);  // P r
    if (kind == EnergyKind::contrast) return 0.5 * found_fault(whitened) * pulled;
    return residual * gradient(encoded, input) + 0.5 * (pulled.square() / precision_ - 1.0);
  }

 private:
  torch::Tensor gradient(const Encoded& encoded, const torch::Tensor& input) const {
    const auto energy = sample_energy(encoded.z, network_->mixture_.phi, network_->mixture_.mu, network_->lower_);
    return torch::autograd::grad({energy.sum()}, {input})[0];
  }
  torch::Tensor found_fault(const torch::Tensor& whitened) const {
    if (!network_->directions_.defined()) return torch::zeros_like(whitened);
    const auto input = whitened.clone().set_requires_grad(true);
    const auto slope = torch::autograd::grad({network_->contrast(input).sum()}, {input})[0];
    return at::linalg_solve_triangular(network_->residual_whitening_, slope.t(), /*upper=*/false).t();
  }

  const Dagmm* network_;
  torch::Tensor precision_;  // the diagonal of P, (width); undefined without a covariance
};

struct Contributions::Impl {
  const Detector* detector;
  FrontendConfig frontend;
  std::vector<DagmmContributions> networks;
};

Contributions::Contributions(const Detector& detector, const FrontendConfig& frontend) : impl_(std::make_unique<Impl>(Impl{&detector, frontend, {}})) {
  torch::NoGradGuard no_grad;
  for (const auto& member : detector.members) impl_->networks.emplace_back(*member);
}
Contributions::~Contributions() = default;
Contributions::Contributions(Contributions&&) noexcept = default;
Contributions& Contributions::operator=(Contributions&&) noexcept = default;

int Contributions::bins() const {
  return mel_bin_of(impl_->detector->config, impl_->frontend, 0) < 0 ? 0 : impl_->frontend.n_mels;
}

void Contributions::per_value(std::span<const float> rows, int count, std::span<double> out) const {
  const TorchThreads one(1);
  const Detector& detector = *impl_->detector;
  const auto width = static_cast<std::size_t>(detector.width), used = static_cast<std::size_t>(count) * width;
  assert(rows.size() == kBlockRows * width && out.size() == used);
  std::vector<double> x(rows.size(), 0.0);
  for (std::size_t i = 0; i < used; ++i) x[i] = (static_cast<double>(rows[i]) - detector.mean[i % width]) / detector.scale[i % width];
  std::fill(out.begin(), out.end(), 0.0);
  if (detector.memory) {
    for (std::size_t i = 0; i < used; i += width) add_neighbour(*detector.memory, std::span(x).subspan(i, width), out.subspan(i, width));
    return;
  }
  torch::AutoGradMode gradients(true);
  // Convolutions have other bits in other batches: like their energies, row by row.
  const std::size_t together = detector.config.dagmm.network == Network::dense ? x.size() : width;
  for (std::size_t begin = 0; begin < used; begin += together) {
    const auto input = torch::from_blob(&x[begin], {static_cast<std::int64_t>(together / width), detector.width}, torch::kFloat64);
    for (const DagmmContributions& network : impl_->networks) {
      const auto part = network.of(detector.config.energy, input).contiguous();
      const double* values = part.data_ptr<double>();
      for (std::size_t i = begin; i < std::min(used, begin + together); ++i) out[i] += values[i - begin] / static_cast<double>(impl_->networks.size());
    }
  }
}

void Contributions::per_bin(std::span<const float> rows, int count, std::span<float> out) const {
  const auto width = static_cast<std::size_t>(impl_->detector->width), bins_a_row = static_cast<std::size_t>(bins());
  std::vector<double> values(static_cast<std::size_t>(count) * width), sums(out.size(), 0.0);
  per_value(rows, count, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bin = static_cast<std::size_t>(mel_bin_of(impl_->detector->config, impl_->frontend, static_cast<std::int64_t>(i % width)));
    sums[i / width * bins_a_row + bin] += values[i];
  }
  std::copy(sums.begin(), sums.end(), out.begin());
}

int mel_bin_of(const DetectorConfig& detector, const FrontendConfig& frontend, std::int64_t value) {
  return detector.input == Representation::waveform ? -1 : static_cast<int>(value % frontend.n_mels);
}

std::vector<float> positive_shares(std::span<const float> contributions) {
  double sum = 0.0;
  for (const float value : contributions) sum += std::max(0.0, static_cast<double>(value));
  std::vector<float> shares;
  for (const float value : contributions) shares.push_back(sum > 0.0 ? static_cast<float>(std::max(0.0, static_cast<double>(value)) / sum) : 0.0F);
  return shares;
}

std::vector<float> fused_shares(std::span<const std::vector<float>> contributions, std::span<const double> u) {
  std::vector<double> sums;
  double weight = 0.0;
  for (std::size_t d = 0; d < contributions.size(); ++d) {
    if (contributions[d].empty()) continue;
    const std::vector<float> shares = positive_shares(contributions[d]);
    sums.resize(shares.size(), 0.0);
    const double unusual = std::max(0.0, u[d]);
    weight += unusual;
    for (std::size_t i = 0; i < shares.size(); ++i) sums[i] += unusual * static_cast<double>(shares[i]);
  }
  std::vector<float> fused;
  for (const double sum : sums) fused.push_back(weight > 0.0 ? static_cast<float>(sum / weight) : 0.0F);
  return fused;
}

}  // namespace auscult
