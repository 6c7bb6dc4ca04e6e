// Presets as JSON values, for preset files and model files. Internal to the module.
#pragma once

#include <nlohmann/json.hpp>

#include "model/preset.h"

namespace auscult {

nlohmann::ordered_json preset_to_json(const Preset& preset);
/// `code` is bad_input for a preset file and model_damaged for a model file. The result is validated.
Result<Preset> preset_from_json(const nlohmann::json& json, ErrorCode code);

}  // namespace auscult
