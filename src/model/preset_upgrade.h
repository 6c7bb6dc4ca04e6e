// Presets as model files of schemas 1 to 4 hold them: the fields of `dagmm` stood side by side, before they were
// grouped. All that is known of the old form is here and in the tables of preset_upgrade.cpp. Internal to the module.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "auscult/error.h"

namespace auscult {

/// The same preset in the form of schema 5, unvalidated. Errors: model_damaged, naming a field that those schemas do
/// not have.
Result<nlohmann::json> upgrade_preset(const nlohmann::json& preset);

/// Where a field of the old `dagmm` stands now, such as "mixture.em_steps"; empty if it is gone, nothing if there never
/// was such a field.
std::optional<std::string> place_of_flat_field(std::string_view name);

}  // namespace auscult
