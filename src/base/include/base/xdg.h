// Locations of a user's files (XDG Base Directory Specification). Nothing is created here, except for users without a
// home. Thread rule: reads the environment; call from any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace auscult {

std::filesystem::path user_config_dir();  ///< $XDG_CONFIG_HOME/auscult or ~/.config/auscult: settings
std::filesystem::path user_data_dir();    ///< $XDG_DATA_HOME/auscult or ~/.local/share/auscult: models, events, clips
/// The same; nothing if the user has no home, neither $HOME nor in the list of users: then user_data_dir() is a folder
/// in /tmp that does not last.
std::optional<std::filesystem::path> lasting_data_dir();
/// For a user without a home: the private folder `shared`/auscult-UID, which is created. If that is not private to
/// this user, because somebody else has made it, a new one with a random name, and a warning.
std::filesystem::path temporary_home(const std::filesystem::path& shared);

/// A file that ships with the program ("models/demo.safetensors"): next to an installed program, else in the source
/// tree that it was built from. Nothing if it is missing.
std::optional<std::filesystem::path> shipped_file(std::string_view relative);

/// Another program of Auscult ("auscult-train"): next to the running one, else in ../libexec/auscult, the place for
/// programs that users do not start themselves. Nothing if it is in neither.
std::optional<std::filesystem::path> companion_program(std::string_view name);
/// The same, but if it is in neither place its bare name, to be found on PATH.
std::filesystem::path sibling_program(std::string_view name);

}  // namespace auscult
