#include "scoring/batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "base/processors.h"
#include "base/worker.h"

namespace auscult {
namespace {

// Holds results until all earlier ones have been handed out. A file that takes long must not let the results of all
// later ones pile up: only `window` of them are begun.
class OrderedResults {
 public:
  explicit OrderedResults(std::size_t window) : window_(window) {}

  /// Waits until file `index` may begin; false when the work ends.
  bool may_begin(std::size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || index < first_ + window_; });
    return !ended_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void put(std::size_t index, Result<RecordingScore> result) {
    const std::lock_guard lock(mutex_);
    results_.emplace(index, std::move(result));
    changed_.notify_all();
  }
  /// Waits up to a tenth of a second for result `index`.
  std::optional<Result<RecordingScore>> take(std::size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return results_.contains(index); });
    auto found = results_.extract(index);
    if (found.empty()) return std::nullopt;
    first_ = index + 1;
    changed_.notify_all();
    return std::move(found.mapped());
  }

  /// After an interruption: what is complete, although an earlier file is not. Returns how many files that were.
  std::size_t hand_out_rest(const RecordingSink& sink) {
    end();
    std::map<std::size_t, Result<RecordingScore>> rest;
    {
      const std::lock_guard lock(mutex_);
      rest.swap(results_);
    }
    std::erase_if(rest,
                  [](const auto& entry) { return !entry.second && entry.second.error().code == ErrorCode::cancelled; });
    for (const auto& [index, result] : rest) sink(index, result);
    return rest.size();
  }

 private:
  const std::size_t window_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Result<RecordingScore>> results_;
  std::size_t first_ = 0;  // not handed out yet
  bool ended_ = false;
};

// Also if a sink throws: no worker waits for ever.
struct EndOnExit {
  OrderedResults& results;
  ~EndOnExit() { results.end(); }
};

// Results with steps take memory and an open file each.
std::size_t window_for(const BatchOptions& options, std::size_t jobs) {
  return options.score.spool_steps || options.score.keep_steps ? 16 * jobs : 1024 * jobs;
}

// The length of recordings that have not been begun is taken to be the mean of the others.
Progress progress_of(const SoundProgress& sound, std::size_t done, std::size_t files) {
  const auto begun = std::max<std::int64_t>(1, sound.begun);
  const auto heard = static_cast<std::uint64_t>(sound.heard_ms / 1000);
  const double expected =
      static_cast<double>(sound.announced_ms) / 1000.0 / static_cast<double>(begun) * static_cast<double>(files);
  Progress progress{.stage = "scoring", .done = heard, .total = 0, .unit = "s of sound"};
  progress.total = std::max(heard, static_cast<std::uint64_t>(expected));
  progress.detail = std::to_string(done) + " of " + std::to_string(files) + " files";
  return progress;
}

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
  const auto wanted = static_cast<std::size_t>(options.jobs > 0 ? options.jobs : available_processors());
  const std::size_t jobs = std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(files.size(), 1));
  OrderedResults results(window_for(options, jobs));
  std::atomic<std::size_t> next{0};
  SoundProgress sound;
  ScoreFileOptions score = options.score;
  score.cancel = control.cancel;
  score.progress = &sound;
  const auto work = [&] {
    while (!control.cancelled()) {
      const std::size_t index = next++;
      if (index >= files.size() || !results.may_begin(index)) return;
      results.put(index, score_safely(model, files[index], score));
    }
  };
  std::deque<Worker> workers;  // the destructors wait
  const EndOnExit end{results};
  for (std::size_t i = 0; i < jobs; ++i) {
    const Status started = workers.emplace_back("score").start([&work](std::stop_token) { work(); });
    if (started) continue;
    if (i == 0) return tl::unexpected(started.error());
    break;  // fewer threads are enough
  }

  for (std::size_t index = 0; index < files.size();) {
    if (control.cancelled()) {
      const std::size_t done = index + results.hand_out_rest(sink);
      return fail(ErrorCode::cancelled,
                  "interrupted after " + std::to_string(done) + " of " + std::to_string(files.size()) + " files");
    }
    const auto result = results.take(index);
    if (result && (*result || result->error().code != ErrorCode::cancelled)) sink(index++, *result);
    control.report(progress_of(sound, index, files.size()));
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
