#include "sound_recorder.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "audio/audio_file.h"
#include "base/shared_folders.h"

namespace auscult {
namespace {

constexpr std::size_t kMostWaiting = 12;  // two minutes of sound: a slower disk is useless

std::string clip_name(int number) {
  char name[32];
  std::snprintf(name, sizeof name, "part_%04d.wav", number);
  return name;
}

}  // namespace

const char* to_string(RecordingState state) {
  switch (state) {
    case RecordingState::none:
      return "none";
    case RecordingState::recording:
      return "recording";
    case RecordingState::finishing:
      return "finishing";
    case RecordingState::finished:
      return "finished";
    case RecordingState::failed:
      return "failed";
  }
  return "none";
}

SoundRecorder::SoundRecorder(int sample_rate) : rate_(sample_rate) {}

void SoundRecorder::start(std::filesystem::path folder) {
  const std::lock_guard lock(mutex_);
  if (status_.state == RecordingState::recording || status_.state == RecordingState::finishing) return;
  status_ = {};
  status_.state = RecordingState::recording;
  status_.folder = std::move(folder);
  status_.sample_rate = rate_;
  make_folder_ = true;
  numbered_ = 0;
  clip_.clear();
  waiting_.clear();
  kept_ = pushed_ = clipped_ = second_samples_ = 0;
  energy_ = 0.0;
  second_.take();
  second_lost_ = false;
}

void SoundRecorder::stop() {
  const std::lock_guard lock(mutex_);
  if (status_.state != RecordingState::recording) return;
  end_clip();
  status_.state = waiting_.empty() && !writing_ && !make_folder_ ? RecordingState::finished : RecordingState::finishing;
}

RecordingStatus SoundRecorder::status() const {
  const std::lock_guard lock(mutex_);
  RecordingStatus status = status_;
  status.seconds = static_cast<double>(kept_ + static_cast<std::int64_t>(clip_.size())) / rate_;
  if (pushed_ > 0) {
    status.clipped_share = static_cast<double>(clipped_) / static_cast<double>(pushed_);
    status.rms_dbfs = power_to_dbfs(energy_ / static_cast<double>(pushed_));
  }
  return status;
}

void SoundRecorder::set_gain(double factor) {
  const std::lock_guard lock(mutex_);
  second_.set_full_scale(static_cast<float>(factor));
}

void SoundRecorder::push(std::span<const float> samples) {
  const std::lock_guard lock(mutex_);
  if (status_.state != RecordingState::recording) return;
  const auto full = static_cast<std::size_t>(kRecordedClipSeconds * rate_);
  while (!samples.empty()) {
    const std::size_t to_second = static_cast<std::size_t>(rate_ - second_samples_);
    const auto part = samples.first(std::min({samples.size(), full - clip_.size(), to_second}));
    if (clip_.capacity() < full) clip_.reserve(full);
    clip_.insert(clip_.end(), part.begin(), part.end());
    second_.push(part);
    second_samples_ += static_cast<std::int64_t>(part.size());
    pushed_ += static_cast<std::int64_t>(part.size());
    for (const float x : part) energy_ += static_cast<double>(x) * static_cast<double>(x);
    if (second_samples_ == rate_) end_second();
    if (clip_.size() == full) end_clip();
    samples = samples.subspan(part.size());
  }
}

void SoundRecorder::gap(std::int64_t lost) {
  const std::lock_guard lock(mutex_);
  if (status_.state != RecordingState::recording || lost <= 0) return;
  status_.lost += lost;
  ++status_.gaps;
  second_lost_ = true;
  end_clip();
}

void SoundRecorder::end_second() {
  const Level level = second_.take();
  clipped_ += level.clipped;
  status_.peak_dbfs = std::max(status_.peak_dbfs, level.peak_dbfs);
  status_.levels.push_back({level.rms_dbfs, level.peak_dbfs,
                            static_cast<float>(level.clipped) / static_cast<float>(rate_),
                            std::exchange(second_lost_, false)});
  second_samples_ = 0;
}

void SoundRecorder::end_clip() {
  std::vector<float> samples = std::exchange(clip_, {});
  if (static_cast<double>(samples.size()) < kShortestRecordedClip * rate_) {
    status_.dropped_seconds += static_cast<double>(samples.size()) / rate_;
    return;
  }
  kept_ += static_cast<std::int64_t>(samples.size());
  waiting_.push_back({status_.folder / clip_name(++numbered_), std::move(samples)});
  if (waiting_.size() <= kMostWaiting) return;
  status_.state = RecordingState::failed;
  status_.error = Error{ErrorCode::write_failed, "the disk is too slow for the recording", status_.folder.string(),
                        "record to another disk; monitoring continues"};
}

// --- storage thread

std::optional<SoundRecorder::Clip> SoundRecorder::next_clip() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  Clip clip = std::move(waiting_.front());
  waiting_.pop_front();
  writing_ = true;
  return clip;
}

void SoundRecorder::stored(const Status& outcome) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (!outcome && !status_.error) status_.error = outcome.error();
  if (!outcome) {
    status_.state = RecordingState::failed;
    waiting_.clear();
    clip_ = {};
  }
}

Status SoundRecorder::write(const Clip& clip) const {
  AUSCULT_TRY_ASSIGN(AudioFileWriter writer,
                     AudioFileWriter::create(clip.path, rate_, 1, AudioEncoding::wav_float, FileAccess::owner_only));
  AUSCULT_TRY(writer.write(clip.samples));
  return writer.finish();
}

void SoundRecorder::store() {
  std::filesystem::path folder;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(make_folder_, false)) folder = status_.folder;
  }
  if (!folder.empty())
    if (const Status made = make_private_folders(folder); !made) stored(made);
  while (auto clip = next_clip()) {
    const Status written = write(*clip);
    stored(written);
    if (!written) return;
    const std::lock_guard lock(mutex_);
    ++status_.clips;
    status_.stored_seconds += static_cast<double>(clip->samples.size()) / rate_;
  }
  const std::lock_guard lock(mutex_);
  if (status_.state == RecordingState::finishing && waiting_.empty()) status_.state = RecordingState::finished;
}

}  // namespace auscult
