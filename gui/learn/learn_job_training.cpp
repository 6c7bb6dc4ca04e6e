// The training stage: starts the child process and reads its messages and its result.
#include <system_error>
#include <utility>
#include <variant>

#include "base/shared_folders.h"
#include "gui/learn/learn_job.h"

namespace auscult::gui {
namespace {

namespace fs = std::filesystem;

// The error of a child that ended without reporting one.
Error error_of(const std::string& messages, int exit_code) {
  if (exit_code > 128)
    return {ErrorCode::internal,
            "training was terminated from outside (signal " + std::to_string(exit_code - 128) + ")", "",
            "memory may be short: close other programs and train again; the recording is kept"};
  return {ErrorCode::internal, "training ended without a result (exit code " + std::to_string(exit_code) + ")",
          messages, "train again; the recording is kept"};
}

}  // namespace

bool LearnJob::may_train_again() const {
  const bool over = stage_ == LearnStage::failed || stage_ == LearnStage::cancelled;
  return over && !child_ && recorded_here_ && recording_.stored_seconds >= kLeastLearnSeconds - kRecordedClipSeconds;
}

void LearnJob::train() {
  if (stage_ == LearnStage::ready || may_train_again()) start_training();
}

void LearnJob::start_training() {
  error_.reset();
  const fs::path models = hooks_.places.models();
  if (const Status made = make_private_folders(models); !made) {
    give_up(made.error());
    return;
  }
  remove_leftovers(models);
  trained_ = provisional(models, ".safetensors");
  progress_ = {};
  messages_.clear();
  child_error_.reset();
  auto started = ChildProcess::start(command());
  if (!started) {
    give_up(started.error());
    return;
  }
  child_ = std::move(*started);
  set_stage(LearnStage::training);
}

bool LearnJob::poll_training() {
  if (!child_->poll()) return false;
  for (const std::string& line : child_->take_error_lines()) hear(line);
  if (const auto code = child_->exit_code()) training_ended(*code);
  return true;
}

void LearnJob::hear(const std::string& line) {
  const auto message = parse_training_message(line);
  if (!message) {
    messages_ += line + "\n";
  } else if (const auto* stage = std::get_if<StageMessage>(&*message)) {
    progress_.add(*stage);
  } else if (const auto* loss = std::get_if<LossMessage>(&*message)) {
    progress_.add(*loss);
  } else {
    child_error_ = std::get<Error>(*message);
  }
}

void LearnJob::training_ended(int exit_code) {
  const std::string output = child_->output();
  child_.reset();
  if (exit_code != 0) {
    give_up(child_error_ ? *child_error_ : error_of(messages_, exit_code));
    return;
  }
  auto result = parse_training_summary(output);
  if (!result) {
    give_up({ErrorCode::internal, "training ended, but its report cannot be read", result.error().context,
             "check that the window and the command-line program have the same version"});
    return;
  }
  result_ = std::move(*result);
  rate_.reset();
  error_.reset();
  set_stage(LearnStage::review);
}

void LearnJob::remove_trained() {
  if (trained_.empty()) return;
  std::error_code error;
  fs::remove(std::exchange(trained_, {}), error);
}

}  // namespace auscult::gui
