// The training part of a session: what LearnJob needs from the running monitor, and the change to the model that it
// makes.
#include <cstdlib>
#include <utility>

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/shared_folders.h"
#include "base/xdg.h"
#include "dataset/split.h"
#include "gui/session.h"

namespace auscult::gui {
namespace {

// Sound that a model has learned must outlive the quota for events: without it the model could not be retrained.
Status keep(const std::vector<std::filesystem::path>& files, const std::filesystem::path& folder) {
  std::error_code error;
  if (!files.empty()) AUSCULT_TRY(make_private_folders(folder));
  for (const std::filesystem::path& file : files) {
    AUSCULT_TRY_ASSIGN(const std::string digest, file_digest(file));
    std::filesystem::path copy = folder / file.filename();
    // Another sound may have that name; the same sound has it if saving is retried.
    for (int i = 2; std::filesystem::exists(copy, error) && file_digest(copy).value_or("") != digest; ++i)
      copy = folder / (file.stem().string() + "-" + std::to_string(i) + file.extension().string());
    if (std::filesystem::exists(copy, error)) continue;
    std::filesystem::create_hard_link(file, copy, error);  // all or nothing
    if (!error) continue;
    AUSCULT_TRY_ASSIGN(AtomicFile written, AtomicFile::create(copy));
    std::filesystem::copy_file(file, written.temporary_path(), std::filesystem::copy_options::overwrite_existing,
                               error);
    if (error)
      return fail(ErrorCode::write_failed, "the sound of a false alarm could not be stored: " + error.message(),
                  copy.string(), "check the disk, then save again");
    AUSCULT_TRY(written.commit());
  }
  return {};
}

// Saves the trained model under its name and with the chosen threshold. Runs in a separate thread.
Status save_learned(const LearnedModel& learned) {
  AUSCULT_TRY(keep(learned.added, learned.keep_in));
  AUSCULT_TRY_ASSIGN(const auto trained, load_model(learned.trained));
  Model model = *trained;
  model.training.machine = learned.machine;
  model.preset.policy.threshold = learned.threshold;
  return save_model(model, learned.target);
}

}  // namespace

LearnHooks Session::learn_hooks() {
  LearnHooks hooks;
  hooks.places = default_data_places();
  hooks.trainer = {sibling_program("auscult-train").string()};
  if (const char* preset = std::getenv("AUSCULT_LEARN_PRESET")) hooks.preset = preset;
  hooks.start_recording = [this](const std::filesystem::path& folder) {
    if (polled_) polled_->start_recording(folder);
  };
  hooks.stop_recording = [this] {
    if (polled_) polled_->stop_recording();
  };
  hooks.recording = [this]() -> std::optional<RecordingStatus> {
    if (!polled_) return std::nullopt;
    return polled_->recording();
  };
  hooks.input = [this]() -> LearnInput {
    if (!polled_) return {};
    const SourceInfo source = polled_->status().source;
    // A file is not a device: a model trained on it may be used with any input.
    return {.device = source.live ? source.name : "",
            .sample_rate = source.sample_rate,
            .channels = source.channels,
            .channel = polled_->channel(),
            .high_band = polled_->model().preset.frontend.sample_rate >= kLowestHighRate};
  };
  hooks.save = save_learned;
  return hooks;
}

bool Session::poll_learning() {
  const bool was_saved = learn_->stage() == LearnStage::saved;
  const bool news = learn_->poll();
  if (const std::string stage = to_string(learn_->stage()); stage != learn_stage_) {
    log(LogLevel::debug, "learn: " + stage + (learn_->error() ? " (" + learn_->error()->what + ")" : ""));
    learn_stage_ = stage;
  }
  if (!was_saved && learn_->stage() == LearnStage::saved) use_model(learn_->saved_model());
  return news;
}

void Session::use_model(const std::filesystem::path& path) {
  post([this, path, source = source_, threshold = threshold_, run = begin_next_run(Phase::loading)] {
    open(source, load(path, &Mailbox::model_trouble) ? std::nullopt : threshold, run);
  });
}

void Session::save_tuning(const EventPolicy& policy) {
  post([this, policy, source = source_, threshold = threshold_, run = begin_next_run(Phase::loading)] {
    const Status written = write_tuning(policy);
    if (!written) {
      const std::lock_guard lock(mail_->mutex);
      mail_->model_trouble = written.error();
    }
    // A threshold that could not be saved stays in effect.
    const bool saved = written && load(loaded_from_, &Mailbox::model_trouble);
    open(source, saved ? std::nullopt : threshold, run);
  });
}

Status Session::write_tuning(const EventPolicy& policy) const {
  AUSCULT_TRY(validate(policy));
  Model tuned = *loaded_;
  tuned.preset.policy = policy;
  return save_model(tuned, loaded_from_);
}

}  // namespace auscult::gui
