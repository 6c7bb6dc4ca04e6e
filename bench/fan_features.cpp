// fan-features: MIMII fans as 64 log-mel clip means, a preset's detectors on them and the controls on the same input.
#include <algorithm>
#include <filesystem>
#include <regex>

#include "console.h"
#include "feature_tables.h"

namespace auscult::bench {
namespace {

// All machines and levels found: fan_features/<signed number>dB/<id>_raw.csv.
Result<std::vector<MachineTable>> read_fans(const std::filesystem::path& data) {
  const std::regex level_name("-?[0-9.]+dB"), file_name("(id_[0-9]+)_raw\\.csv");
  std::vector<MachineTable> machines;
  std::error_code error;
  for (const auto& level : std::filesystem::directory_iterator(data / "fan_features", error)) {
    if (!std::regex_match(level.path().filename().string(), level_name)) continue;
    for (const auto& file : std::filesystem::directory_iterator(level.path(), error)) {
      std::smatch match;
      const std::string name = file.path().filename().string();
      if (!std::regex_match(name, match, file_name)) continue;
      MachineTable& machine = machines.emplace_back();
      machine.level = level.path().filename().string();
      machine.machine = match[1];
      AUSCULT_TRY_ASSIGN(machine.table, read_csv_columns(file.path(), "logmel_mu_band_", 1.0));
    }
  }
  if (machines.empty())
    return fail(ErrorCode::file_not_found, "contains no <number>dB/id_<nn>_raw.csv", (data / "fan_features").string(),
                "check --data: it must be a folder that contains fan_features/");
  std::sort(machines.begin(), machines.end(), [](const MachineTable& a, const MachineTable& b) {
    const double left = std::stod(a.level), right = std::stod(b.level);
    return left != right ? left > right : a.machine < b.machine;
  });
  return machines;
}

int run_fan(const FeatureTableOptions& options, BenchContext& context) {
  const auto preset = statistics_preset(options);
  if (!preset) return cli::report(preset.error());
  const auto machines = read_fans(options.data);
  if (!machines) return cli::report(machines.error());
  return run_feature_tables(*machines, *preset, options, "without its detectors of frames; columns logmel_mu_band_*",
                            context);
}

}  // namespace

void add_fan_features(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "fan-features", "MIMII fans as 64 log-mel clip means: a preset's detectors and the controls on the same input");
  auto options = std::make_shared<FeatureTableOptions>();
  add_feature_table_options(*command, *options);
  command->callback([options, &context] { context.run = [options, &context] { return run_fan(*options, context); }; });
}

}  // namespace auscult::bench
