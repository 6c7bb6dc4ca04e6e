// What leaves the window as a file or text: the values of the plots as CSV, and diagnostics for a support request.
// Thread rule: pure functions on values, except that export_view writes a file.
#pragma once

#include <filesystem>
#include <string>

#include "auscult/error.h"
#include "gui/app_state.h"

namespace auscult::gui {

/// One line per hop in view: time_s, state, rms_dbfs, peak_dbfs, u, energy_NAME...; a missing value is empty, missing
/// sound has no line.
std::string view_csv(const AppState& state);
/// Plain text: version, model, input, health, counts. No file or user names beyond those of the model and the device.
std::string diagnostics(const AppState& state);
/// Folder for the files that the user exports ($XDG_DATA_HOME/auscult/exports); created if missing.
std::filesystem::path export_folder();
/// "auscult-2026-01-31-120000.csv" in `folder`, in local time.
std::filesystem::path dated_file(const std::filesystem::path& folder, const std::string& extension);

}  // namespace auscult::gui
