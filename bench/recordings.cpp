#include "recordings.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "console.h"
#include "training/train_job.h"

namespace auscult::bench {

void add_recording_options(CLI::App& command, RecordingOptions& options, int default_seeds) {
  add_table_options(command, options, default_seeds);
  command.add_option("--preset", options.presets, "Preset to train; repeatable, to compare several in one table")
      ->capture_default_str()
      ->allow_extra_args(false);
  command.add_option("--threads", options.threads, "Threads for training and scoring")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command.add_option("--epochs", options.epochs, "Epochs, instead of the preset's number")
      ->check(CLI::Range(0, 1000000));
  command.add_option("--only", options.only, "Only these detectors of the preset; repeatable")->allow_extra_args(false);
  command.add_option("--without", options.without, "Without these detectors of the preset; repeatable")
      ->allow_extra_args(false);
  command.add_option("--recordings", options.recordings, "Train on this many of the normal recordings, evenly chosen")
      ->check(CLI::Range(1, 1000000));
}

namespace {

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void choose_recordings(std::vector<Clip>& train, int count) {
  const std::size_t total = train.size(), wanted = std::min(total, static_cast<std::size_t>(count));
  std::vector<Clip> chosen;
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(train[i * total / wanted]);
  train = std::move(chosen);
}

}  // namespace

Result<std::vector<Preset>> load_presets(const RecordingOptions& options) {
  std::vector<Preset> presets;
  for (const std::string& name : options.presets) {
    AUSCULT_TRY_ASSIGN(presets.emplace_back(), load_preset(name));
    auto& detectors = presets.back().detectors;
    std::erase_if(detectors, [&](const DetectorConfig& d) {
      return is_in(options.without, d.name) || (!options.only.empty() && !is_in(options.only, d.name));
    });
    if (detectors.empty())
      return fail(ErrorCode::usage, "no detector of the preset is left", name, "check --only and --without");
    for (DetectorConfig& detector : detectors)
      if (options.epochs) detector.dagmm.schedule.epochs = *options.epochs;
  }
  return presets;
}

Result<std::vector<Clip>> labelled_recordings(const std::filesystem::path& folder, Label label) {
  IndexOptions options;
  options.force_label = label;
  AUSCULT_TRY_ASSIGN(std::vector<Clip> clips, index_clips({folder}, options));
  for (Clip& clip : clips) clip.group.clear(), clip.machine_id.clear(), clip.machine_type.clear();
  return clips;
}

int print_benchmark(std::vector<BenchmarkTask> tasks, const RecordingOptions& options, BenchContext& context,
                    const std::string& note, const std::function<void(Evaluation&)>& judged) {
  auto presets = load_presets(options);
  if (!presets) return cli::report(presets.error());
  for (BenchmarkTask& task : tasks)
    if (options.recordings) choose_recordings(task.train, *options.recordings);
  cli::ProgressBar bar;
  const auto result = run_benchmark(tasks, {train_for_benchmark, std::move(*presets), options.seeds, options.threads},
                                    {bar.function(), &context.cancel}, judged);
  bar.close();
  if (!result) return cli::report(result.error());
  for (const Error& error : result->left_out)
    std::fprintf(stderr, "auscult-bench: warning: left out: %s\n", to_message(error).c_str());
  for (const SkippedFile& file : result->evaluation.skipped)
    std::fprintf(stderr, "auscult-bench: warning: left out: %s\n", to_message(file.error).c_str());
  const std::string text =
      options.json ? to_json(result->evaluation) + "\n" : to_table(result->evaluation) + note + "\n";
  std::fputs(text.c_str(), stdout);
  return result->left_out.empty() && result->evaluation.skipped.empty() ? kExitOk : kExitInput;
}

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "auscult-bench-XXXXXX").string();
  if (mkdtemp(name.data())) path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace auscult::bench
