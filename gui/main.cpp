// auscult-gui: parses the command line, opens the window and runs it.
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "auscult/error.h"
#include "gui/run_loop.h"

namespace {

struct Arguments {
  auscult::gui::RunOptions options;
  std::string model, input, screenshot;
  float scale = 0.0F;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", AUSCULT_VERSION);
  app.add_option(
      "MODEL", arguments.model,
      "Model file from `auscult train`. Default: the model used last, else the demo model (a simulated pump).");
  auto* input =
      app.add_option("--input", arguments.input, "Listen to this recording in real time instead of a microphone.");
  app.add_option("--device", arguments.options.source.device,
                 "Input device: its name or a unique part of it (see `auscult devices`).")
      ->excludes(input);
  app.add_option("--speed", arguments.options.source.speed,
                 "Play the recording this many times faster: a night in minutes.")
      ->needs(input)
      ->check(CLI::Range(0.1, 1000.0));
  app.add_flag("--loop", arguments.options.source.loop, "Start the recording again at its end.")->needs(input);
  auto* screenshot = app.add_option("--screenshot", arguments.screenshot,
                                    "Write a picture of the window to this PNG file, then exit.");
  app.add_option("--after", arguments.options.screenshot_after,
                 "Seconds from the opening of the window to the picture.")
      ->needs(screenshot)
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option(
         "--scale", arguments.scale,
         "Size of text and controls: 1 for a 96-dpi screen, 2 for a high-resolution one. Default: the screen's scale.")
      ->check(CLI::Range(0.5, 4.0));
  app.footer(
      "Keys: Space freezes the display (listening continues), Ctrl + and Ctrl - change the size, Ctrl 0 resets it, "
      "Ctrl "
      "Q leaves.\n"
      "Exit codes: 0 ok, 2 usage, 3 input, 4 model, 5 no display, 6 the picture could not be written.");
}

int report(const auscult::Error& error) {
  std::fprintf(stderr, "auscult-gui: error: %s\n", auscult::to_message(error).c_str());
  return auscult::exit_code(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Auscult's window: listens to a machine and raises an alarm when its sound becomes abnormal.",
               "auscult-gui"};
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? auscult::kExitOk : auscult::kExitUsage;
  }
  arguments.options.model = arguments.model;
  arguments.options.source.recording = arguments.input;
  if (!arguments.screenshot.empty()) arguments.options.screenshot = arguments.screenshot;
  if (arguments.scale > 0.0F) arguments.options.scale = arguments.scale;

  try {
    const auto outcome = auscult::gui::run(arguments.options);
    if (!outcome) return report(outcome.error());
    if (*outcome == auscult::gui::Outcome::input_hangs) {
      // A thread is stuck inside the audio system: nothing can end it, and waiting for it would delay the user.
      std::fflush(nullptr);
      _exit(auscult::kExitOk);
    }
    return *outcome == auscult::gui::Outcome::interrupted ? auscult::kExitInterrupted : auscult::kExitOk;
  } catch (const std::exception& error) {
    return report(
        {auscult::ErrorCode::internal, error.what(), "unexpected failure", "please report this with the command line"});
  }
}
