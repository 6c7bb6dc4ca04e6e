// auscult score: computes one anomaly score per recording.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/csv.h"
#include "channel_option.h"
#include "commands.h"
#include "console.h"
#include "dsp/frequency_bands.h"
#include "input_files.h"
#include "scoring/batch.h"

namespace auscult::cli {
namespace {

struct ScoreOptions {
  std::string model;
  std::vector<std::string> inputs;
  std::string output, format = "csv";
  int jobs = 0;
  std::optional<int> channel;  ///< overrides the model's
  double scale = 1.0;
  bool why = false, fail_on_anomaly = false;
};

// The shortest text that parses to the same number.
std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// Four significant digits suffice for contributions and keep files small.
nlohmann::ordered_json rounded(std::span<const float> values) {
  auto list = nlohmann::ordered_json::array();
  for (const float value : values) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", static_cast<double>(value));
    list.push_back(std::strtod(text, nullptr));
  }
  return list;
}

nlohmann::ordered_json why_json(const Model& model, std::span<const float> shares) {
  auto bands = nlohmann::ordered_json::array();
  for (const FrequencyBand& band : strongest_bands(shares, model.preset.frontend))
    bands.push_back({{"from_hz", std::round(band.from_hz)},
                     {"to_hz", std::round(band.to_hz)},
                     {"share", std::round(1000.0 * band.share) / 1000.0}});
  return {{"bins", rounded(shares)}, {"bands", std::move(bands)}};
}

nlohmann::ordered_json detector_json(const Model& model, const ClipScore& score, std::size_t d, bool with_why) {
  nlohmann::ordered_json times = nlohmann::ordered_json::array(), frames = times, energies = times, dagmm = times,
                         u = times, why = times;
  for (const StepEnergy& step : score.steps) {
    if (step.detector != static_cast<int>(d)) continue;
    times.push_back(step.time_s);
    frames.push_back(step.frame);
    energies.push_back(step.energy);
    dagmm.push_back(step.energies.dagmm);
    u.push_back(step.u);
    if (with_why) why.push_back(rounded(step.why));
  }
  nlohmann::ordered_json object = {{"name", model.detectors[d].config.name}};
  if (score.detectors[d].steps > 0) object["pooled"] = score.detectors[d].energy;
  object["time"] = times;
  object["frame"] = frames;
  object["energy"] = energies;
  object["dagmm"] = dagmm;
  object["u"] = u;
  if (with_why) object["why"] = why;
  return object;
}

// One output format: a header, then a text per file.
class Formatter {
 public:
  Formatter(std::string format, const Model& model, bool step_why)
      : format_(std::move(format)), model_(&model), step_why_(step_why) {}

  std::string header() const { return format_ == "csv" ? "file,score,threshold,decision\n" : ""; }
  bool needs_steps() const { return format_ == "jsonl"; }

  std::string scored(const std::string& file, const ClipScore& score) {
    if (format_ == "csv")
      return csv_field(file) + "," + exact(score.score) + "," + exact(score.threshold) + "," +
             (score.anomalous ? "1" : "0") + "\n";
    if (format_ == "dcase")
      return csv_field(std::filesystem::path(file).filename().string()) + "," + exact(score.score) + "\n";
    if (format_ == "audacity") return audacity(file, score);
    return text(json(file, score)) + "\n";
  }
  std::string failed(const std::string& file, const Error& error) {
    if (format_ == "csv") return csv_field(file) + ",,,\n";
    if (format_ == "jsonl")
      return text({{"file", file}, {"error", to_string(error.code)}, {"message", error.what}}) + "\n";
    return "";
  }

 private:
  // File names may have any encoding; invalid UTF-8 is replaced by replacement characters.
  static std::string text(const nlohmann::ordered_json& object) {
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  nlohmann::ordered_json json(const std::string& file, const ClipScore& score) const {
    nlohmann::ordered_json object = {{"file", file},
                                     {"score", score.score},
                                     {"threshold", score.threshold},
                                     {"decision", score.anomalous ? 1 : 0},
                                     {"running", score.running},
                                     {"seconds", score.seconds},
                                     {"invalid_samples", score.invalid_samples}};
    if (!score.why.empty()) object["why"] = why_json(*model_, score.why);
    object["detectors"] = nlohmann::ordered_json::array();
    for (std::size_t d = 0; d < score.detectors.size(); ++d)
      object["detectors"].push_back(detector_json(*model_, score, d, step_why_));
    return object;
  }
  // A label track over all files in order, as Audacity shows them when the files are appended.
  std::string audacity(const std::string& file, const ClipScore& score) {
    char line[96];
    std::snprintf(line, sizeof line, "%.6f\t%.6f\t%s %.3f ", offset_, offset_ + score.seconds,
                  score.anomalous ? "anomalous" : "normal", score.score);
    offset_ += score.seconds;
    return line + std::filesystem::path(file).filename().string() + "\n";
  }

  std::string format_;
  const Model* model_;
  bool step_why_;
  double offset_ = 0.0;
};

// The destination: stdout as results arrive, or a file that appears when all are complete.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}
  void write(const std::string& text) {
    if (path_.empty()) {
      std::fwrite(text.data(), 1, text.size(), stdout);
    } else {
      text_ += text;
    }
  }
  Status finish() {
    if (!path_.empty()) return write_file_atomically(path_, text_);
    return flush_stdout();
  }

