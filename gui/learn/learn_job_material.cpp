// Training material: a folder, or the recordings of a model and added sound.
#include <string>
#include <system_error>
#include <utility>

#include "base/shared_folders.h"
#include "gui/learn/learn_job.h"

namespace auscult::gui {

namespace fs = std::filesystem;

void LearnJob::use_folder(const fs::path& folder, const std::string& machine) {
  if (stage_ == LearnStage::recording || stage_ == LearnStage::training || stage_ == LearnStage::saving) return;
  reset();
  machine_ = machine;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    give_up({ErrorCode::file_not_found, "the folder does not exist", folder.string(),
             "name a folder with WAV, FLAC or Ogg recordings of the machine in normal operation"});
    return;
  }
  folder_ = folder;
  set_stage(LearnStage::ready);
  train();
}

// The sound of events is deleted when its quota is used up, possibly during training: hard links keep it.
Status LearnJob::hold(const std::vector<fs::path>& added) {
  const fs::path models = hooks_.places.models();
  std::error_code error;
  AUSCULT_TRY(make_private_folders(models));
  remove_leftovers(models);
  held_ = provisional(models, "-added");
  fs::remove_all(held_, error);
  AUSCULT_TRY(make_private_folders(held_));
  for (const fs::path& file : added) {
    const fs::path own = unused(held_ / file.filename());
    fs::create_hard_link(file, own, error);
    if (error) fs::copy_file(file, own, error);  // on another file system
    if (!error) relearning_->added.push_back(own);
  }
  if (!relearning_->added.empty()) return {};
  return fail(ErrorCode::write_failed, "cannot copy the sound of the false alarms: " + error.message(), held_.string(),
              "check the disk, and whether the sound of these events was deleted to make room");
}

void LearnJob::let_go() {
  if (held_.empty()) return;
  std::error_code error;
  fs::remove_all(std::exchange(held_, {}), error);
}

void LearnJob::relearn(const fs::path& model, const std::string& machine, const std::vector<fs::path>& added) {
  if (stage_ == LearnStage::recording || stage_ == LearnStage::training || stage_ == LearnStage::saving ||
      added.empty())
    return;
  reset();
  machine_ = machine;
  relearning_ = {.model = model, .added = {}, .recordings = {}};
  if (auto held = hold(added); !held) {
    give_up(held.error());
    return;
  }
  // A missing folder is skipped without an error: the model may have been trained on the user's own recordings.
  std::error_code error;
  if (const fs::path own = hooks_.places.recordings(); fs::is_directory(own, error))
    relearning_->recordings.push_back(own);
  if (relearning_->recordings.empty()) {
    give_up({ErrorCode::not_enough_data, "the model's training recordings were not found among those of this program",
             "", "name the folder that holds them"});
    return;
  }
  start_training();
}

void LearnJob::relearn_again() {
  const bool over = stage_ == LearnStage::failed || stage_ == LearnStage::cancelled;
  if (relearning_ && !child_ && over && !relearning_->added.empty() && !relearning_->recordings.empty())
    start_training();
}

void LearnJob::look_also_in(const fs::path& folder) {
  if (!relearning_ || child_ || (stage_ != LearnStage::failed && stage_ != LearnStage::cancelled)) return;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    give_up({ErrorCode::file_not_found, "the folder does not exist", folder.string(),
             "name the folder that holds the model's training recordings"});
    return;
  }
  relearning_->recordings.push_back(folder);
  start_training();
}

std::vector<std::string> LearnJob::command() const {
  std::vector<std::string> argv = hooks_.trainer;
  if (relearning_) {
    argv.insert(argv.end(), {"refit", relearning_->model.string(), "-o", trained_.string(), "--json", "--progress",
                             "json", "--end-with-stdin", "--recordings"});
    for (const fs::path& folder : relearning_->recordings) argv.push_back(folder.string());
    argv.emplace_back("--add");
    for (const fs::path& file : relearning_->added) argv.push_back(file.string());
    return argv;
  }
  for (std::string argument : {std::string("train"), folder_.string(), std::string("-o"), trained_.string(),
                               std::string("--preset"), hooks_.preset, std::string("--json"), std::string("--progress"),
                               std::string("json"), std::string("--end-with-stdin")})
    argv.push_back(std::move(argument));
  if (!recorded_here_) return argv;
  const auto add = [&argv](const char* option, const std::string& value) {
    argv.emplace_back(option);
    argv.push_back(value);
  };
  // It is normal by the user's word, whatever the machine in the folder's name is called.
  add("--normal", folder_.string());
  if (!input_.device.empty()) add("--device", input_.device);
  if (input_.sample_rate > 0) add("--input-rate", std::to_string(input_.sample_rate));
  if (input_.channels > 0) add("--input-channels", std::to_string(input_.channels));
  add("--input-channel", std::to_string(input_.channel));
  if (input_.high_band) add("--band", "high");
  return argv;
}

}  // namespace auscult::gui
