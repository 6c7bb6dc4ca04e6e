#include "model/preset.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "dagmm_json.h"
#include "json_fields.h"
#include "preset_json.h"
#include "shipped_presets.h"

namespace auscult {
namespace {
using nlohmann::json;
using nlohmann::ordered_json;

constexpr Choice<Representation> kRepresentations[] = {{"frames", Representation::frames},
                                                       {"summary", Representation::summary},
                                                       {"patch", Representation::patch},
                                                       {"mel", Representation::mel},
                                                       {"waveform", Representation::waveform}};
constexpr Choice<Scaling> kScalings[] = {{"standardise", Scaling::standardise}, {"min_max", Scaling::min_max}};
constexpr Choice<EnergyKind> kEnergies[] = {{"dagmm", EnergyKind::dagmm},
                                            {"joint", EnergyKind::joint},
                                            {"contrast", EnergyKind::contrast},
                                            {"neighbour", EnergyKind::neighbour}};
constexpr Choice<NeighbourDistance> kDistances[] = {{"nearest", NeighbourDistance::nearest},
                                                    {"centroid", NeighbourDistance::centroid},
                                                    {"both", NeighbourDistance::both}};
constexpr Choice<Pooling> kPoolings[] = {{"mean", Pooling::mean}, {"max", Pooling::max}};
constexpr Choice<Fusion> kFusions[] = {{"max", Fusion::max}, {"mean", Fusion::mean}, {"power", Fusion::power}};

ordered_json to_json_value(const FrontendConfig& c) {
  return {{"sample_rate", c.sample_rate}, {"n_fft", c.n_fft}, {"hop_length", c.hop_length},
          {"n_mels", c.n_mels},           {"f_min", c.f_min}, {"f_max", c.f_max},
          {"power_floor", c.power_floor}};
}

Status read_frontend(const json& value, const std::string& where, ErrorCode code, FrontendConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .field("sample_rate", c.sample_rate)
                  .field("n_fft", c.n_fft)
                  .field("hop_length", c.hop_length)
                  .field("n_mels", c.n_mels)
                  .field("f_min", c.f_min)
                  .field("f_max", c.f_max)
                  .field("power_floor", c.power_floor)
                  .done());
  if (auto valid = validate(c); !valid) return fail(code, where + ": " + valid.error().what);
  return {};
}

constexpr int kLongestWaveform = 1 << 18;  // samples
constexpr std::uintmax_t kMaxPresetBytes = 1 << 20;

ordered_json to_json_value(const DetectorConfig& c) {
  return {{"name", c.name},
          {"input", text_of(c.input, kRepresentations)},
          {"window", c.window},
          {"step", c.step},
          {"min_window", c.min_window},
          {"scaling", text_of(c.scaling, kScalings)},
          {"energy", text_of(c.energy, kEnergies)},
          {"pooling", text_of(c.pooling, kPoolings)},
          {"members", c.members},
          {"weight", c.weight},
          {"local",
           {{"neighbours", c.local.neighbours},
            {"distance", text_of(c.local.distance, kDistances)},
            {"whitening", c.local.whitening}}},
          {"memory", c.memory},
          {"max_training_rows", c.max_training_rows},
          {"amount",
           {{"few_recordings", c.amount.few_recordings},
            {"few_lambda_energy", c.amount.few_lambda_energy},
            {"few_components", c.amount.few_components},
            {"few_steps", c.amount.few_steps},
            {"few_weight", c.amount.few_weight},
            {"fewest_vectors", c.amount.fewest_vectors},
            {"scarce_vectors", c.amount.scarce_vectors},
            {"scarce_weight", c.amount.scarce_weight}}},
          {"dagmm", dagmm_to_json(c.dagmm)}};
}

Status read_amount(const json& value, const std::string& where, ErrorCode code, AmountConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .field("few_recordings", c.few_recordings)
                  .field("few_lambda_energy", c.few_lambda_energy)
                  .field("few_components", c.few_components)
                  .field("few_steps", c.few_steps)
                  .field("few_weight", c.few_weight)
                  .field("fewest_vectors", c.fewest_vectors)
                  .field("scarce_vectors", c.scarce_vectors)
                  .field("scarce_weight", c.scarce_weight)
                  .done());
  AUSCULT_TRY(check(c.few_recordings >= 0 && c.fewest_vectors >= 0 && c.few_steps >= 0 && c.scarce_vectors >= 0, code,
                    where + ": a number is negative"));
  AUSCULT_TRY(check(c.few_lambda_energy >= 0.0 && c.few_lambda_energy <= 1e6, code,
                    where + ".few_lambda_energy must lie between 0 and 1000000"));
  AUSCULT_TRY(
      check(c.few_weight >= 0.0 && c.few_weight <= 100.0, code, where + ".few_weight must lie between 0 and 100"));
  AUSCULT_TRY(check(c.scarce_weight >= 0.0 && c.scarce_weight <= 100.0, code,
                    where + ".scarce_weight must lie between 0 and 100"));
  return check(c.few_components >= 1 && c.few_components <= 64, code, where + ".few_components must be 1-64");
}

