#include "gui/learn/learn_job.h"

#include <utility>

namespace auscult::gui {

const char* to_string(LearnStage stage) {
  switch (stage) {
    case LearnStage::idle:
      return "idle";
    case LearnStage::recording:
      return "recording";
    case LearnStage::ready:
      return "ready";
    case LearnStage::training:
      return "training";
    case LearnStage::review:
      return "review";
    case LearnStage::saving:
      return "saving";
    case LearnStage::saved:
      return "saved";
    case LearnStage::failed:
      return "failed";
    case LearnStage::cancelled:
      return "cancelled";
  }
  return "idle";
}

LearnJob::LearnJob(LearnHooks hooks) : hooks_(std::move(hooks)) {}

LearnJob::~LearnJob() {
  child_.reset();
  saving_.join();  // a model that is being saved is saved
  remove_trained();
  let_go();
}

void LearnJob::give_up(Error error) {
  child_.reset();
  remove_trained();
  error_ = std::move(error);
  set_stage(LearnStage::failed);
}

void LearnJob::cancel() {
  if (stage_ == LearnStage::recording) hooks_.stop_recording();
  if (stage_ == LearnStage::saving || stage_ == LearnStage::saved || stage_ == LearnStage::idle) return;
  if (child_) {
    child_->cancel();  // polled until it has ended
    set_stage(LearnStage::cancelled);
    return;
  }
  remove_trained();
  set_stage(LearnStage::cancelled);
}

void LearnJob::reset() {
  if (stage_ == LearnStage::saving) return;
  if (stage_ == LearnStage::recording) hooks_.stop_recording();
  child_.reset();
  remove_trained();
  error_.reset();
  recording_ = {};
  quality_ = {};
  progress_ = {};
  result_ = {};
  rate_.reset();
  folder_.clear();
  saved_.clear();
  recorded_here_ = false;
  relearning_.reset();
  let_go();
  next_look_ = {};
  set_stage(LearnStage::idle);
}

bool LearnJob::poll() {
  switch (stage_) {
    case LearnStage::recording:
      return poll_recording();
    case LearnStage::training:
      return poll_training();
    case LearnStage::saving:
      return poll_saving();
    case LearnStage::cancelled:
      if (child_) child_->poll();
      if (child_ && child_->exit_code()) {
        child_.reset();
        remove_trained();
        return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace auscult::gui
