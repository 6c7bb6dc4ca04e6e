// Registers every command with its action. Thread rule: UI thread.
#pragma once

#include "gui/commands.h"
#include "gui/panels/panels.h"
#include "gui/platform.h"

namespace auscult::gui {

/// What commands act on. All of it outlives the registry.
struct Actors {
  AppState& state;
  Session& session;
  ViewState& view;
  Settings& settings;
  Platform& platform;
  bool& leave;  ///< ends the program
};
void add_commands(Commands& commands, const Actors& actors);

}  // namespace auscult::gui
