#include "dagmm_json.h"

#include <algorithm>

#include "json_fields.h"
#include "preset_upgrade.h"

namespace auscult {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr Choice<Activation> kActivations[] = {
    {"linear", Activation::linear}, {"tanh", Activation::tanh}, {"relu", Activation::relu}};
constexpr Choice<NetworkKind> kKinds[] = {
    {"dense", NetworkKind::dense}, {"conv", NetworkKind::conv}, {"residual", NetworkKind::residual}};
constexpr Choice<Initialization> kInitializations[] = {{"uniform", Initialization::uniform},
                                                       {"glorot", Initialization::glorot},
                                                       {"orthogonal", Initialization::orthogonal}};

// Bounds are wide, but a model file is not trusted: sizes must not make the loader allocate without limit.
bool widths_ok(const std::vector<int>& widths) {
  return widths.size() <= 8 && std::all_of(widths.begin(), widths.end(), [](int w) { return w >= 1 && w <= 4096; });
}

Status read_network(const json& value, const std::string& where, ErrorCode code, NetworkConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .choice("kind", c.kind, kKinds)
                  .list("hidden", c.hidden)
                  .field("latent", c.latent)
                  .choice("activation", c.activation, kActivations)
                  .list("estimation", c.estimation)
                  .field("components", c.components)
                  .field("reconstruction_features", c.reconstruction_features)
                  .field("log_reconstruction", c.log_reconstruction)
                  .field("sigmoid", c.sigmoid)
                  .field("whitened", c.whitened)
                  .field("skip_connection", c.skip_connection)
                  .done());
  AUSCULT_TRY(check(widths_ok(c.hidden), code, where + ".hidden: at most 8 layers of 1-4096"));
  // Each block halves the side of a 64 x 64 input; the shipped networks have four blocks.
  const bool blocks_ok = !c.hidden.empty() && c.hidden.size() <= 6 &&
                         std::all_of(c.hidden.begin(), c.hidden.end(), [](int channels) { return channels <= 1024; });
  AUSCULT_TRY(check(c.kind == NetworkKind::dense || blocks_ok, code,
                    where + ".hidden: a convolutional network has 1-6 blocks of 1-1024 channels"));
  AUSCULT_TRY(check(widths_ok(c.estimation), code, where + ".estimation: at most 8 layers of 1-4096"));
  AUSCULT_TRY(check(c.latent >= 1 && c.latent <= 512, code, where + ".latent must be 1-512"));
  AUSCULT_TRY(check(c.components >= 1 && c.components <= 64, code, where + ".components must be 1-64"));
  AUSCULT_TRY(check(c.skip_connection >= 0.0 && c.skip_connection < 1.0, code,
                    where + ".skip_connection must be at least 0 and below 1"));
  return check(c.whitened || c.skip_connection == 0.0, code, where + ".skip_connection needs whitened");
}

Status read_objective(const json& value, const std::string& where, ErrorCode code, ObjectiveConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .field("lambda_energy", c.lambda_energy)
                  .field("lambda_covariance", c.lambda_covariance)
                  .done());
  return check(c.lambda_energy >= 0.0 && c.lambda_covariance >= 0.0, code, where + ": lambdas must not be negative");
}

Status read_mixture(const json& value, const std::string& where, ErrorCode code, MixtureConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .field("ridge", c.ridge)
                  .field("relative_ridge", c.relative_ridge)
                  .field("em_steps", c.em_steps)
                  .done());
  AUSCULT_TRY(check(c.ridge > 0.0 && c.ridge <= 10.0, code, where + ".ridge must be above 0 and at most 10"));
  return check(c.em_steps >= 0 && c.em_steps <= 1000, code, where + ".em_steps must be 0-1000");
}

Status read_schedule(const json& value, const std::string& where, ErrorCode code, ScheduleConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .choice("initialization", c.initialization, kInitializations)
                  .field("dropout", c.dropout)
                  .field("learning_rate", c.learning_rate)
                  .field("batch_size", c.batch_size)
                  .field("epochs", c.epochs)
                  .field("max_steps", c.max_steps)
                  .field("gradient_clip", c.gradient_clip)
                  .field("single_precision", c.single_precision)
                  .field("held_out", c.held_out)
                  .field("patience", c.patience)
                  .field("min_phi", c.min_phi)
                  .done());
  AUSCULT_TRY(check(c.dropout >= 0.0 && c.dropout < 1.0, code, where + ".dropout must be at least 0 and below 1"));
  AUSCULT_TRY(check(c.learning_rate > 0.0 && c.learning_rate <= 1.0, code,
                    where + ".learning_rate must be above 0 and at most 1"));
  AUSCULT_TRY(check(c.batch_size >= 2 && c.batch_size <= 1 << 20, code, where + ".batch_size must be 2-1048576"));
  AUSCULT_TRY(check(c.epochs >= 0 && c.epochs <= 1000000, code, where + ".epochs must be 0-1000000"));
  AUSCULT_TRY(check(c.max_steps >= 0, code, where + ".max_steps must not be negative"));
  AUSCULT_TRY(check(c.gradient_clip >= 0.0, code, where + ".gradient_clip must not be negative"));
  AUSCULT_TRY(check(c.held_out >= 0.0 && c.held_out <= 0.5, code, where + ".held_out must be 0-0.5"));
  AUSCULT_TRY(check(c.patience >= 1 && c.patience <= 1000, code, where + ".patience must be 1-1000"));
  return check(c.min_phi >= 0.0 && c.min_phi < 1.0, code, where + ".min_phi must be at least 0 and below 1");
}

