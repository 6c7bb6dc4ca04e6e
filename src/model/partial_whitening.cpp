#include "model/partial_whitening.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace auscult {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd shrunk_covariance(const RowMajor& centered) {
  const auto rows = static_cast<double>(centered.rows()), width = static_cast<double>(centered.cols());
  Eigen::MatrixXd covariance = centered.transpose() * centered / rows;
  const double scale = covariance.trace() / width, norm = covariance.squaredNorm();
  const double spread = (norm - width * scale * scale) / width;
  double fourth = 0.0;  // mean squared norm of the rows' outer products
  for (Eigen::Index i = 0; i < centered.rows(); ++i) fourth += std::pow(centered.row(i).squaredNorm(), 2) / rows;
  const double noise = std::min((fourth - norm) / (rows * width), spread);
  const double shrinkage = spread > 0.0 ? std::clamp(noise / spread, 0.0, 1.0) : 1.0;
  covariance *= 1.0 - shrinkage;
  covariance.diagonal().array() += shrinkage * scale + 1e-8 * scale + 1e-12;
  return covariance;
}

}  // namespace

std::vector<double> partial_whitening(std::span<const double> x, int width, double power) {
  const auto n = static_cast<Eigen::Index>(width);
  RowMajor rows = Eigen::Map<const RowMajor>(x.data(), static_cast<Eigen::Index>(x.size()) / n, n);
  rows.rowwise() -= rows.colwise().mean().eval();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(shrunk_covariance(rows));
  const Eigen::ArrayXd values = solver.eigenvalues().array().max(1e-12);
  const Eigen::ArrayXd factors = values.pow(-power);
  const double variance = (values * factors.square()).mean();
  const RowMajor matrix =
      solver.eigenvectors() * (factors / std::sqrt(variance)).matrix().asDiagonal() * solver.eigenvectors().transpose();
  return {matrix.data(), matrix.data() + matrix.size()};
}

}  // namespace auscult
