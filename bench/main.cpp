// auscult-bench: measures detection on reference data with controls, and time and memory, one command per table.
#include <cstdlib>

#include "bench.h"
#include "program.h"
#include "timing/timings.h"
#include "training/blas_kernels.h"

namespace auscult::bench {

void add_table_options(CLI::App& command, TableOptions& options, int default_seeds) {
  const char* data = std::getenv("AUSCULT_DATA");
  options.data = data && *data ? data : "./data";
  options.seeds = default_seeds;
  command.add_option(
      "--data", options.data,
      "Folder with the reference data (default: $AUSCULT_DATA, else ./data); not used by simulated tables");
  command.add_option("--seeds", options.seeds, "Independent runs; figures are their mean")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command.add_flag("--json", options.json, "Print one JSON object instead of a table");
}

}  // namespace auscult::bench

int main(int argc, char** argv) {
  auscult::use_best_blas_kernels(argv);
  CLI::App app{"Measures detection on reference data with simple controls, and time and memory beside other programs.",
               "auscult-bench"};
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.require_subcommand(1);
  auscult::bench::BenchContext context;
  auscult::bench::add_tables(app, context);
  auscult::bench::add_sweep(app, context);
  auscult::bench::add_fan_features(app, context);
  auscult::bench::add_mimii_tables(app, context);
  auscult::bench::add_recording_sets(app, context);
  auscult::bench::add_images(app, context);
  auscult::bench::add_simulator(app, context);
  auscult::bench::add_machine_hum(app, context);
  auscult::bench::add_simulated(app, context);
  auscult::bench::add_learning_curve(app, context);
  auscult::bench::add_false_alarms(app, context);
  auscult::bench::add_sound_timings(app, context);
  auscult::bench::add_live_timings(app, context);
  auscult::bench::add_program_timings(app, context);
  return auscult::cli::run_program(app, argc, argv, context.cancel, [&] { return context.run(); });
}