Status read_denoising(const json& value, const std::string& where, ErrorCode code, DenoisingConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code).field("noise", c.noise).field("faults", c.faults).done());
  return check(c.noise >= 0.0 && c.noise <= 100.0 && c.faults >= 0.0 && c.faults <= 100.0, code,
               where + ": noise and faults must be 0-100");
}

// Presets written for an older program are refused with advice.
Status refuse_flat_fields(const json& value, const std::string& where, ErrorCode code) {
  if (!value.is_object()) return {};
  for (const auto& [name, field] : value.items()) {
    if (name == "network" && !field.is_string()) continue;
    const auto place = place_of_flat_field(name);
    if (!place) continue;
    return fail(code,
                where + "." + name + (place->empty() ? " is no longer a field" : " is now " + where + "." + *place), {},
                "the fields of dagmm are grouped; compare the preset with a shipped one in models/presets");
  }
  return {};
}

}  // namespace

ordered_json dagmm_to_json(const DagmmConfig& config) {
  const auto& [network, objective, mixture, schedule, denoising] = config;
  return {
      {"network",
       {{"kind", text_of(network.kind, kKinds)},
        {"hidden", network.hidden},
        {"latent", network.latent},
        {"activation", text_of(network.activation, kActivations)},
        {"estimation", network.estimation},
        {"components", network.components},
        {"reconstruction_features", network.reconstruction_features},
        {"log_reconstruction", network.log_reconstruction},
        {"sigmoid", network.sigmoid},
        {"whitened", network.whitened},
        {"skip_connection", network.skip_connection}}},
      {"objective", {{"lambda_energy", objective.lambda_energy}, {"lambda_covariance", objective.lambda_covariance}}},
      {"mixture",
       {{"ridge", mixture.ridge}, {"relative_ridge", mixture.relative_ridge}, {"em_steps", mixture.em_steps}}},
      {"schedule",
       {{"initialization", text_of(schedule.initialization, kInitializations)},
        {"dropout", schedule.dropout},
        {"learning_rate", schedule.learning_rate},
        {"batch_size", schedule.batch_size},
        {"epochs", schedule.epochs},
        {"max_steps", schedule.max_steps},
        {"gradient_clip", schedule.gradient_clip},
        {"single_precision", schedule.single_precision},
        {"held_out", schedule.held_out},
        {"patience", schedule.patience},
        {"min_phi", schedule.min_phi}}},
      {"denoising", {{"noise", denoising.noise}, {"faults", denoising.faults}}}};
}

Status read_dagmm(const json& value, const std::string& where, ErrorCode code, DagmmConfig& config) {
  AUSCULT_TRY(refuse_flat_fields(value, where, code));
  const auto group = [code](auto read, auto& part) {
    return [code, read, &part](const json& v, const std::string& w) { return read(v, w, code, part); };
  };
  AUSCULT_TRY(JsonFields(value, where, code)
                  .nested("network", group(read_network, config.network))
                  .nested("objective", group(read_objective, config.objective))
                  .nested("mixture", group(read_mixture, config.mixture))
                  .nested("schedule", group(read_schedule, config.schedule))
                  .nested("denoising", group(read_denoising, config.denoising))
                  .done());
  const bool dense = config.network.kind == NetworkKind::dense;
  AUSCULT_TRY(check(dense || config.schedule.initialization == Initialization::uniform, code,
                    where + ".schedule.initialization: glorot and orthogonal need a dense network"));
  return check(config.network.whitened || config.denoising == DenoisingConfig{}, code,
               where + ".denoising: noise and faults need network.whitened");
}

bool has_covariance(const NetworkConfig& network, int width) {
  return network.kind == NetworkKind::dense && width <= kWidestCovariance;
}

}  // namespace auscult
