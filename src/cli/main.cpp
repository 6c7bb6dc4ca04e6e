// auscult: the command line. Parses, catches what must not escape, and maps errors to exit codes.
#include <csignal>
#include <cstdio>
#include <exception>

#include "auscult/base/error.h"
#include "commands.h"
#include "console.h"

namespace {

auscult::CancelFlag* g_cancel = nullptr;

// The first Ctrl-C asks the work to stop at its next safe point; the second one ends the process at once.
extern "C" void on_interrupt(int number) {
  if (g_cancel) g_cancel->request();
  std::signal(number, SIG_DFL);
}

void add_commands(CLI::App& app, auscult::cli::CommandContext& context) {
  using namespace auscult::cli;
  add_train(app, context);
  add_score(app, context);
  add_evaluate(app, context);
  add_benchmark(app, context);
  add_listen(app, context);
  add_simulate(app, context);
  add_features(app, context);
  add_devices(app, context);
  add_inspect(app, context);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Auscult listens to a machine, learns what normal sounds like, and says when it stops sounding normal.", "auscult"};
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "A first round, without any data:\n"
      "  auscult simulate /tmp/pumps\n"
      "  auscult train /tmp/pumps/6_dB_pump/pump/id_00 -o pump.safetensors\n"
      "  auscult score pump.safetensors /tmp/pumps/6_dB_pump/pump/id_00/abnormal\n"
      "Exit codes: 0 ok, 2 usage, 3 input, 4 model, 5 device, 6 output, 10 anomalies found, 130 interrupted.");

  auscult::cli::CommandContext context;
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? auscult::kExitOk : auscult::kExitUsage;
  }

  g_cancel = &context.cancel;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const int code = context.run();
    // What a full disk or a closed pipe has swallowed must not end as success.
    if ((std::fflush(stdout) != 0 || std::ferror(stdout)) && code == auscult::kExitOk)
      return auscult::cli::report({auscult::ErrorCode::write_failed, "the output cannot be written", "stdout", "check the disk, or the program that reads it"});
    return code;
  } catch (const std::exception& error) {
    return auscult::cli::report({auscult::ErrorCode::internal, error.what(), "unexpected failure", "please report this with the command line"});
  }
}
