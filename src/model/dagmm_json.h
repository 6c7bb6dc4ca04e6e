// DagmmConfig as JSON: its groups are objects, its fields have the names that they have in C++. Internal to the module.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "auscult/error.h"
#include "model/dagmm_config.h"

namespace auscult {

nlohmann::ordered_json dagmm_to_json(const DagmmConfig& config);
/// Fields that are missing keep the values that `config` has. Errors: `code`, naming the field with `where` before it.
Status read_dagmm(const nlohmann::json& value, const std::string& where, ErrorCode code, DagmmConfig& config);

}  // namespace auscult
