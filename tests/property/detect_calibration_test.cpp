#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "detect/calibration.h"

namespace auscult {
namespace {

// 4 to some 600 energies of any sign, from tiny to huge, with or without ties.
std::vector<double> energies() {
  const double unit = std::pow(10.0, *rc::gen::inRange(-6, 200));
  const int range = *rc::gen::element(3, 50, 1'000'000);
  const auto count = *rc::gen::inRange<std::size_t>(4, 600);
  const auto raw = *rc::gen::container<std::vector<int>>(count, rc::gen::inRange(-range, range));
  std::vector<double> values;
  for (int v : raw) values.push_back(v * unit);
  return values;
}

RC_GTEST_PROP(EnergyCalibration, IsMonotoneFiniteAndNotNegative, ()) {
  const auto values = energies();
  const auto calibration = EnergyCalibration::fit(values);
  RC_ASSERT(calibration.has_value());
  std::vector<double> probes = values;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double spread = *high - *low + 1.0;
  for (int i = -20; i <= 60; ++i) probes.push_back(*low + spread * i / 20.0);
  std::sort(probes.begin(), probes.end());
  double last = 0.0;
  for (double energy : probes) {
    const double u = calibration->u(energy);
    RC_ASSERT(std::isfinite(u));
    RC_ASSERT(u >= last);
    last = u;
  }
}

RC_GTEST_PROP(EnergyCalibration, RisesStrictlyInTheTail, ()) {
  const auto calibration = EnergyCalibration::fit(energies());
  RC_ASSERT(calibration.has_value());
  double last = calibration->u(calibration->tail_start());
  for (int i = 1; i <= 100; ++i) {
    const double u = calibration->u(calibration->tail_start() + 0.1 * i * calibration->tail_scale());
    RC_ASSERT(u > last);
    last = u;
  }
}

RC_GTEST_PROP(EnergyCalibration, GivesTheEnergyAtWhichULies, ()) {
  auto values = energies();
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());  // u has steps where values are equal
  RC_PRE(values.size() >= 4U);
  const auto calibration = EnergyCalibration::fit(values);
  RC_ASSERT(calibration.has_value());
  const double smallest = calibration->u(values.front());
  for (double u = smallest; u < 12.0; u += 0.173)
    RC_ASSERT(std::abs(calibration->u(calibration->energy_at(u)) - u) < 1e-6);
  RC_ASSERT(calibration->energy_at(0.0) == values.front());
}

RC_GTEST_PROP(EnergyCalibration, DoesNotCareForTheUnitOfEnergy, ()) {
  const auto values = energies();
  const double scale = std::ldexp(1.0, *rc::gen::inRange(-8, 8));
  std::vector<double> scaled;
  for (double v : values) scaled.push_back(v * scale);
  const auto one = EnergyCalibration::fit(values), other = EnergyCalibration::fit(scaled);
  RC_ASSERT(one.has_value() && other.has_value());
  // An absolute floor keeps the tail of equal values finite; it is the only number with a unit.
  RC_PRE(one->tail_scale() > 1e-3 && other->tail_scale() > 1e-3);
  for (double v : values) RC_ASSERT(std::abs(one->u(v) - other->u(v * scale)) < 1e-9);
}

}  // namespace
}  // namespace auscult
