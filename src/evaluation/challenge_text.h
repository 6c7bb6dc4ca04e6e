// The challenge's figures as parts of the reports. Private to the module. Thread rule: free functions, no state.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "evaluation/challenge.h"

namespace auscult {

/// {"rows": [{"machine_type", "machine", "auc_source", "auc_target", "pauc", "harmonic_mean", "normals_source",
/// "normals_target", "abnormals"}], "all": {the same without machine}}; figures that do not exist are left out.
nlohmann::ordered_json challenge_json(const ChallengeReport& report);
std::string challenge_table(const ChallengeReport& report);
std::string challenge_html(const ChallengeReport& report);

}  // namespace auscult
