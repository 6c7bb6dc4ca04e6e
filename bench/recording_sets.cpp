// fan-recordings and bearing: folders of recordings with normal_train, normal_test and abnormal.
#include <algorithm>

#include "console.h"
#include "recordings.h"

namespace auscult::bench {
namespace {

// The recordings of one folder, as one machine named by `set`.
Status append(const std::filesystem::path& folder, Label label, const std::string& set, std::vector<Clip>& clips) {
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> found, labelled_recordings(folder, label));
  for (Clip clip : found) {
    clip.machine_id = set;
    clips.push_back(std::move(clip));
  }
  return {};
}

Result<BenchmarkTask> read_set(const std::filesystem::path& folder) {
  BenchmarkTask task;
  task.machine = folder.filename().string();
  AUSCULT_TRY(append(folder / "normal_train", Label::normal, task.machine, task.train));
  AUSCULT_TRY(append(folder / "normal_test", Label::normal, task.machine, task.test));
  AUSCULT_TRY(append(folder / "abnormal", Label::abnormal, task.machine, task.test));
  return task;
}

// Every folder in `root` that has normal_train, or `root` itself.
Result<std::vector<BenchmarkTask>> read_sets(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  if (std::filesystem::is_directory(root / "normal_train", error)) folders.push_back(root);
  for (const auto& entry : std::filesystem::directory_iterator(root, error))
    if (std::filesystem::is_directory(entry.path() / "normal_train", error)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  std::vector<BenchmarkTask> tasks;
  for (const auto& folder : folders) {
    AUSCULT_TRY_ASSIGN(tasks.emplace_back(), read_set(folder));
  }
  if (tasks.empty())
    return fail(ErrorCode::file_not_found, "contains no folder with normal_train", root.string(),
                "check --data: it must be a folder that contains " + root.filename().string() + "/");
  return tasks;
}

void add_set(CLI::App& app, BenchContext& context, const std::string& name, const std::string& folder,
             const std::string& description) {
  auto* command = app.add_subcommand(name, description);
  auto options = std::make_shared<RecordingOptions>();
  add_recording_options(*command, *options, 5);
  command->callback([options, &context, folder] {
    context.run = [options, &context, folder] {
      const auto tasks = read_sets(options->data / folder);
      if (!tasks) return cli::report(tasks.error());
      return print_benchmark(*tasks, *options, context, "Trained on normal_train; normal_test against abnormal.");
    };
  });
}

}  // namespace

void add_recording_sets(CLI::App& app, BenchContext& context) {
  add_set(app, context, "fan-recordings", "mimii_fan_wav", "MIMII fans with real faults: recordings of two seconds");
  add_set(app, context, "bearing", "uestc_bearing", "An accelerometer on a bearing with real faults");
}

}  // namespace auscult::bench