Status read_local(const json& value, const std::string& where, ErrorCode code, LocalConfig& c) {
  AUSCULT_TRY(JsonFields(value, where, code)
                  .field("neighbours", c.neighbours)
                  .choice("distance", c.distance, kDistances)
                  .field("whitening", c.whitening)
                  .done());
  AUSCULT_TRY(check(c.neighbours >= 0 && c.neighbours <= 64, code, where + ".neighbours must be 0-64"));
  return check(c.whitening >= 0.0 && c.whitening <= 0.5, code, where + ".whitening must lie between 0 and 0.5");
}

Status read_detector(const json& value, const std::string& where, ErrorCode code, DetectorConfig& c) {
  AUSCULT_TRY(
      JsonFields(value, where, code)
          .field("name", c.name)
          .choice("input", c.input, kRepresentations)
          .field("window", c.window)
          .field("step", c.step)
          .field("min_window", c.min_window)
          .choice("scaling", c.scaling, kScalings)
          .choice("energy", c.energy, kEnergies)
          .choice("pooling", c.pooling, kPoolings)
          .field("members", c.members)
          .field("weight", c.weight)
          .nested("local", [&](const json& v, const std::string& w) { return read_local(v, w, code, c.local); })
          .field("memory", c.memory)
          .field("max_training_rows", c.max_training_rows)
          .nested("amount", [&](const json& v, const std::string& w) { return read_amount(v, w, code, c.amount); })
          .nested("dagmm", [&](const json& v, const std::string& w) { return read_dagmm(v, w, code, c.dagmm); })
          .done());
  const bool name_ok = !c.name.empty() && c.name.size() <= 32 &&
                       c.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
  AUSCULT_TRY(check(name_ok, code, where + ".name must be 1-32 characters of a-z, 0-9, _ and -"));
  const bool samples = c.input == Representation::waveform;
  const int longest = samples ? kLongestWaveform : 4096;
  const std::string bounds = samples ? "1-262144 samples" : "1-4096 frames";
  AUSCULT_TRY(check(c.window >= 1 && c.window <= longest, code, where + ".window must be " + bounds));
  AUSCULT_TRY(check(c.step >= 1 && c.step <= longest, code, where + ".step must be " + bounds));
  AUSCULT_TRY(
      check(c.min_window >= 0 && c.min_window <= c.window, code, where + ".min_window must lie between 0 and window"));
  const bool networks = c.energy != EnergyKind::neighbour;
  AUSCULT_TRY(check(networks ? c.members >= 1 && c.members <= 32 : c.members == 0, code,
                    where + ".members must be 1-32, and 0 for energy neighbour"));
  AUSCULT_TRY(check(c.weight > 0.0 && c.weight <= 1000.0, code, where + ".weight must be above 0 and at most 1000"));
  AUSCULT_TRY(check(c.memory >= 16 && c.memory <= 20000, code, where + ".memory must be 16-20000"));
  return check(c.max_training_rows >= 16 && c.max_training_rows <= 10000000, code,
               where + ".max_training_rows must be 16-10000000");
}

