// auscult refit: retrains a model on its own recordings and on false alarms.
#include "training/refit.h"

#include <filesystem>
#include <utility>

#include "commands.h"
#include "companion.h"
#include "console.h"
#include "result_file.h"
#include "training_run.h"

namespace auscult::cli {
namespace {

struct RefitOptions {
  TrainingRun run;
  std::string model;
  std::vector<std::string> recordings, added;
  int threads = 0;
  double scale = 1.0;
};

int run_refit(const RefitOptions& options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(options.run, model.error());
  if (auto prepared = prepare(options.run, context); !prepared) return report(options.run, prepared.error());
  RefitRequest request;
  request.model = *model;
  request.recordings.assign(options.recordings.begin(), options.recordings.end());
  request.added.assign(options.added.begin(), options.added.end());
  if (auto kept = check_not_replaced(options.run.output, ResultKind::model, request.added); !kept)
    return report(options.run, kept.error());
  request.threads = options.threads;
  request.scale = options.scale;
  return run_training(options.run, context,
                      [&](const JobControl& control, const std::function<void(const LossPoint&)>& on_loss) {
                        request.on_loss = on_loss;
                        return refit_model(request, control);
                      });
}

}  // namespace

void add_refit(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(kRefit.name, kRefit.description);
  auto options = std::make_shared<RefitOptions>();
  command->add_option("MODEL", options->model, "The model that raised the false alarms")->required();
  command
      ->add_option("--recordings", options->recordings,
                   "Folders with the model's training recordings, searched recursively; recordings are recognized by "
                   "their content")
      ->required();
  command
      ->add_option("--add", options->added,
                   "Files of normal sound that it has not learned yet, such as the stored sound of false alarms")
      ->required();
  add_run_options(*command, options->run);
  command
      ->add_option("--jobs,--threads", options->threads,
                   "Detectors to train in parallel; 0: one per processor; does not affect the result")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
  command->add_option("--scale", options->scale, "As for train; not applied to added files")
      ->check(CLI::PositiveNumber);
  command->footer(
      "The new model has the old one's preset, seed and alarm rule. Added sound does not affect thresholds, "
      "because it was selected for its high score.\n"
      "Thresholds are recalibrated, even if they were tuned by hand.\n"
      "Example:\n"
      "  auscult events export --verdict false_alarm        # column clip: their sound\n"
      "  auscult refit pump.safetensors --recordings recordings/ --add event3.flac -o pump2.safetensors");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_refit(*options, context); }; });
}

}  // namespace auscult::cli
