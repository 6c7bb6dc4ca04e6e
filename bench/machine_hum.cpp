// machine-hum: a real machine with faults mixed into its sound, one row per kind of fault.
#include <algorithm>
#include <regex>

#include "console.h"
#include "recordings.h"

namespace auscult::bench {
namespace {

const std::string kReal = "real_anomaly";

// The recordings of one folder, as one machine with one label and one kind of fault.
Status append(const std::filesystem::path& folder, Label label, const std::string& fault, std::vector<Clip>& clips) {
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> found, labelled_recordings(folder, label));
  for (Clip clip : found) {
    clip.fault = fault;
    clips.push_back(std::move(clip));
  }
  return {};
}

// All kinds and levels found: <kind>_<signed number>dB.
Result<std::vector<std::filesystem::path>> fault_folders(const std::filesystem::path& root) {
  const std::regex name("[A-Za-z0-9_-]+_[+-]?[0-9.]+dB");
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error))
    if (std::regex_match(entry.path().filename().string(), name)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  if (folders.empty())
    return fail(ErrorCode::file_not_found, "contains no folder <kind>_<number>dB", root.string(),
                "check --data: it must be a folder that contains machine_hum/");
  return folders;
}

Result<BenchmarkTask> read_task(const std::filesystem::path& root) {
  BenchmarkTask task;
  task.machine = "machine_hum";
  AUSCULT_TRY(append(root / "normal_train", Label::normal, "", task.train));
  AUSCULT_TRY(append(root / "normal_test", Label::normal, "", task.test));
  AUSCULT_TRY_ASSIGN(const auto folders, fault_folders(root / "semisynthetic"));
  for (const auto& folder : folders)
    AUSCULT_TRY(append(folder, Label::abnormal, folder.filename().string(), task.test));
  std::error_code error;
  if (std::filesystem::is_directory(root / kReal, error))
    AUSCULT_TRY(append(root / kReal, Label::abnormal, kReal, task.test));
  return task;
}

// Rows over all faults would combine recorded and mixed-in faults; the few recorded ones are not part of the mean.
void keep_kinds(Evaluation& evaluation) {
  std::erase_if(evaluation.rows, [](const EvaluationRow& row) { return !row.per_fault; });
  for (EvaluationRow& row : evaluation.rows) row.counts = row.group != kReal;
}

int run_machine_hum(const RecordingOptions& options, BenchContext& context) {
  const auto task = read_task(options.data / "machine_hum");
  if (!task) return cli::report(task.error());
  return print_benchmark({*task}, options, context,
                         "Trained on " + std::to_string(task->train.size()) +
                             " normal recordings (normal_train); every kind of fault against normal_test; the mean is "
                             "over the semi-synthetic kinds.",
                         keep_kinds);
}

}  // namespace

void add_machine_hum(CLI::App& app, BenchContext& context) {
  auto* command =
      app.add_subcommand("machine-hum", "A real machine: each kind of semi-synthetic fault against its normal sound");
  auto options = std::make_shared<RecordingOptions>();
  add_recording_options(*command, *options, 5);
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_machine_hum(*options, context); }; });
}

}  // namespace auscult::bench
