// What leaves the window as a file or text: the values of the plots as CSV, and facts for a support request.
// Thread rule: pure functions on values, but for the file that export_view writes.
#pragma once

#include <filesystem>
#include <string>

#include "auscult/error.h"
#include "gui/app_state.h"

namespace auscult::gui {

/// One line a hop of the view: time_s, state, rms_dbfs, peak_dbfs, u, energy_NAME...; empty where there is no value, no
/// line where sound is missing.
std::string view_csv(const AppState& state);
/// Plain text: version, model, input, health, counts. No names of files or users beyond those of the model and device.
std::string diagnostics(const AppState& state);
/// Where files that the user asks for are written ($XDG_DATA_HOME/auscult/exports); made when it is missing.
std::filesystem::path export_folder();
/// "auscult-2026-01-31-120000.csv" in `folder`, by the local clock.
std::filesystem::path dated_file(const std::filesystem::path& folder, const std::string& extension);

}  // namespace auscult::gui