 private:
  std::string path_, text_;
};

int run_score(const ScoreOptions& options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  if (!options.output.empty())
    if (auto writable = check_writable(options.output); !writable) return report(writable.error());
  auto files = input_files(options.inputs);
  if (!files) return report(files.error());

  Formatter formatter(options.format, **model, options.why);
  Output output(options.output);
  BatchOptions batch;
  batch.jobs = options.jobs;
  batch.score.keep_steps = batch.score.why = formatter.needs_steps();
  batch.score.scale = options.scale;
  batch.score.channel = options.channel;

  output.write(formatter.header());
  int failures = 0, anomalies = 0, first_exit = kExitInput;
  ProgressBar bar;
  const auto status = score_files(
      *model, *files, batch,
      [&](std::size_t i, const Result<ClipScore>& score) {
        const std::string file = (*files)[i].string();
        if (score) {
          output.write(formatter.scored(file, *score));
          anomalies += score->anomalous;
          if (!score->running)
            std::fprintf(stderr,
                         "auscult: note: %s: the machine is off (quieter than anything in training); not judged\n",
                         file.c_str());
          if (score->invalid_samples > 0)
            std::fprintf(
                stderr,
                "auscult: warning: %s: %llu samples were not finite or larger than 8 and were left out as gaps\n",
                file.c_str(), static_cast<unsigned long long>(score->invalid_samples));
          return;
        }
        if (score.error().code == ErrorCode::cancelled) return;
        output.write(formatter.failed(file, score.error()));
        const int code = report(score.error());
        if (failures++ == 0) first_exit = code;
      },
      {bar.function(), &context.cancel});
  bar.close();
  if (!status) return report(status.error());
  if (auto written = output.finish(); !written) return report(written.error());
  if (failures > 0) {
    if (files->size() > 1)
      std::fprintf(stderr, "auscult: %d of %zu files could not be scored\n", failures, files->size());
    return first_exit;
  }
  return options.fail_on_anomaly && anomalies > 0 ? kExitAnomaly : kExitOk;
}

}  // namespace

void add_score(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("score", "Compute an anomaly score for each recording");
  auto options = std::make_shared<ScoreOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  command->add_option("INPUT", options->inputs, "Audio files, or folders of them (searched recursively)")->required();
  command->add_option("-o,--output", options->output,
                      "Output file instead of stdout; replaced atomically when complete");
  command
      ->add_option("--format", options->format,
                   "csv; jsonl (adds each detector's energies per step, and the attribution to frequencies); audacity "
                   "(label track); dcase (file name, score)")
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "jsonl", "audacity", "dcase"}));
  command->add_flag("--why", options->why,
                    "With jsonl: also the contribution of each mel bin to each energy (64 numbers per step)");
  command->add_option("--jobs", options->jobs, "Files to process in parallel; 0: one per core")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  add_channel_option(*command, "--channel", options->channel,
                     "Channel of multi-channel files, from 0, or the mean of all (default: as in training)");
  command
      ->add_option("--scale", options->scale,
                   "Multiply every sample, e.g. 3.0517578125e-05 for 16-bit integers stored as float")
      ->check(CLI::PositiveNumber);
  command->add_flag("--fail-on-anomaly", options->fail_on_anomaly, "Exit with 10 if any file is anomalous");
  command->footer(
      "CSV columns: file, score (higher is less normal), threshold, decision (1: anomalous).\n"
      "A file that cannot be scored has an empty score, a message on stderr, and the exit code is 3; the others are "
      "scored.\n"
      "Examples:\n"
      "  auscult score pump.safetensors today/ -o scores.csv\n"
      "  auscult score pump.safetensors clip.wav --fail-on-anomaly || notify-send 'Pump sounds abnormal'");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_score(*options, context); }; });
}

}  // namespace auscult::cli
