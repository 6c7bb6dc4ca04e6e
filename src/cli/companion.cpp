#include "companion.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/xdg.h"
#include "console.h"

namespace auscult::cli {
namespace {

constexpr const char* kProgram = "auscult-train";

int become_companion(const TrainingCommand& command, char** argv) {
  const auto program = companion_program(kProgram);
  if (!program)
    return report({ErrorCode::program_missing, "the program auscult-train, which this command needs, is not installed",
                   command.name, "install the package auscult-train, or build with -DAUSCULT_TRAINING=ON"});
  std::signal(SIGPIPE, SIG_DFL);  // an ignored signal would remain ignored in the next program
  execv(program->c_str(), argv);
  return report({ErrorCode::program_missing, std::string("cannot be started: ") + std::strerror(errno),
                 program->string(), "the file may be damaged or built for another processor; reinstall it"});
}

}  // namespace

void add_companion_command(CLI::App& app, CommandContext& context, const TrainingCommand& command, char** argv) {
  auto* added = app.add_subcommand(command.name, command.description);
  added->prefix_command();
  added->set_help_flag();
  added->callback(
      [&command, argv, &context] { context.run = [&command, argv] { return become_companion(command, argv); }; });
}

}  // namespace auscult::cli
