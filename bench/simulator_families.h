// How well loudness and simple controls detect the faults of version 2's machines (`auscult-bench simulator --version
// 2`). Thread rule: the main thread.
#pragma once

#include <cstdint>
#include <vector>

#include "bench.h"
#include "simulate/machine_clip.h"

namespace auscult::bench {

struct FamilyBoundsOptions : TableOptions {
  int machines = 4, normals = 48, per_fault = 12, training = 80;
  std::vector<double> snr_db = {6.0, 0.0, -6.0};
  std::vector<std::string> families = {"pump", "fan", "gearbox"};
  std::vector<std::string> operations = {"steady", "variable"};
  std::uint64_t set = 0;  ///< seed of the set
};

int run_family_bounds(const FamilyBoundsOptions& options, BenchContext& context);

}  // namespace auscult::bench
