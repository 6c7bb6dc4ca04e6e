// auscult-bench: measures detection on reference data, controls beside it, one command a table.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "auscult/base/error.h"
#include "bench.h"
#include "console.h"

namespace auscult::bench {

void add_table_options(CLI::App& command, TableOptions& options, int default_seeds) {
  const char* data = std::getenv("AUSCULT_DATA");
  options.data = data && *data ? data : "./data";
  options.seeds = default_seeds;
  command.add_option("--data", options.data, "Folder with the reference data (default: $AUSCULT_DATA, else ./data); unused where none is read");
  command.add_option("--seeds", options.seeds, "Independent runs; figures are their mean")->capture_default_str()->check(CLI::Range(1, 1000));
  command.add_flag("--json", options.json, "Print one JSON object instead of a table");
}

}  // namespace auscult::bench

namespace {

auscult::CancelFlag* g_cancel = nullptr;

extern "C" void on_interrupt(int number) {
  if (g_cancel) g_cancel->request();
  std::signal(number, SIG_DFL);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tables that say how well Auscult detects, with simple controls beside it.", "auscult-bench"};
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.require_subcommand(1);
  auscult::bench::BenchContext context;
  auscult::bench::add_tables(app, context);
  auscult::bench::add_fan_features(app, context);
  auscult::bench::add_simulator(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? auscult::kExitOk : auscult::kExitUsage;
  }
  g_cancel = &context.cancel;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  try {
    return context.run();
  } catch (const std::exception& error) {
    return auscult::cli::report({auscult::ErrorCode::internal, error.what(), "unexpected failure", "please report this with the command line"});
  }
}