// What a detector asks of the frontend and of itself.
Status check_input(const DetectorConfig& c, const std::string& where, ErrorCode code, const FrontendConfig& frontend) {
  const bool patch = c.input == Representation::patch;
  AUSCULT_TRY(check(!patch || (c.window == kPatchSide && frontend.n_mels == kPatchSide), code,
                    where + ": a patch has a window of 64 frames and 64 mel bands"));
  AUSCULT_TRY(check(patch || c.dagmm.network.kind == NetworkKind::dense, code,
                    where + ".dagmm.network.kind: convolutional networks need the input patch"));
  AUSCULT_TRY(check(
      std::int64_t{1} * input_width(c, frontend) <= (c.input == Representation::waveform ? kLongestWaveform : 1 << 16),
      code, where + ": window * n_mels is above 65536"));
  // At most one window may end within a hop, none before the first frame: each needs a hop of its own to be reported
  // at.
  const bool paced =
      c.input != Representation::waveform || (c.window >= frontend.n_fft && c.step >= frontend.hop_length);
  AUSCULT_TRY(
      check(paced, code, where + ": a waveform's window must be at least n_fft, its step at least hop_length samples"));
  AUSCULT_TRY(check(c.min_window == 0 || c.input == Representation::summary || c.input == Representation::frames, code,
                    where + ".min_window: only a summary can be shorter than its window"));
  const bool needs_covariance = c.local.whitening > 0.0 || c.energy == EnergyKind::joint ||
                                c.energy == EnergyKind::contrast || c.dagmm.network.whitened;
  return check(!needs_covariance || has_covariance(c.dagmm.network, input_width(c, frontend)), code,
               where +
                   ".energy: joint, contrast, whitened inputs and local.whitening need a dense network and an input of "
                   "at most 2048 "
                   "values; use dagmm");
}

Status read_detectors(const json& value, const std::string& where, ErrorCode code, const FrontendConfig& frontend,
                      std::vector<DetectorConfig>& detectors) {
  if (!value.is_array() || value.empty() || value.size() > static_cast<std::size_t>(kMaxDetectors))
    return fail(code, where + " must be a list of 1-" + std::to_string(kMaxDetectors) + " detectors");
  std::set<std::string> names;
  for (std::size_t i = 0; i < value.size(); ++i) {
    DetectorConfig detector;
    AUSCULT_TRY(read_detector(value[i], where + "[" + std::to_string(i) + "]", code, detector));
    if (!names.insert(detector.name).second) return fail(code, where + ": two detectors are named " + detector.name);
    AUSCULT_TRY(check_input(detector, where + "[" + std::to_string(i) + "]", code, frontend));
    detectors.push_back(std::move(detector));
  }
  return {};
}

}  // namespace

ordered_json preset_to_json(const Preset& preset) {
  ordered_json detectors = ordered_json::array();
  for (const auto& detector : preset.detectors) detectors.push_back(to_json_value(detector));
  return {{"name", preset.name},
          {"description", preset.description},
          {"frontend", to_json_value(preset.frontend)},
          {"channel", preset.channel},
          {"detectors", std::move(detectors)},
          {"fusion", text_of(preset.fusion, kFusions)},
          {"calibration",
           {{"folds", preset.calibration.folds},
            {"held_out_fraction", preset.calibration.held_out_fraction},
            {"clip_false_alarm_rate", preset.calibration.clip_false_alarm_rate},
            {"false_alarms_per_hour", preset.calibration.false_alarms_per_hour}}},
          {"policy",
           {{"hysteresis", preset.policy.hysteresis},
            {"hold_s", preset.policy.hold_s},
            {"confirm_k", preset.policy.confirm_k},
            {"confirm_n", preset.policy.confirm_n},
            {"cooldown_s", preset.policy.cooldown_s}}}};
}

