// Progress and cancellation of long work. Thread rule: the flag may be set from any thread or signal handler; the
// progress function is called on the working thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace auscult {

/// Set once, by Ctrl-C or a button. Long work checks it often and then fails with ErrorCode::canceled.
class CancelFlag {
 public:
  void request() noexcept { flag_.store(true, std::memory_order_relaxed); }
  bool requested() const noexcept { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

/// Stages of training, as in Progress::stage and in the lines of `auscult train --progress json`.
namespace stage {
inline constexpr const char* kFindingRecordings = "finding recordings";
inline constexpr const char* kReading = "reading";
inline constexpr const char* kTraining = "training";
inline constexpr const char* kCalibrating = "calibrating";
inline constexpr const char* kSettingThresholds = "setting thresholds";
}  // namespace stage

struct Progress {
  std::string stage;                                       ///< one of `stage`, or another word
  std::uint64_t done = 0;                                  ///< units finished in this stage
  std::uint64_t total = 0;                                 ///< units in this stage; 0 if unknown
  std::string unit;                                        ///< "clips", "epochs"
  double loss = std::numeric_limits<double>::quiet_NaN();  ///< objective of the last epoch, if there is one
  std::string detail = {};                                 ///< for people, besides: "12 of 40 files"
};

/// A point of a loss curve. Several detectors, and several models of each (for cross-fitting), are trained in parallel.
struct LossPoint {
  std::string detector;
  int model = 0;           ///< the last one is the final model
  std::uint64_t step = 0;  ///< gradient steps taken
  double loss = 0.0;       ///< objective of the last epoch
};

using ProgressFunction = std::function<void(const Progress&)>;

/// What every long job takes: a progress function and a cancel flag. Both may be absent.
struct JobControl {
  ProgressFunction progress;
  const CancelFlag* cancel = nullptr;
  bool cancelled() const { return cancel && cancel->requested(); }
  void report(const Progress& p) const {
    if (progress) progress(p);
  }
};

}  // namespace auscult
