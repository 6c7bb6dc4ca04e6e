#include "app/places.h"

#include "base/xdg.h"

namespace auscult {

DataPlaces default_data_places() {
  return {.root = user_data_dir()};
}

Result<DataPlaces> lasting_data_places() {
  if (const auto folder = lasting_data_dir()) return DataPlaces{.root = *folder};
  return fail(ErrorCode::write_failed, "this user has no home folder to keep events in", {},
              "set XDG_DATA_HOME (in a systemd unit: StateDirectory=auscult and Environment=XDG_DATA_HOME=%S), or name "
              "the files: --event-log FILE --clip-dir FOLDER");
}

std::filesystem::path default_settings_file() {
  return user_config_dir() / "settings.toml";
}

Result<std::filesystem::path> demo_model_file() {
  if (auto shipped = shipped_file("models/demo.safetensors")) return *shipped;
  return fail(ErrorCode::model_damaged, "the demo model is missing from this installation", "models/demo.safetensors",
              "name a model on the command line, or make one with `auscult train RECORDINGS -o MODEL`");
}

}  // namespace auscult
