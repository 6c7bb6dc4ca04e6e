#include "preset_upgrade.h"

#include <algorithm>
#include <iterator>

#include "model/tensors.h"

namespace auscult {
namespace {

using nlohmann::json;

struct Moved {
  std::string_view flat;
  const char* group;
  const char* name;
};
constexpr Moved kMoved[] = {{"network", "network", "kind"},
                            {"hidden", "network", "hidden"},
                            {"latent", "network", "latent"},
                            {"activation", "network", "activation"},
                            {"estimation", "network", "estimation"},
                            {"components", "network", "components"},
                            {"reconstruction_features", "network", "reconstruction_features"},
                            {"log_reconstruction", "network", "log_reconstruction"},
                            {"sigmoid", "network", "sigmoid"},
                            {"whitened", "network", "whitened"},
                            {"shortcut", "network", "skip_connection"},
                            {"lambda_energy", "objective", "lambda_energy"},
                            {"lambda_covariance", "objective", "lambda_covariance"},
                            {"ridge", "mixture", "ridge"},
                            {"em_steps", "mixture", "em_steps"},
                            {"dropout", "schedule", "dropout"},
                            {"learning_rate", "schedule", "learning_rate"},
                            {"batch", "schedule", "batch_size"},
                            {"epochs", "schedule", "epochs"},
                            {"max_steps", "schedule", "max_steps"},
                            {"gradient_clip", "schedule", "gradient_clip"},
                            {"single_precision", "schedule", "single_precision"},
                            {"held_out", "schedule", "held_out"},
                            {"patience", "schedule", "patience"},
                            {"min_phi", "schedule", "min_phi"},
                            {"noise", "denoising", "noise"},
                            {"faults", "denoising", "faults"}};

// Removed: the number of EM starts. A model file holds the resulting mixture.
constexpr std::string_view kStarts = "em_starts";

// Two switches, replaced by one choice.
bool is_initialization(std::string_view name) {
  return name == "glorot" || name == "orthogonal";
}

const Moved* find_moved(std::string_view name) {
  const auto found = std::find_if(std::begin(kMoved), std::end(kMoved), [&](const Moved& m) { return m.flat == name; });
  return found == std::end(kMoved) ? nullptr : found;
}

Result<json> grouped(const json& flat, const std::string& where) {
  json groups = json::object();
  for (const auto& [name, value] : flat.items()) {
    if (name == kStarts) continue;
    if (is_initialization(name)) {
      if (!value.is_boolean()) return damaged_model(where + "." + name + " must be true or false");
      if (!value.get<bool>()) continue;
      json& initialization = groups["schedule"]["initialization"];
      if (!initialization.is_null()) return damaged_model(where + ": initial weights are either glorot or orthogonal");
      initialization = name;
      continue;
    }
    const Moved* moved = find_moved(name);
    if (moved == nullptr) return damaged_model(where + "." + name + " is not a known field");
    groups[moved->group][moved->name] = value;
  }
  return groups;
}

}  // namespace

Result<json> upgrade_preset(const json& preset) {
  json upgraded = preset;
  if (!preset.is_object() || !preset.contains("detectors") || !preset.at("detectors").is_array()) return upgraded;
  json& detectors = upgraded.at("detectors");
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    json& detector = detectors[i];
    // The parser refuses anything that is not an object.
    if (!detector.is_object() || !detector.contains("dagmm") || !detector.at("dagmm").is_object()) continue;
    const std::string where = "preset.detectors[" + std::to_string(i) + "].dagmm";
    AUSCULT_TRY_ASSIGN(json groups, grouped(detector.at("dagmm"), where));
    detector.at("dagmm") = std::move(groups);
  }
  return upgraded;
}

std::optional<std::string> place_of_flat_field(std::string_view name) {
  if (name == kStarts) return "";
  if (is_initialization(name)) return "schedule.initialization";
  if (const Moved* moved = find_moved(name)) return std::string(moved->group) + "." + moved->name;
  return std::nullopt;
}

}  // namespace auscult
