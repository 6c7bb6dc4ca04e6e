// mimii-tables: MIMII machines as audio statistics per clip, a preset's detectors on them and the controls on the same
// input. The statistics are no spectrum: the logarithms of their absolute values are used, and detectors that look for
// louder bands are left out.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "console.h"
#include "feature_tables.h"

namespace auscult::bench {
namespace {

constexpr float kSmallest = 1e-6F;  // of an absolute value, before the logarithm
std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// Position of a column. Errors: bad_input.
Result<std::size_t> column_of(const Table& table, const std::string& name, const std::filesystem::path& path) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found == table.columns.end())
    return fail(ErrorCode::bad_input, "has no column '" + name + "'", path.string(),
                "the table must be a complete copy of the original");
  return static_cast<std::size_t>(found - table.columns.begin());
}

// One machine type's file: its machines and levels, from the highest level down.
Status append(const std::filesystem::path& path, std::vector<MachineTable>& machines) {
  AUSCULT_TRY_ASSIGN(const Table all, read_csv_without(path, {"file"}, 0.0));
  AUSCULT_TRY_ASSIGN(const std::size_t level, column_of(all, "snr_db", path));
  AUSCULT_TRY_ASSIGN(const std::size_t machine, column_of(all, "machine_id", path));
  std::map<std::pair<int, int>, MachineTable> found;  // by minus the level, and machine
  for (std::size_t row = 0; row < all.rows(); ++row) {
    const std::vector<float> values = take_rows(all, {row});
    const int decibels = static_cast<int>(values[level]), id = static_cast<int>(values[machine]);
    MachineTable& part = found[{-decibels, id}];
    part.level = std::to_string(decibels) + "dB";
    part.machine = path.stem().string() + "_id_" + two_digits(id);
    part.table.width = all.width - 2;
    part.table.abnormal.push_back(all.abnormal[row]);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (i != level && i != machine) part.table.values.push_back(std::log(std::max(std::abs(values[i]), kSmallest)));
  }
  for (auto& [key, part] : found) machines.push_back(std::move(part));
  return {};
}

Result<std::vector<MachineTable>> read_machines(const std::filesystem::path& data) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(data / "mimii_tables", error))
    if (file.path().extension() == ".csv") files.push_back(file.path());
  std::sort(files.begin(), files.end());
  std::vector<MachineTable> machines;
  for (const auto& file : files) AUSCULT_TRY(append(file, machines));
  if (machines.empty())
    return fail(ErrorCode::file_not_found, "contains no table", (data / "mimii_tables").string(),
                "check --data: it must be a folder that contains mimii_tables/*.csv");
  return machines;
}

int run_mimii(const FeatureTableOptions& options, BenchContext& context) {
  auto preset = statistics_preset(options);
  if (!preset) return cli::report(preset.error());
  const auto machines = read_machines(options.data);
  if (!machines) return cli::report(machines.error());
  std::erase_if(preset->detectors, [](const DetectorConfig& d) { return d.energy == EnergyKind::contrast; });
  if (preset->detectors.empty())
    return cli::report(
        fail(ErrorCode::usage, "has no detector for a table of statistics", options.preset, "choose another --preset")
            .value());
  // A code wider than the input holds nothing more.
  for (DetectorConfig& detector : preset->detectors)
    detector.dagmm.network.latent = std::min(detector.dagmm.network.latent, machines->front().table.width);
  return run_feature_tables(*machines, *preset, options, "without its detectors of frames and of contrast", context);
}

}  // namespace

void add_mimii_tables(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "mimii-tables", "MIMII machines as audio statistics: a preset's detectors and the controls on the same input");
  auto options = std::make_shared<FeatureTableOptions>();
  add_feature_table_options(*command, *options);
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_mimii(*options, context); }; });
}

}  // namespace auscult::bench
