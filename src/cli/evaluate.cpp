// auscult evaluate: compares a model with labeled recordings and with its controls.
#include <cstdio>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/printable.h"
#include "commands.h"
#include "console.h"
#include "evaluation/evaluation.h"
#include "input_files.h"
#include "result_file.h"

namespace auscult::cli {
namespace {

struct EvaluateOptions {
  std::string model, html, machine_type, machine_id;
  std::vector<std::string> data, normal, abnormal;
  int jobs = 0;
  bool json = false;
};

Result<std::vector<Clip>> labelled_clips(const EvaluateOptions& options, IndexNotes& notes) {
  std::vector<Clip> clips;
  const auto append = [&](const std::vector<std::string>& inputs, std::optional<Label> label) -> Status {
    if (inputs.empty()) return {};
    IndexOptions index;
    index.force_label = label;
    index.machine_type = options.machine_type;
    index.machine_id = options.machine_id;
    AUSCULT_TRY_ASSIGN(std::vector<Clip> found, index_clips({inputs.begin(), inputs.end()}, index, &notes));
    for (Clip& clip : found) {
      // Folders given by hand belong to the model's machine, whatever their path; a folder with one kind of fault keeps
      // its name.
      if (label) clip.group.clear(), clip.machine_id.clear(), clip.machine_type.clear();
      clips.push_back(std::move(clip));
    }
    return {};
  };
  AUSCULT_TRY(append(options.data, std::nullopt));
  AUSCULT_TRY(append(options.normal, Label::normal));
  for (const std::string& folder : options.abnormal) AUSCULT_TRY(append({folder}, Label::abnormal));
  if (clips.empty())
    return fail(ErrorCode::usage, "no recordings to evaluate", {},
                "give DATA with labels in its names, or --normal DIR and --abnormal DIR");
  return clips;
}

// Clips that a name calls faulty, without a label: they are not counted among the normals.
void print_unlabelled(const std::vector<Clip>& clips) {
  std::vector<Clip> suspect;
  for (const Clip& clip : clips)
    if (!clip.fault_name.empty()) suspect.push_back(clip);
  if (suspect.empty()) return;
  std::fprintf(
      stderr,
      "auscult: warning: %zu recordings are left out, because a name says fault (%s) without a label: %s; name "
      "their folder with --abnormal or --normal\n",
      suspect.size(), printable(suspect.front().fault_name).c_str(), printable(folders_of(suspect)).c_str());
}

int run_evaluate(const EvaluateOptions& options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  if (!options.html.empty())
    if (auto writable = check_result(options.html, ResultKind::text); !writable) return report(writable.error());
  IndexNotes notes;
  auto clips = labelled_clips(options, notes);
  if (!clips) return report(clips.error());
  if (auto kept = check_not_replaced(options.html, ResultKind::text, paths_of(*clips)); !kept)
    return report(kept.error());
  const int left_out = report_left_out(notes);
  print_unlabelled(*clips);
  ProgressBar bar;
  auto evaluation = evaluate_model(*model, *clips, options.jobs, {bar.function(), &context.cancel});
  bar.close();
  if (!evaluation) return report(evaluation.error());
  for (const SkippedFile& file : evaluation->skipped)
    std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(file.error).c_str());
  warn(evaluation->sound.lines());
  if (!options.html.empty()) {
    const std::string title = "Auscult evaluation of " + std::filesystem::path(options.model).filename().string();
    if (auto written = write_file_atomically(options.html, to_html(*evaluation, title)); !written)
      return report(written.error());
  }
  const std::string text = options.json ? to_json(*evaluation) + "\n" : to_table(*evaluation);
  std::fputs(text.c_str(), options.html.empty() ? stdout : report_stream(options.html));
  return evaluation->skipped.empty() ? left_out : kExitInput;
}

}  // namespace

void add_evaluate(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("evaluate", "Measure how well a model separates normal from abnormal recordings");
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  command->add_option("DATA", options->data, "Recordings whose names or folders say normal or abnormal (MIMII, DCASE)");
  command->add_option("--normal", options->normal, "A folder or file of normal recordings, regardless of its name");
  command->add_option("--abnormal", options->abnormal,
                      "A folder or file of abnormal recordings; repeat for several kinds of fault");
  command->add_option("--machine-type", options->machine_type, "Only this machine type of DATA");
  command->add_option("--machine-id", options->machine_id, "Only this machine of DATA");
  command->add_option("--jobs", options->jobs, "Files to process in parallel; 0: one per core")
      ->check(CLI::Range(0, 256));
  command->add_flag("--json", options->json, "Print one JSON object instead of a table");
  command->add_option("--html", options->html, "Also write a page with the table and a histogram");
  command->footer(
      "Training recordings of the model are recognized by their content, left out and counted.\n"
      "The controls (untrained, and from template on) are simple detectors for the same sound: a model that does not "
      "beat them is not worth its complexity.");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_evaluate(*options, context); }; });
}

}  // namespace auscult::cli
