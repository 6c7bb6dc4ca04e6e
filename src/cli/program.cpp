#include "program.h"

#include <csignal>
#include <exception>

#include "console.h"

namespace auscult::cli {
namespace {

CancelFlag* g_cancel = nullptr;

extern "C" void on_interrupt(int number) {
  if (g_cancel) g_cancel->request();
  std::signal(number, SIG_DFL);
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, CancelFlag& cancel, const std::function<int()>& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  g_cancel = &cancel;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const int code = run();
    if (const Status flushed = flush_stdout(); !flushed && code == kExitOk) return report(flushed.error());
    return code;
  } catch (const std::exception& error) {
    return report(
        {ErrorCode::internal, error.what(), "unexpected failure", "please report this with the command line"});
  }
}

}  // namespace auscult::cli
