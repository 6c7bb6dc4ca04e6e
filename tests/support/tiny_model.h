// A model trained on test::machine_sound in a fraction of a second. Test-only, header-only; needs auscult_engine.
#pragma once

#include <memory>
#include <stdexcept>

#include "dataset/index.h"
#include "support/files.h"
#include "support/sounds.h"
#include "training/train_job.h"

namespace auscult::test {

inline Preset tiny_preset() {
  auto preset = parse_preset(tiny_preset_json());
  if (!preset) throw std::runtime_error(to_message(preset.error()));
  return *preset;
}

inline TrainRequest tiny_request(const std::filesystem::path& folder) {
  TrainRequest request;
  auto clips = index_clips({folder});
  if (!clips) throw std::runtime_error(to_message(clips.error()));
  request.clips = *clips;
  request.preset = tiny_preset();
  request.threads = 1;
  return request;
}

inline std::shared_ptr<const Model> train_tiny(Purpose purpose = Purpose::monitor) {
  const TempDir folder;
  write_normal_clips(folder / "normal", 12);
  TrainRequest request = tiny_request(folder.path());
  request.purpose = purpose;
  auto outcome = train_model(request);
  if (!outcome) throw std::runtime_error(to_message(outcome.error()));
  return outcome->model;
}

/// Trained once per test program.
inline const std::shared_ptr<const Model>& tiny_model() {
  static const std::shared_ptr<const Model> model = train_tiny();
  return model;
}

}  // namespace auscult::test
