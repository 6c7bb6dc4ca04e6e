// auscult-train: the commands that train. `auscult train|refit|benchmark` replaces itself by this program, which
// reports itself under the same name.
#include "companion.h"
#include "program.h"
#include "training/blas_kernels.h"

int main(int argc, char** argv) {
  using namespace auscult::cli;
  auscult::use_best_blas_kernels(argv);
  CLI::App app{"The training commands of auscult.", "auscult"};
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.require_subcommand(1);

  CommandContext context;
  add_train(app, context);
  add_refit(app, context);
  add_benchmark(app, context);
  return run_program(app, argc, argv, context.cancel, [&] { return context.run(); });
}
