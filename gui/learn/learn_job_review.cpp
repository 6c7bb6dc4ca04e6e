// The last stages: choosing a threshold and a name, and saving the model.
#include <system_error>
#include <utility>

#include "gui/learn/learn_job.h"

namespace auscult::gui {

namespace fs = std::filesystem;

double LearnJob::threshold() const {
  return rate_ && *rate_ < result_.held_out.rates.size() ? result_.held_out.rates[*rate_].threshold
                                                         : result_.live_threshold;
}

void LearnJob::choose_rate(std::optional<std::size_t> rate) {
  if (!rate || *rate < result_.held_out.rates.size()) rate_ = rate;
}

fs::path LearnJob::target(const std::string& name) const {
  return hooks_.places.models() / (file_name_for(name) + ".safetensors");
}

bool LearnJob::target_exists(const std::string& name) const {
  std::error_code error;
  return fs::exists(target(name), error);
}

void LearnJob::save(const std::string& name, IfTaken taken) {
  if (stage_ != LearnStage::review) return;
  if (target_exists(name) && taken == IfTaken::refuse) {
    error_ = Error{ErrorCode::usage, "a model of that name exists", target(name).string(),
                   "choose another name, or replace it"};
    return;
  }
  error_.reset();
  saving_to_ = target(name);
  LearnedModel learned = {.trained = trained_, .target = saving_to_, .machine = name, .threshold = threshold()};
  if (relearning_) {
    learned.machine = machine_;  // a model's name may differ from its machine's
    learned.added = relearning_->added;
    learned.keep_in = hooks_.places.recordings() / (file_name_for(name) + " false alarms");
  }
  if (const Status started = saving_.start([this, learned](std::stop_token) { save_outcome_ = hooks_.save(learned); });
      !started) {
    error_ = started.error();
    return;
  }
  set_stage(LearnStage::saving);
}

bool LearnJob::poll_saving() {
  if (saving_.running()) return false;
  if (const auto failure = saving_.failure()) save_outcome_ = tl::unexpected(*failure);
  if (!save_outcome_) {
    error_ = save_outcome_.error();
    set_stage(LearnStage::review);
    return true;
  }
  remove_trained();
  let_go();
  saved_ = saving_to_;
  set_stage(LearnStage::saved);
  return true;
}

}  // namespace auscult::gui
