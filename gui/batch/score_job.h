// Scores recordings in the background, in one low-priority thread next to the one that listens. Thread rule: call every
// function from the UI thread; the job has its own thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/worker.h"
#include "gui/batch/score_list.h"
#include "model/model.h"

namespace auscult::gui {

class ScoreJob {
 public:
  enum class Phase { idle, looking, scoring, done, cancelled, failed };

  ScoreJob() = default;
  ~ScoreJob();  ///< cancels; waits for the recording that is being scored
  ScoreJob(const ScoreJob&) = delete;
  ScoreJob& operator=(const ScoreJob&) = delete;

  /// Cancels the current job and starts with files and folders (searched for sound files).
  void start(std::shared_ptr<const Model> model, std::vector<std::filesystem::path> inputs);
  void cancel();
  /// Moves new scores into the list. True if something has changed.
  bool update(ScoreList& list);

  Phase phase() const { return phase_; }
  const std::string& error() const { return error_; }
  /// Time left for the recordings not yet scored; nothing before the first score.
  std::optional<double> seconds_left(const ScoreList& list) const;

 private:
  struct News {
    std::size_t index = 0;
    std::optional<double> score;
    std::string error;
  };
  // What the thread hands over. Each job has its own, so that an earlier thread cannot write into a later job.
  struct Mailbox {
    std::mutex mutex;
    std::optional<std::vector<Clip>> clips;
    std::vector<News> news;
    std::optional<Phase> phase;
    std::string error;
    CancelFlag cancel;
  };
  static void work(const std::shared_ptr<Mailbox>& mail, const std::shared_ptr<const Model>& model,
                   const std::vector<std::filesystem::path>& inputs);

  Phase phase_ = Phase::idle;
  std::string error_;
  std::chrono::steady_clock::time_point begun_;
  std::shared_ptr<Mailbox> mail_;
  Worker worker_{"scores"};
};

}  // namespace auscult::gui
