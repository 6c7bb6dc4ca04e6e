// Presets in model files of schemas 1 to 4, in which the fields of `dagmm` were not yet grouped. Only this module knows
// the old form. Internal to the library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "auscult/error.h"

namespace auscult {

/// Converts a preset to the form of schema 5, without validating it. Errors: model_damaged, naming a field unknown to
/// those schemas.
Result<nlohmann::json> upgrade_preset(const nlohmann::json& preset);

/// New name of a field of the old `dagmm`, such as "mixture.em_steps"; empty if it was removed, nothing if it never
/// existed.
std::optional<std::string> place_of_flat_field(std::string_view name);

}  // namespace auscult