Result<Preset> preset_from_json(const json& value, ErrorCode code) {
  Preset preset;
  const json none;
  const json& detectors = value.is_object() && value.contains("detectors") ? value.at("detectors") : none;
  AUSCULT_TRY(JsonFields(value, "preset", code)
                  .field("name", preset.name)
                  .field("description", preset.description)
                  .nested("frontend", [&](const json& v,
                                          const std::string& w) { return read_frontend(v, w, code, preset.frontend); })
                  .field("channel", preset.channel)
                  .nested("detectors", [](const json&, const std::string&) { return Status{}; })
                  .choice("fusion", preset.fusion, kFusions)
                  .nested("calibration",
                          [&](const json& v, const std::string& w) {
                            return JsonFields(v, w, code)
                                .field("folds", preset.calibration.folds)
                                .field("held_out_fraction", preset.calibration.held_out_fraction)
                                .field("clip_false_alarm_rate", preset.calibration.clip_false_alarm_rate)
                                .field("false_alarms_per_hour", preset.calibration.false_alarms_per_hour)
                                .done();
                          })
                  .nested("policy",
                          [&](const json& v, const std::string& w) {
                            return JsonFields(v, w, code)
                                .field("hysteresis", preset.policy.hysteresis)
                                .field("hold_s", preset.policy.hold_s)
                                .field("confirm_k", preset.policy.confirm_k)
                                .field("confirm_n", preset.policy.confirm_n)
                                .field("cooldown_s", preset.policy.cooldown_s)
                                .done();
                          })
                  .done());
  AUSCULT_TRY(read_detectors(detectors, "preset.detectors", code, preset.frontend, preset.detectors));
  AUSCULT_TRY(check(preset.channel >= kMeanOfChannels && preset.channel < 64, code,
                    "preset.channel must be 0-63, or -1 for the mean of all"));
  const auto& c = preset.calibration;
  AUSCULT_TRY(check(c.folds >= 1 && c.folds <= 10, code, "preset.calibration.folds must be 1-10"));
  AUSCULT_TRY(check(c.held_out_fraction >= 0.05 && c.held_out_fraction <= 0.8, code,
                    "preset.calibration.held_out_fraction must be 0.05-0.8"));
  AUSCULT_TRY(check(c.clip_false_alarm_rate > 0 && c.clip_false_alarm_rate < 1, code,
                    "preset.calibration.clip_false_alarm_rate must lie between 0 and 1"));
  AUSCULT_TRY(check(c.false_alarms_per_hour > 0 && c.false_alarms_per_hour <= 3600, code,
                    "preset.calibration.false_alarms_per_hour must be above 0 and at most 3600"));
  if (auto valid = validate(preset.policy); !valid) return fail(code, "preset.policy: " + valid.error().what);
  return preset;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : kShippedPresets) names.emplace_back(name);
  return names;
}

Result<Preset> load_preset(const std::string& name_or_path) {
  for (const auto& [name, text] : kShippedPresets)
    if (name == name_or_path) return parse_preset(text);
  if (name_or_path.find_first_of("./") == std::string::npos) {
    std::string names;
    for (const auto& [name, text] : kShippedPresets) names += " " + std::string(name);
    return fail(ErrorCode::usage, "not a preset", name_or_path,
                "shipped presets:" + names + "; or give the path of a preset file");
  }
  std::error_code error;
  if (!std::filesystem::exists(name_or_path, error))
    return fail(ErrorCode::file_not_found, "there is no such preset file", name_or_path, "check the preset's path");
  if (!std::filesystem::is_regular_file(name_or_path, error) ||
      std::filesystem::file_size(name_or_path, error) > kMaxPresetBytes)
    return fail(ErrorCode::bad_input, "not a preset file", name_or_path,
                "compare it with a shipped preset in models/presets");
  std::ifstream in(name_or_path, std::ios::binary);
  if (!in) return fail(ErrorCode::file_not_found, "cannot be read", name_or_path, "check its permissions");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto preset = parse_preset(text);
  if (!preset) preset.error().context = name_or_path;
  return preset;
}

Result<Preset> parse_preset(std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded())
    return fail(ErrorCode::bad_input, "the preset is not JSON", {},
                "compare it with a shipped preset in models/presets");
  return preset_from_json(value, ErrorCode::bad_input);
}

std::string to_json(const Preset& preset) {
  return preset_to_json(preset).dump(2);
}

int input_width(const DetectorConfig& detector, const FrontendConfig& frontend) {
  switch (detector.input) {
    case Representation::summary:
      return 2 * frontend.n_mels;
    case Representation::waveform:
      return detector.window;
    case Representation::frames:
    case Representation::patch:
    case Representation::mel:
      break;
  }
  return detector.window * frontend.n_mels;
}

double window_seconds(const DetectorConfig& detector, const FrontendConfig& frontend) {
  const int samples = detector.input == Representation::waveform
                          ? detector.window
                          : frontend.n_fft + (detector.window - 1) * frontend.hop_length;
  return static_cast<double>(samples) / frontend.sample_rate;
}

double step_seconds(const DetectorConfig& detector, const FrontendConfig& frontend) {
  return static_cast<double>(detector.input == Representation::waveform ? detector.step
                                                                        : detector.step * frontend.hop_length) /
         frontend.sample_rate;
}

}  // namespace auscult
