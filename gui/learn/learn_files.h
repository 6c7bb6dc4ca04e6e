// Names of the files that training creates, and removal of leftovers. No Dear ImGui. Thread rule: free functions; one
// job per process uses the provisional names.
#pragma once

#include <filesystem>
#include <string>

namespace auscult::gui {

/// A file name made from the user's name for a machine: no slashes, no leading dot, not empty, at most 80 bytes.
std::string file_name_for(const std::string& machine);

/// The path, with a number appended if it exists.
std::filesystem::path unused(const std::filesystem::path& wanted);

/// A path of this process in the models folder, for an unnamed model (".safetensors") or its material.
std::filesystem::path provisional(const std::filesystem::path& models, const std::string& ending);

/// Removes the provisional files of crashed processes.
void remove_leftovers(const std::filesystem::path& models);

}  // namespace auscult::gui
