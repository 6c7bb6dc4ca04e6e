// Where a user's files belong (XDG Base Directory Specification). Nothing is created here.
// Thread rule: reads the environment; call from any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace auscult {

std::filesystem::path user_config_dir();  ///< $XDG_CONFIG_HOME/auscult or ~/.config/auscult: settings
std::filesystem::path user_data_dir();    ///< $XDG_DATA_HOME/auscult or ~/.local/share/auscult: models, events, clips
std::filesystem::path user_state_dir();   ///< $XDG_STATE_HOME/auscult or ~/.local/state/auscult: logs

/// A file that ships with the program ("models/demo.safetensors"): beside an installed program, else in the source
/// tree that it was built from. Nothing when it is not there.
std::optional<std::filesystem::path> shipped_file(std::string_view relative);

/// Another program of Auscult ("auscult-train"): beside the running one, else in ../libexec/auscult, where an
/// installation keeps programs that only others start. Nothing when it is in neither place.
std::optional<std::filesystem::path> companion_program(std::string_view name);
/// The same; its bare name, to be looked for on PATH, when it is in neither place.
std::filesystem::path sibling_program(std::string_view name);

}  // namespace auscult
