#include "storage.h"

#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/task_queue.h"
#include "events/clip_store.h"
#include "events/event_log.h"

namespace auscult {
namespace {

constexpr auto kRecordingInterval =
    std::chrono::milliseconds(50);          // between checks whether the recorder has something to write
constexpr std::int64_t kMostWaiting = 900;  // seconds of events' sound, 58 MB at 16 kHz: a disk may hang for days
constexpr std::size_t kKinds = 3;

struct Task {
  StorageKind kind;
  Storage::Step step;
};

}  // namespace

struct Storage::State {
  State(std::filesystem::path log_path, std::filesystem::path clip_dir, int rate)
      : log(std::move(log_path)), clips(std::move(clip_dir)), sample_rate(rate), recorder(rate) {}

  TaskQueue<Task> queue;
  EventLog log;     // used only by the thread
  ClipStore clips;  // used only by the thread
  const int sample_rate;
  SoundRecorder recorder;  // has its own lock
  std::atomic<std::uint64_t> steps{0};
  std::atomic<std::int64_t> waiting{0};  // samples of clips that are not being written yet
  mutable std::mutex mutex;
  std::array<std::optional<Error>, kKinds> trouble;  // guarded by the mutex

  void run(const std::stop_token& stop);
  void perform(const Task& task);
  void note(StorageKind kind, const Status& outcome);
};

// After a stop request nothing more is posted: the thread ends when everything is stored.
void Storage::State::run(const std::stop_token& stop) {
  for (;;) {
    const bool last = stop.stop_requested();
    perform({StorageKind::recording, [this] {
               recorder.store();
               return Status{};
             }});
    const auto task = last ? queue.try_pop() : queue.pop(stop, kRecordingInterval);
    if (task)
      perform(*task);
    else if (last)
      return;
  }
}

void Storage::State::perform(const Task& task) {
  Status outcome;
  try {
    outcome = task.step();
  } catch (const std::exception& failure) {
    outcome = auscult::fail(ErrorCode::internal, std::string("storing failed unexpectedly: ") + failure.what(), {},
                            "monitoring continues; please report this");
  }
  ++steps;
  if (!outcome && log_enabled(LogLevel::debug)) auscult::log(LogLevel::debug, to_message(outcome.error()));
  note(task.kind, outcome);
}

void Storage::State::note(StorageKind kind, const Status& outcome) {
  const std::lock_guard lock(mutex);
  auto& kept = trouble[static_cast<std::size_t>(kind)];
  if (outcome)
    kept.reset();
  else
    kept = outcome.error();
}

Storage::Storage(std::filesystem::path event_log, std::filesystem::path clip_dir, int sample_rate)
    : state_(std::make_shared<State>(std::move(event_log), std::move(clip_dir), sample_rate)) {}

Storage::~Storage() {
  stop();
}

Status Storage::start() {
  return worker_.start([state = state_](std::stop_token stop) { state->run(stop); });
}

bool Storage::stop(std::chrono::milliseconds patience) {
  worker_.request_stop();
  for (std::uint64_t before = state_->steps; !worker_.wait(patience);) {
    if (const std::uint64_t now = state_->steps; std::exchange(before, now) == now)
      return worker_.join(std::chrono::milliseconds(0));
  }
  return worker_.join(patience);
}

void Storage::append(Event event) {
  post(StorageKind::log, [state = state_.get(), event = std::move(event)] { return state->log.append(event); });
}

void Storage::write_clip(std::filesystem::path path, std::vector<float> samples) {
  const auto size = static_cast<std::int64_t>(samples.size());
  if (state_->waiting + size > kMostWaiting * state_->sample_rate) {
    state_->note(StorageKind::clip, fail(ErrorCode::write_failed, "the disk is too slow for the sound of events",
                                         path.string(), "check the disk; monitoring continues without the sound"));
    return;
  }
  state_->waiting += size;
  post(StorageKind::clip, [state = state_.get(), size, path = std::move(path), samples = std::move(samples)] {
    state->waiting -= size;
    return state->clips.write(path, samples, state->sample_rate);
  });
}

void Storage::post(StorageKind kind, Step step) {
  state_->queue.push({kind, std::move(step)});
}

SoundRecorder& Storage::recorder() {
  return state_->recorder;
}

std::optional<Error> Storage::trouble() const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& error : state_->trouble)
    if (error) return error;
  return std::nullopt;
}

}  // namespace auscult
