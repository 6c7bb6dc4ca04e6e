// auscult inspect: prints the content of a model file.
#include <cmath>
#include <cstdio>

#include "commands.h"
#include "console.h"
#include "model/model.h"

namespace auscult::cli {
namespace {

const char* energy_text(EnergyKind kind) {
  switch (kind) {
    case EnergyKind::dagmm:
      return "E(z)";
    case EnergyKind::joint:
      return "joint (E(z) and the residual's likelihood)";
    case EnergyKind::contrast:
      return "contrast (evidence that a band of the residual got louder)";
    case EnergyKind::neighbour:
      return "distance to the nearest training window, in units of the local spread";
  }
  return "";
}

const char* input_text(Representation input) {
  switch (input) {
    case Representation::frames:
      return "stack";
    case Representation::summary:
      return "statistics";
    case Representation::patch:
      return "picture";
    case Representation::mel:
      return "flattened log-mel";
    case Representation::waveform:
      return "waveform";
  }
  return "";
}

const char* network_text(NetworkKind network) {
  switch (network) {
    case NetworkKind::dense:
      return "network";
    case NetworkKind::conv:
      return "convolutional network";
    case NetworkKind::residual:
      return "residual convolutional network";
  }
  return "";
}

void print_detector(const Model& model, const Detector& detector) {
  const DetectorConfig& config = detector.config;
  const FrontendConfig& frontend = model.preset.frontend;
  const char* unit = config.input == Representation::waveform ? "samples" : "frames";
  std::string widths = std::to_string(detector.width);
  for (int hidden : config.dagmm.network.hidden) widths += "-" + std::to_string(hidden);
  std::printf("  %-8s %s of %d %s (%.2f s), one value every %.2f s; %s %s-%d and back, %d Gaussians, %d member(s)\n",
              config.name.c_str(), input_text(config.input), config.window, unit, window_seconds(config, frontend),
              step_seconds(config, frontend), network_text(config.dagmm.network.kind), widths.c_str(),
              config.dagmm.network.latent, config.dagmm.network.components, config.members);
  std::printf("           energy: %s; live threshold reached at energy %.2f; calibrated on %zu windows and %zu clips\n",
              energy_text(config.energy), detector.window_calibration.energy_at(model.live_threshold()),
              detector.window_calibration.count(), detector.clip_calibration.count());
}

int run_inspect(const std::string& path, bool json) {
  auto loaded = load_model(path);
  if (!loaded) return report(loaded.error());
  const Model& model = **loaded;
  if (json) {
    std::printf("%s\n", describe_json(model).c_str());
    return kExitOk;
  }
  const TrainingInfo& t = model.training;
  const FrontendConfig& f = model.preset.frontend;
  std::printf("%s: a %s model (preset %s, auscult %s, seed %llu)\n", path.c_str(), to_string(model.purpose),
              model.preset.name.c_str(), t.tool_version.c_str(), static_cast<unsigned long long>(t.seed));
  if (model.purpose == Purpose::demo)
    std::printf(
        "Demo model, trained on a simulated pump: with a microphone it computes energies but raises no alarm.\n");
  std::printf("Machine %s: %lld clips, %.0f s of sound (%.0f s of it held out for calibration), %d Hz, %d channel(s)\n",
              t.machine.empty() ? "unknown" : t.machine.c_str(), static_cast<long long>(t.clips), t.seconds,
              t.held_out_seconds, t.source_rate, t.source_channels);
  if (!t.adapted_digests.empty())
    std::printf("Adapted to another normal state with %zu recording(s)\n", t.adapted_digests.size());
  std::printf("Level %.0f to %.0f dBFS; quieter than %.0f dBFS counts as off\n", model.level.low_dbfs,
              model.level.high_dbfs, model.level.off_dbfs);
  std::printf("Frontend: %d Hz, FFT %d, hop %d, %d mel bands %.0f-%.0f Hz, channel %d\n", f.sample_rate, f.n_fft,
              f.hop_length, f.n_mels, f.f_min, f.f_max, model.preset.channel);
  std::printf("Detectors:\n");
  for (const Detector& detector : model.detectors) print_detector(model, detector);
  std::printf("Thresholds: live %.2f (%.3g false alarms per hour), clip %.2f (%.3g %% of normal clips)\n",
              model.live_threshold(), model.preset.calibration.false_alarms_per_hour, model.clip_threshold,
              100 * model.preset.calibration.clip_false_alarm_rate);
  std::printf("Training data digest %s\n", t.digest.c_str());
  return kExitOk;
}

}  // namespace

void add_inspect(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("inspect", "Show the content of a model file");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("MODEL", *path, "A model file from auscult train")->required();
  command->add_flag("--json", *json, "Print one JSON object");
  command->callback([path, json, &context] { context.run = [path, json] { return run_inspect(*path, *json); }; });
}

}  // namespace auscult::cli
