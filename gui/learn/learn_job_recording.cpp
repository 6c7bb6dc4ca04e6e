// The first stage: recording the sound of the machine.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <system_error>

#include "base/shared_folders.h"
#include "gui/learn/learn_job.h"

namespace auscult::gui {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLookEvery = 200ms;
constexpr auto kLongestStart = 5s;           // until the monitor reports that it is recording
constexpr double kBytesPerSecond = 64000.0;  // of a recording
constexpr double kSpareBytes = 100e6;        // for the model, with some of the disk left free

std::string local_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d_%H-%M-%S", &local);
  return text;
}

}  // namespace

Status LearnJob::make_room(double seconds) const {
  const fs::path recordings = hooks_.places.recordings();
  AUSCULT_TRY(make_private_folders(recordings));
  std::error_code error;
  const fs::space_info space = fs::space(recordings, error);
  const double needed = seconds * kBytesPerSecond + kSpareBytes;
  if (!error && static_cast<double>(space.available) < needed)
    return fail(ErrorCode::write_failed,
                "the disk is nearly full: the recording needs " + std::to_string(std::lround(needed / 1e6)) + " MB, " +
                    std::to_string(space.available / 1000000) + " MB are free",
                recordings.string(), "free some space, or record for a shorter time");
  return {};
}

void LearnJob::record(const std::string& machine, double seconds) {
  if (stage_ != LearnStage::idle && stage_ != LearnStage::failed && stage_ != LearnStage::cancelled &&
      stage_ != LearnStage::ready)
    return;
  reset();
  machine_ = machine;
  target_seconds_ = std::clamp(seconds, kLeastLearnSeconds, kMostLearnSeconds);
  if (!hooks_.recording()) {
    give_up({ErrorCode::device_unavailable, "no input is open", "", "start listening to the machine first"});
    return;
  }
  if (auto room = make_room(target_seconds_); !room) {
    give_up(room.error());
    return;
  }
  input_ = hooks_.input();
  folder_ = unused(hooks_.places.recordings() / (file_name_for(machine) + "-" + local_stamp()));
  recorded_here_ = true;
  began_ = hooks_.now();
  hooks_.start_recording(folder_);
  set_stage(LearnStage::recording);
}

bool LearnJob::may_finish_recording() const {
  return stage_ == LearnStage::recording && recording_.state == RecordingState::recording &&
         recording_.seconds >= kLeastLearnSeconds;
}

void LearnJob::finish_recording() {
  if (may_finish_recording()) hooks_.stop_recording();
}

bool LearnJob::poll_recording() {
  if (hooks_.now() < next_look_) return false;
  next_look_ = hooks_.now() + kLookEvery;
  const auto status = hooks_.recording();
  const bool ours = status && status->folder == folder_;
  if (!ours) {  // the input was closed or changed; a monitor that has just been started gets some time
    if (recording_.folder == folder_ || hooks_.now() - began_ > kLongestStart) recording_ended();
    return true;
  }
  recording_ = *status;
  quality_ = assess(recording_.levels);
  if (recording_.state == RecordingState::recording && recording_.seconds >= target_seconds_) hooks_.stop_recording();
  if (recording_.state == RecordingState::finished || recording_.state == RecordingState::failed) recording_ended();
  return true;
}

// If there is enough sound it is used, however the recording ended; sound with a serious problem needs the user's
// confirmation.
void LearnJob::recording_ended() {
  const bool complete = recording_.state == RecordingState::finished;
  const double usable = complete ? recording_.seconds : recording_.stored_seconds;
  if (usable < kLeastLearnSeconds - kRecordedClipSeconds) {
    give_up(recording_.error.value_or(Error{ErrorCode::device_lost,
                                            "the recording ended after " + std::to_string(std::lround(usable)) +
                                                " s, because listening stopped or the input changed",
                                            "", "record again; at least two minutes are needed"}));
    return;
  }
  error_ = recording_.error;
  set_stage(LearnStage::ready);
  if (complete && !quality_.serious()) train();
}

Status LearnJob::delete_recordings() {
  if (!recorded_here_ || folder_.empty() || stage_ == LearnStage::recording || stage_ == LearnStage::training)
    return {};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("part_") && name.ends_with(".wav")) fs::remove(entry.path(), error);
  }
  fs::remove(folder_, error);  // keeps the folder if the user has put other files into it
  if (error && fs::exists(folder_))
    return fail(ErrorCode::write_failed, "the recording could not be deleted completely: " + error.message(),
                folder_.string(), "delete the folder yourself");
  recorded_here_ = false;
  return {};
}

}  // namespace auscult::gui
