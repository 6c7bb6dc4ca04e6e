// Default locations of a user's files. Nothing is created here. Thread rule: pure functions of the environment.
#pragma once

#include <filesystem>

#include "auscult/error.h"

namespace auscult {

/// All data that the programs store for a user lies in one folder.
struct DataPlaces {
  std::filesystem::path root;

  std::filesystem::path event_database() const { return root / "events.db"; }
  std::filesystem::path event_clips() const { return root / "clips"; }  ///< sound of the events
  std::filesystem::path models() const { return root / "models"; }
  std::filesystem::path recordings() const { return root / "recordings"; }  ///< made for training
  std::filesystem::path exports() const { return root / "exports"; }
};
/// In user_data_dir().
DataPlaces default_data_places();

/// The same for programs that were asked to keep something. Errors: write_failed if the user has no home folder.
Result<DataPlaces> lasting_data_places();

/// Of the window, in user_config_dir().
std::filesystem::path default_settings_file();

/// The model that ships with the programs. Errors: model_damaged if it is missing from the installation.
Result<std::filesystem::path> demo_model_file();

}  // namespace auscult
