// auscult refit: a model learns again from its own recordings and from sound that it has wrongly called unusual.
#include "training/refit.h"

#include <filesystem>
#include <utility>

#include "commands.h"
#include "companion.h"
#include "console.h"
#include "training_run.h"

namespace auscult::cli {
namespace {

struct RefitOptions {
  TrainingRun run;
  std::string model;
  std::vector<std::string> recordings, added;
  int threads = 2;
  double scale = 1.0;
};

int run_refit(const RefitOptions& options, CommandContext& context) {
  auto model = load_model(options.model);
  if (!model) return report(model.error());
  if (auto prepared = prepare(options.run, context); !prepared) return report(prepared.error());
  RefitRequest request;
  request.model = *model;
  request.recordings.assign(options.recordings.begin(), options.recordings.end());
  request.added.assign(options.added.begin(), options.added.end());
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
  command->add_option("MODEL", options->model, "The model that raised them")->required();
  command
      ->add_option("--recordings", options->recordings,
                   "Where the recordings lie that it learned from: folders, searched recursively. They are known by "
                   "their content")
      ->required();
  command
      ->add_option("--add", options->added,
                   "Files of normal sound that it does not know yet, such as the kept sound of false alarms")
      ->required();
  add_run_options(*command, options->run);
  command->add_option("--threads", options->threads, "Detectors trained side by side; the result does not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--scale", options->scale, "The same as in train; added files are taken as they are")
      ->check(CLI::PositiveNumber);
  command->footer(
      "The new model has the old one's preset, seed and rule of alarms. Added sound trains it but sets no threshold: "
      "it was chosen for\n"
      "being unusual. Thresholds that were tuned by hand are set anew.\n"
      "Example:\n"
      "  auscult events export --verdict false_alarm        # column clip: their sound\n"
      "  auscult refit pump.safetensors --recordings recordings/ --add event3.flac -o pump2.safetensors");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_refit(*options, context); }; });
}

}  // namespace auscult::cli
