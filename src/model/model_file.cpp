// Models as safetensors files: tensors by name, everything else as JSON in the metadata. docs/model-file.md describes
// it.
#include <algorithm>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "json_fields.h"
#include "model/controls.h"
#include "model/dagmm.h"
#include "model/fault_templates.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"
#include "model/safetensors.h"
#include "preset_json.h"
#include "preset_upgrade.h"

namespace auscult {
namespace {
using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kSchemaVersion = 7;
constexpr int kOldestSchema = 1;    // 1: without the mixture and the rows of the controls; 2: without the held-out
                                    // peaks; 3: without sound that was added; 5: without local density;
                                    // 6: without local controls and adaptation
constexpr int kLastFlatPreset = 4;  // up to here the preset is upgraded before it is read
constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 30;

// Machine and device names may have any encoding; invalid UTF-8 is replaced by replacement characters.
template <class Json>
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void save_vector(TensorMap& tensors, const std::string& name, const std::vector<double>& values) {
  tensors[name] = {{static_cast<std::int64_t>(values.size())}, values};
}

Result<std::vector<double>> take_vector(TensorMap& tensors, const std::string& name, std::int64_t size) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return damaged_model("tensor " + name + " is missing");
  const auto& shape = found->second.shape;
  if (shape.size() != 1 || (size >= 0 && shape[0] != size))
    return damaged_model("tensor " + name + " has the wrong shape");
  std::vector<double> values = std::move(found->second.values);
  tensors.erase(found);
  return values;
}

// quantiles, then tail start, tail probability, tail scale and count in a separate vector.
void save_calibration(TensorMap& tensors, const std::string& name, const EnergyCalibration& calibration) {
  save_vector(tensors, name + ".quantiles", calibration.quantiles());
  save_vector(tensors, name + ".tail",
              {calibration.tail_start(), calibration.tail_probability(), calibration.tail_scale(),
               static_cast<double>(calibration.count())});
}

Status take_calibration(TensorMap& tensors, const std::string& name, EnergyCalibration& calibration) {
  AUSCULT_TRY_ASSIGN(std::vector<double> quantiles, take_vector(tensors, name + ".quantiles", -1));
  AUSCULT_TRY_ASSIGN(const std::vector<double> tail, take_vector(tensors, name + ".tail", 4));
  if (!(tail[3] >= 0.0 && tail[3] < 1e15)) return damaged_model(name + " has an absurd count");
  AUSCULT_TRY_ASSIGN(calibration, EnergyCalibration::restore(std::move(quantiles), tail[0], tail[1], tail[2],
                                                             static_cast<std::size_t>(tail[3])));
  return {};
}

void save_detector(TensorMap& tensors, const Detector& detector) {
  const std::string prefix = detector.config.name + ".";
  save_vector(tensors, prefix + "mean", detector.mean);
  save_vector(tensors, prefix + "scale", detector.scale);
  for (std::size_t i = 0; i < detector.members.size(); ++i) {
    detector.members[i]->save(tensors, prefix + "member" + std::to_string(i) + ".");
    detector.untrained[i]->save(tensors, prefix + "untrained" + std::to_string(i) + ".");
  }
  if (detector.memory) detector.memory->save(tensors, prefix);
  if (detector.local) detector.local->save(tensors, prefix + "local.");
  if (detector.states) detector.states->save(tensors, prefix + "states.");
  if (detector.controls) detector.controls->save(tensors, prefix + "controls.");
  save_calibration(tensors, prefix + "calibration.window", detector.window_calibration);
  save_calibration(tensors, prefix + "calibration.clip", detector.clip_calibration);
  save_calibration(tensors, prefix + "calibration.untrained_clip", detector.untrained_clip_calibration);
}

Result<Detector> take_detector(TensorMap& tensors, const DetectorConfig& config, const FrontendConfig& frontend) {
  Detector detector;
  detector.config = config;
  detector.width = input_width(config, frontend);
  const std::string prefix = config.name + ".";
  AUSCULT_TRY_ASSIGN(detector.mean, take_vector(tensors, prefix + "mean", detector.width));
  AUSCULT_TRY_ASSIGN(detector.scale, take_vector(tensors, prefix + "scale", detector.width));
  if (std::any_of(detector.scale.begin(), detector.scale.end(), [](double s) { return !(s > 0.0); }))
    return damaged_model("a scale is not positive");
  const auto templates =
      has_covariance(config.dagmm.network, detector.width) ? fault_templates(config, detector.width) : FaultTemplates{};
  for (int i = 0; i < config.members; ++i) {
    AUSCULT_TRY_ASSIGN(
        detector.members.emplace_back(),
        Dagmm::restore(tensors, prefix + "member" + std::to_string(i) + ".", config.dagmm, detector.width, templates));
    AUSCULT_TRY_ASSIGN(detector.untrained.emplace_back(),
                       Dagmm::restore(tensors, prefix + "untrained" + std::to_string(i) + ".", config.dagmm,
                                      detector.width, templates));
  }
  if (config.energy == EnergyKind::neighbour) {
    AUSCULT_TRY_ASSIGN(detector.memory, NeighbourMemory::restore(tensors, prefix, detector.width, config.local));
  } else if (config.local.neighbours > 0) {
    AUSCULT_TRY_ASSIGN(detector.local, LocalDensity::restore(tensors, prefix + "local.", detector.width, config.local));
  }
  if (!detector.memory && !detector.local && tensors.contains(prefix + "states.rows")) {
    AUSCULT_TRY_ASSIGN(detector.states,
                       LocalDensity::restore(tensors, prefix + "states.", detector.width, kStateSearch));
  }
  AUSCULT_TRY_ASSIGN(detector.controls, FeatureControls::restore(tensors, prefix + "controls.", detector.width));
  AUSCULT_TRY(take_calibration(tensors, prefix + "calibration.window", detector.window_calibration));
  AUSCULT_TRY(take_calibration(tensors, prefix + "calibration.clip", detector.clip_calibration));
  AUSCULT_TRY(take_calibration(tensors, prefix + "calibration.untrained_clip", detector.untrained_clip_calibration));
  return detector;
}

ordered_json level_json(const LevelRange& level) {
  return {{"low_dbfs", level.low_dbfs}, {"high_dbfs", level.high_dbfs}, {"off_dbfs", level.off_dbfs}};
}

// Digests of the training files.
enum class FileDigests { left_out, included };

ordered_json training_json(const TrainingInfo& info, FileDigests digests) {
  ordered_json value = {{"machine", info.machine},
                        {"clips", info.clips},
                        {"held_out_clips", info.held_out_clips},
                        {"seconds", info.seconds},
                        {"held_out_seconds", info.held_out_seconds},
                        {"source_rate", info.source_rate},
                        {"source_channels", info.source_channels},
                        {"device", info.device},
                        {"seed", info.seed},
                        {"threads", info.threads},
                        {"digest", info.digest},
                        {"tool_version", info.tool_version}};
  if (digests == FileDigests::included) value["file_digests"] = info.file_digests;
  if (digests == FileDigests::included && !info.added_digests.empty()) value["added_digests"] = info.added_digests;
  if (digests == FileDigests::left_out)
    value["adapted_clips"] = info.adapted_digests.size();
  else if (!info.adapted_digests.empty())
    value["adapted_digests"] = info.adapted_digests;
  return value;
}

ordered_json metadata_json(const Model& model, FileDigests digests) {
  return {{"schema", kSchemaVersion},
          {"purpose", to_string(model.purpose)},
          {"preset", preset_to_json(model.preset)},
          {"level", level_json(model.level)},
          {"training", training_json(model.training, digests)},
          {"live_threshold", model.live_threshold()},
          {"clip_threshold", model.clip_threshold}};
}

Status read_training(const json& value, const std::string& where, TrainingInfo& info) {
  return JsonFields(value, where, ErrorCode::model_damaged)
      .field("machine", info.machine)
      .field("clips", info.clips)
      .field("held_out_clips", info.held_out_clips)
      .field("seconds", info.seconds)
      .field("held_out_seconds", info.held_out_seconds)
      .field("source_rate", info.source_rate)
      .field("source_channels", info.source_channels)
      .field("device", info.device)
      .field("seed", info.seed)
      .field("threads", info.threads)
      .field("digest", info.digest)
      .list("file_digests", info.file_digests)
      .list("added_digests", info.added_digests)
      .list("adapted_digests", info.adapted_digests)
      .field("tool_version", info.tool_version)
      .done();
}

// Text printed on a terminal must not be able to control it.
void strip_control_characters(std::string& text) {
  std::erase_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

Status check_ranges(Model& model) {
  for (std::string* text : {&model.training.machine, &model.training.device, &model.training.digest,
                            &model.training.tool_version, &model.preset.name, &model.preset.description})
    strip_control_characters(*text);
  const auto within = [](double x, double low, double high) { return x >= low && x <= high; };
  if (!within(model.live_threshold(), 0.0, 1e6) || !within(model.clip_threshold, 0.0, 1e6))
    return damaged_model("a threshold lies outside 0 to 1000000");
  const LevelRange& level = model.level;
  for (const float dbfs : {level.low_dbfs, level.high_dbfs, level.off_dbfs})
    if (!within(dbfs, -300.0, 60.0)) return damaged_model("a level lies outside -300 to 60 dBFS");
  const TrainingInfo& t = model.training;
  if (t.clips < 0 || t.held_out_clips < 0 || t.seconds < 0.0 || t.held_out_seconds < 0.0)
    return damaged_model("a count of training sound is negative");
  return {};
}

Status read_metadata(const std::string& text, Model& model) {
  if (text.empty()) return damaged_model("it holds no Auscult metadata (is it a model of another program?)");
  // Nested deeper than any model's: omitted, so that recursion over the values cannot exhaust the stack.
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= 12; };
  const json value = json::parse(text, shallow, false);
  if (value.is_discarded() || !value.is_object()) return damaged_model("its metadata are not JSON");
  const auto readable = [](const json& schema) {
    return schema.is_number_integer() && schema >= kOldestSchema && schema <= kSchemaVersion;
  };
  if (!value.contains("schema") || !readable(value.at("schema")))
    return fail(ErrorCode::model_schema,
                "the model file has schema version " +
                    (value.contains("schema") ? dump(value.at("schema")).substr(0, 40) : "none") +
                    "; this program reads versions " + std::to_string(kOldestSchema) + " to " +
                    std::to_string(kSchemaVersion),
                {}, "train the model again with this version of auscult, or use the version that made it");
  int schema = 0;
  return JsonFields(value, "model", ErrorCode::model_damaged)
      .field("schema", schema)
      .choice("purpose", model.purpose, {{"monitor", Purpose::monitor}, {"demo", Purpose::demo}})
      .nested("preset",
              [&](const json& v, const std::string&) -> Status {
                json upgraded;
                if (schema <= kLastFlatPreset) {
                  AUSCULT_TRY_ASSIGN(upgraded, upgrade_preset(v));
                }
                AUSCULT_TRY_ASSIGN(
                    model.preset, preset_from_json(schema <= kLastFlatPreset ? upgraded : v, ErrorCode::model_damaged));
                return {};
              })
      .nested("level",
              [&](const json& v, const std::string& w) {
                return JsonFields(v, w, ErrorCode::model_damaged)
                    .field("low_dbfs", model.level.low_dbfs)
                    .field("high_dbfs", model.level.high_dbfs)
                    .field("off_dbfs", model.level.off_dbfs)
                    .done();
              })
      .nested("training", [&](const json& v, const std::string& w) { return read_training(v, w, model.training); })
      .field("live_threshold", model.preset.policy.threshold)
      .field("clip_threshold", model.clip_threshold)
      .done();
}

constexpr const char* kPeaks = "held_out.peaks";
constexpr const char* kHours = "held_out.hours_an_event";
constexpr std::size_t kMostPeaks = 1000000;

void save_false_alarms(TensorMap& tensors, const FalseAlarmCurve& curve) {
  if (!curve.known()) return;
  tensors[kPeaks] = {{static_cast<std::int64_t>(curve.peaks().size())}, curve.peaks()};
  tensors[kHours] = {{1}, {curve.hours_an_event()}};
}

Result<FalseAlarmCurve> take_false_alarms(TensorMap& tensors) {
  if (!tensors.contains(kPeaks)) return FalseAlarmCurve{};
  std::vector<double> peaks = std::move(tensors.at(kPeaks).values);
  tensors.erase(kPeaks);
  if (peaks.size() > kMostPeaks || !tensors.contains(kHours) || tensors.at(kHours).values.size() != 1)
    return damaged_model("its held-out peaks are incomplete");
  const double hours = tensors.at(kHours).values[0];
  tensors.erase(kHours);
  auto curve = FalseAlarmCurve::make(std::move(peaks), hours);
  if (!curve) return damaged_model("its held-out peaks make no sense");
  return curve;
}

Result<std::shared_ptr<const Model>> read_model(const std::string& bytes) {
  AUSCULT_TRY_ASSIGN(SafetensorsFile file, parse_safetensors(bytes));
  auto model = std::make_shared<Model>();
  AUSCULT_TRY(read_metadata(file.metadata, *model));
  AUSCULT_TRY(check_ranges(*model));
  if (model->preset.detectors.empty()) return damaged_model("it names no detector");
  for (const DetectorConfig& config : model->preset.detectors) {
    AUSCULT_TRY_ASSIGN(model->detectors.emplace_back(), take_detector(file.tensors, config, model->preset.frontend));
  }
  AUSCULT_TRY_ASSIGN(model->false_alarms, take_false_alarms(file.tensors));
  if (!file.tensors.empty()) return damaged_model("tensor " + file.tensors.begin()->first + " belongs to no detector");
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace

const char* to_string(Purpose purpose) {
  return purpose == Purpose::demo ? "demo" : "monitor";
}

Status save_model(const Model& model, const std::filesystem::path& path) {
  SafetensorsFile file;
  for (const Detector& detector : model.detectors) save_detector(file.tensors, detector);
  save_false_alarms(file.tensors, model.false_alarms);
  file.metadata = dump(metadata_json(model, FileDigests::included));
  const std::string bytes = write_safetensors(file);
  // A model that could not be loaded again must not replace one that can.
  if (auto readable = read_model(bytes); !readable) return tl::unexpected(readable.error());
  return write_file_atomically(path, bytes);
}

Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(ErrorCode::file_not_found, "there is no such model file", path.string(),
                "train one: auscult train FOLDER -o " + path.filename().string());
  if (!std::filesystem::is_regular_file(path, error))
    return fail(ErrorCode::model_damaged, "is not a model file", path.string(),
                "name a .safetensors file that auscult train wrote");
  if (std::filesystem::file_size(path, error) > kMaxFileBytes)
    return fail(ErrorCode::model_damaged, "is larger than 1 GiB: not a model", path.string(),
                "name a .safetensors file that auscult train wrote");
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof())
    return fail(ErrorCode::file_not_found, "cannot be read", path.string(), "check its permissions");
  try {
    auto model = read_model(bytes);
    if (model) return model;
    model.error().context = path.string();
    if (path.extension() != ".safetensors")  // a recording, and the arguments are swapped
      model.error().hint = "the model comes first, then the recordings: MODEL.safetensors RECORDING...";
    if (model.error().hint.empty()) model.error().hint = "train again, or restore the file from a copy";
    return model;
  } catch (
      const std::exception& failure) {  // from the JSON library or memory allocation: a file must never end the program
    auto damage = damaged_model(failure.what());
    damage.value().context = path.string();
    return damage;
  }
}

std::string describe_json(const Model& model) {
  ordered_json value = metadata_json(model, FileDigests::left_out);
  ordered_json detectors = ordered_json::array();
  for (const Detector& detector : model.detectors) {
    detectors.push_back({{"name", detector.config.name},
                         {"width", detector.width},
                         {"members", detector.members.size()},
                         {"held_out_windows", detector.window_calibration.count()},
                         {"held_out_clips", detector.clip_calibration.count()},
                         {"energy_at_live_threshold", detector.window_calibration.energy_at(model.live_threshold())}});
  }
  value["detectors"] = std::move(detectors);
  return dump(value);
}

}  // namespace auscult
