// auscult: the command line.
#include "commands.h"
#include "companion.h"
#include "program.h"

namespace {

void add_commands(CLI::App& app, auscult::cli::CommandContext& context, char** argv) {
  using namespace auscult::cli;
  add_companion_command(app, context, kTrain, argv);
  add_companion_command(app, context, kRefit, argv);
  add_adapt(app, context);
  add_score(app, context);
  add_merge(app, context);
  add_evaluate(app, context);
  add_companion_command(app, context, kBenchmark, argv);
  add_listen(app, context);
  add_serve(app, context);
  add_status(app, context);
  add_simulate(app, context);
  add_features(app, context);
  add_devices(app, context);
  add_events(app, context);
  add_inspect(app, context);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Auscult listens to a machine, learns its normal sound, and raises an alarm when the sound becomes abnormal.",
      "auscult"};
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "To try it without any recordings:\n"
      "  auscult simulate /tmp/pumps\n"
      "  auscult train /tmp/pumps/6_dB_pump/pump/id_00 -o pump.safetensors\n"
      "  auscult score pump.safetensors /tmp/pumps/6_dB_pump/pump/id_00/abnormal\n"
      "Exit codes: 0 ok, 2 usage, 3 input, 4 model, 5 device, 6 output, 10 anomalies found, 130 interrupted.");

  auscult::cli::CommandContext context;
  add_commands(app, context, argv);
  return auscult::cli::run_program(app, argc, argv, context.cancel, [&] { return context.run(); });
}
