// The DAGMM of Zong et al. (ICLR 2018) for scoring: fixed networks, fixed mixture, and the shrunk Gaussian of the
// residual. Training (src/training) passes its numbers as named tensors, the same as in a model file. Thread rule:
// immutable; const methods from any thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "auscult/error.h"
#include "model/fault_templates.h"
#include "model/model.h"
#include "model/tensors.h"

namespace auscult {

class Dagmm {
 public:
  /// Takes its tensors out of the map. `templates` (may be empty) are the faults that Energies::contrast looks for.
  /// Errors: model_damaged (missing, wrong shape, a Sigma that does not factorize).
  static Result<std::shared_ptr<const Dagmm>> restore(TensorMap& tensors, const std::string& prefix,
                                                      const DagmmConfig& config, int width,
                                                      const FaultTemplates& templates = {});
  /// Names relative to `prefix`, as in a model file.
  void save(TensorMap& tensors, const std::string& prefix) const;
  ~Dagmm();

  /// rows: out.size() x width standardized values, row-major. A row's energies depend only on the row. joint and
  /// contrast are NaN if has_covariance() is false. With `only`, energies of other kinds may be NaN: those that would
  /// take time of their own. The contrast of a dense network that was trained in single precision is computed in single
  /// precision, all else in double.
  void energies(std::span<const double> rows, std::span<Energies> out, std::optional<EnergyKind> only = {}) const;
  /// Each value's contribution to the energy `kind` (contributions.h). rows and out: rows x width.
  void contributions(EnergyKind kind, std::span<const double> rows, std::span<double> out) const;

 private:
  struct Parts;
  struct Pass;
  Dagmm();
  Pass pass(std::span<const double> rows) const;
  void single_contrasts(std::span<const double> rows, std::span<Energies> out) const;
  // x - x', in the rows' own units.
  std::vector<double> residual(const Pass& pass) const;
  // dE/dx (x - x'): to first order, how far the energy would fall.
  std::vector<double> energy_attribution(const Pass& pass, std::span<const double> rows) const;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace auscult
