// DagmmConfig as JSON: groups are objects, and fields have their C++ names. Internal to the library.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "auscult/error.h"
#include "model/dagmm_config.h"

namespace auscult {

nlohmann::ordered_json dagmm_to_json(const DagmmConfig& config);
/// Missing fields keep their values in `config`. Errors: `code`, naming the field, prefixed by `where`.
Status read_dagmm(const nlohmann::json& value, const std::string& where, ErrorCode code, DagmmConfig& config);

}  // namespace auscult
