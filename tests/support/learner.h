// A LearnJob in a simulated environment: a recorder that reports what a test sets, and a shell script instead of
// `auscult train`. Test-only, header-only; needs auscult_gui.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "gui/learn/learn_job.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult::test {

/// The final output of a training on two minutes of sound.
inline const char* const kTrainReport =
    R"({"clips": 12, "seconds_of_sound": 120.0, "held_out_seconds": 120.0, "live_threshold": 8.5, "wall_seconds": 3, "false_alarms_per_hour": 1.0, "skipped": [], )"
    R"("level": {"low_dbfs": -33, "high_dbfs": -30, "off_dbfs": -42}, "held_out": {"bin_width": 0.25, "histogram": [9, 3], "clip_peaks": [1], )"
    R"("finest_false_alarms_per_hour": 30.0, "rates": [{"per_hour": 30.0, "threshold": 1.6}, {"per_hour": 60, "threshold": 1.2}]}})";

/// The script of a trainer that succeeds: $2 is the folder, $4 the model. Its arguments are written to `arguments`.
inline std::string good_trainer(const std::filesystem::path& arguments) {
  return "printf '%s\\n' \"$@\" > '" + arguments.string() + "'\n" +
         "echo '{\"stage\":\"reading\",\"done\":1,\"total\":1,\"unit\":\"clips\",\"seconds\":0.1}' >&2\n"
         "echo "
         "'{\"stage\":\"loss\",\"detector\":\"summary\",\"model\":0,\"done\":1,\"unit\":\"steps\",\"loss\":3,"
         "\"seconds\":0.2}' >&2\n"
         "echo model > \"$4\"\necho '" +
         kTrainReport + "'\n";
}

class Learner {
 public:
  explicit Learner(std::string script = "") {
    if (script.empty()) script = good_trainer(folder_ / "arguments");
    write_file(folder_ / "trainer.sh", script);
    hooks.places = {folder_ / "data"};
    hooks.trainer = {"/bin/sh", (folder_ / "trainer.sh").string()};
    hooks.start_recording = [this](const std::filesystem::path& path) {
      recorder = {};
      recorder.state = RecordingState::recording;
      recorder.folder = path;
      std::filesystem::create_directories(path);
      write_file(path / "part_0001.wav", "sound");
    };
    hooks.stop_recording = [this] {
      if (recorder.state == RecordingState::recording) recorder.state = RecordingState::finished;
    };
    hooks.recording = [this]() -> std::optional<RecordingStatus> {
      if (!listening) return std::nullopt;
      return recorder;
    };
    hooks.input = [this] { return input; };
    hooks.save = [this](const gui::LearnedModel& model) -> Status {
      saved = model;
      if (!save_outcome) return save_outcome;
      write_file(model.target, read_file(model.trained));
      return {};
    };
    hooks.now = [this] { return std::chrono::steady_clock::now() + skipped_; };
  }

  /// Created at the first use, with the hooks at that time.
  gui::LearnJob& job() {
    if (!job_) job_ = std::make_unique<gui::LearnJob>(hooks);
    return *job_;
  }
  void forget_job() { job_.reset(); }

  /// Sets the recorder to this much sound, all of it steady.
  void hear(double seconds, float rms = -30.0F) {
    recorder.seconds = recorder.stored_seconds = seconds;
    recorder.clips = static_cast<int>(seconds / 10.0);
    while (static_cast<double>(recorder.levels.size()) + 1.0 <= seconds)
      recorder.levels.push_back({rms, rms + 12.0F, 0.0F, false});
    look();
  }
  /// Polls the job as if a second had passed.
  void look() {
    skipped_ += std::chrono::seconds(1);
    job().poll();
  }
  /// Polls until the job is in that stage; false after half a minute.
  bool reaches(gui::LearnStage stage) {
    const auto reached = [&] {
      job().poll();
      return job().stage() == stage;
    };
    return eventually(reached, std::chrono::seconds(30));
  }
  /// Records three minutes and trains on them.
  bool learns() {
    job().record("pump", 180.0);
    hear(180.0);
    look();
    return reaches(gui::LearnStage::review);
  }
  std::string arguments() const { return read_file(folder_ / "arguments"); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  int files_in(const std::filesystem::path& folder) const {
    int count = 0;
    if (std::filesystem::exists(folder))
      for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
    return count;
  }

  gui::LearnHooks hooks;
  RecordingStatus recorder;
  gui::LearnInput input{"USB mic", 48000, 2, 1};
  bool listening = true;
  Status save_outcome;
  gui::LearnedModel saved;

 private:
  TempDir folder_;
  std::chrono::seconds skipped_{0};
  std::unique_ptr<gui::LearnJob> job_;
};

}  // namespace auscult::test
