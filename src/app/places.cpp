#include "app/places.h"

#include "base/xdg.h"

namespace auscult {

DataPlaces default_data_places() {
  return {.root = user_data_dir()};
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
