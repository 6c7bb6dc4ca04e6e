#include "gui/batch/score_job.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "scoring/batch.h"

namespace auscult::gui {
namespace {

constexpr int kNice = 10;  // on Linux, nice values apply per thread; threads started from it inherit the value

}  // namespace

ScoreJob::~ScoreJob() {
  cancel();
  worker_.join();
}

void ScoreJob::start(std::shared_ptr<const Model> model, std::vector<std::filesystem::path> inputs) {
  cancel();
  worker_.join();
  phase_ = Phase::looking;
  error_.clear();
  begun_ = std::chrono::steady_clock::now();
  mail_ = std::make_shared<Mailbox>();
  const Status started = worker_.start([mail = mail_, model = std::move(model),
                                        inputs = std::move(inputs)](std::stop_token) { work(mail, model, inputs); });
  if (started) return;
  phase_ = Phase::failed;
  error_ = to_message(started.error());
}

void ScoreJob::cancel() {
  if (mail_) mail_->cancel.request();
}

void ScoreJob::work(const std::shared_ptr<Mailbox>& mail, const std::shared_ptr<const Model>& model,
                    const std::vector<std::filesystem::path>& inputs) {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  const auto finish = [&](Phase phase, std::string error = {}) {
    const std::lock_guard lock(mail->mutex);
    mail->phase = phase;
    mail->error = std::move(error);
  };
  const auto clips = index_clips(inputs, {.plain_is_normal = false});
  if (!clips) return finish(Phase::failed, to_message(clips.error()));
  std::vector<std::filesystem::path> files;
  for (const Clip& clip : *clips) files.push_back(clip.path);
  {
    const std::lock_guard lock(mail->mutex);
    mail->clips = *clips;
    mail->phase = Phase::scoring;
  }
  const auto sink = [&](std::size_t index, const Result<ClipScore>& score) {
    const std::lock_guard lock(mail->mutex);
    if (!score)
      mail->news.push_back({index, std::nullopt, to_message(score.error())});
    else if (!score->running)
      mail->news.push_back({index, std::nullopt, "the machine was off"});
    else
      mail->news.push_back({index, score->score, {}});
  };
  BatchOptions options;
  options.jobs = 1;
  const Status scored = score_files(model, files, options, sink, {{}, &mail->cancel});
  if (scored)
    finish(Phase::done);
  else if (scored.error().code == ErrorCode::cancelled)
    finish(Phase::cancelled);
  else
    finish(Phase::failed, to_message(scored.error()));
}

bool ScoreJob::update(ScoreList& list) {
  if (!mail_) return false;
  const std::lock_guard lock(mail_->mutex);
  bool changed = false;
  if (auto clips = std::exchange(mail_->clips, std::nullopt)) {
    list.begin(*clips);
    begun_ = std::chrono::steady_clock::now();
    changed = true;
  }
  for (News& news : std::exchange(mail_->news, {})) {
    if (news.score)
      list.set_score(news.index, *news.score);
    else
      list.set_error(news.index, std::move(news.error));
    changed = true;
  }
  if (auto phase = std::exchange(mail_->phase, std::nullopt)) {
    phase_ = *phase;
    error_ = mail_->error;
    changed = true;
  }
  const bool under_way = phase_ == Phase::looking || phase_ == Phase::scoring;
  if (const auto failure = under_way ? worker_.failure() : std::nullopt) {
    phase_ = Phase::failed;
    error_ = to_message(*failure);
    changed = true;
  }
  return changed;
}

std::optional<double> ScoreJob::seconds_left(const ScoreList& list) const {
  if (phase_ != Phase::scoring || list.done() == 0) return std::nullopt;
  const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  return spent / static_cast<double>(list.done()) * static_cast<double>(list.files().size() - list.done());
}

}  // namespace auscult::gui
