#include "scoring/batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "base/worker.h"

namespace auscult {
namespace {

// Holds results until all earlier ones have been handed out.
class OrderedResults {
 public:
  explicit OrderedResults(std::size_t count) : results_(count) {}
  void put(std::size_t index, Result<RecordingScore> result) {
    std::lock_guard lock(mutex_);
    results_[index].emplace(std::move(result));
    arrived_.notify_one();
  }
  /// Waits up to a tenth of a second for result `index`.
  std::optional<Result<RecordingScore>> take(std::size_t index) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::milliseconds(100), [&] { return results_[index].has_value(); });
    return std::exchange(results_[index], std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::optional<Result<RecordingScore>>> results_;
};

Result<RecordingScore> score_safely(const std::shared_ptr<const Model>& model, const std::filesystem::path& file,
                                    const ScoreFileOptions& options) {
  try {
    return score_recording(model, file, options);
  } catch (const std::exception& failure) {
    return fail(ErrorCode::internal, std::string("unexpected failure: ") + failure.what(), file.string(),
                "please report this with the file");
  }
}

}  // namespace

Status score_recordings(const std::shared_ptr<const Model>& model, const std::vector<std::filesystem::path>& files,
                        const BatchOptions& options, const RecordingSink& sink, const JobControl& control) {
  OrderedResults results(files.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  ScoreFileOptions score = options.score;
  score.cancel = control.cancel;
  const auto work = [&] {
    while (!stop && !control.cancelled()) {
      const std::size_t index = next++;
      if (index >= files.size()) return;
      results.put(index, score_safely(model, files[index], score));
    }
  };
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs = std::clamp<std::size_t>(options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : cores, 1,
                                                   std::max<std::size_t>(files.size(), 1));
  std::deque<Worker> workers;  // the destructors wait
  for (std::size_t i = 0; i < jobs; ++i) {
    const Status started = workers.emplace_back("score").start([&work](std::stop_token) { work(); });
    if (started) continue;
    if (i == 0) return tl::unexpected(started.error());
    break;  // fewer threads are enough
  }

  for (std::size_t index = 0; index < files.size();) {
    if (control.cancelled()) {
      stop = true;
      return fail(ErrorCode::cancelled,
                  "interrupted after " + std::to_string(index) + " of " + std::to_string(files.size()) + " files");
    }
    auto result = results.take(index);
    if (!result) continue;
    sink(index, *result);
    ++index;
    control.report({.stage = "scoring", .done = index, .total = files.size(), .unit = "files"});
  }
  return {};
}

Status score_files(const std::shared_ptr<const Model>& model, const std::vector<std::filesystem::path>& files,
                   const BatchOptions& options, const BatchSink& sink, const JobControl& control) {
  return score_recordings(
      model, files, options,
      [&sink](std::size_t index, const Result<RecordingScore>& score) {
        if (score)
          sink(index, score->whole);
        else
          sink(index, tl::unexpected(score.error()));
      },
      control);
}

}  // namespace auscult
