// Training a model for a machine, step by step: record normal sound (or take a folder of it), train in a child process,
// review, save. A state machine that never blocks; what it needs from the rest of the program is passed in as
// functions, which tests replace. No Dear ImGui. Thread rule: UI thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/places.h"
#include "base/worker.h"
#include "gui/learn/child_process.h"
#include "gui/learn/learn_files.h"
#include "gui/learn/quality.h"
#include "gui/learn/train_report.h"
#include "monitor/recording.h"

namespace auscult::gui {

enum class LearnStage {
  idle,
  recording,  ///< also while the last clip is being written
  ready,      ///< there is sound to train on
  training,
  review,  ///< a trained model needs a name
  saving,
  saved,
  failed,  ///< see error()
  cancelled,
};
const char* to_string(LearnStage stage);

inline constexpr double kLeastLearnSeconds = 120.0;
inline constexpr double kMostLearnSeconds = 1800.0;

/// The live input whose sound is recorded, for the model file.
struct LearnInput {
  std::string device;
  int sample_rate = 0;  ///< Hz, of the device
  int channels = 0;
  int channel = 0;         ///< the recorded channel, from 0, or kMeanOfChannels
  bool high_band = false;  ///< recorded for a model of the high band, so that the new model can be one
};

/// What to save: a trained model with the chosen threshold and name, under a new path.
struct LearnedModel {
  std::filesystem::path trained, target;
  std::string machine;
  double threshold = 0.0;
  /// Sound added to its recordings, and the folder in which to keep it for the next training.
  std::vector<std::filesystem::path> added = {};
  std::filesystem::path keep_in = {};
};

/// A model to be retrained on its recordings and on added sound.
struct Relearning {
  std::filesystem::path model;
  std::vector<std::filesystem::path>
      added;  ///< the job's own links or copies, because the originals may be deleted meanwhile
  std::vector<std::filesystem::path> recordings;  ///< where its training recordings may be
};

struct LearnHooks {
  DataPlaces places;                               ///< recordings/ and models/ are created in here
  std::vector<std::string> trainer = {"auscult"};  ///< program that has the commands `train` and `refit`
  std::string preset = "monitor";
  std::function<void(const std::filesystem::path& folder)> start_recording;
  std::function<void()> stop_recording;
  /// Nothing if no sound is being monitored.
  std::function<std::optional<RecordingStatus>()> recording;
  std::function<LearnInput()> input;
  /// Runs in a separate thread. Errors: the model's, write_failed.
  std::function<Status(const LearnedModel&)> save;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

class LearnJob {
 public:
  explicit LearnJob(LearnHooks hooks);
  ~LearnJob();
  LearnJob(const LearnJob&) = delete;
  LearnJob& operator=(const LearnJob&) = delete;

  // User actions. Each is ignored in stages to which it does not apply.
  void record(const std::string& machine, double seconds);
  bool may_finish_recording() const;  ///< enough for training
  void finish_recording();            ///< use what was recorded so far
  void use_folder(const std::filesystem::path& folder, const std::string& machine = "");
  /// Retrains this model, with these files as additional normal sound.
  void relearn(const std::filesystem::path& model, const std::string& machine,
               const std::vector<std::filesystem::path>& added);
  /// Repeats a failed retraining from what is available.
  void relearn_again();
  /// Repeats it with another folder, if the training recordings were not found.
  void look_also_in(const std::filesystem::path& folder);
  void train();                                       ///< also repeats a failed training on the same recording
  void cancel();                                      ///< recordings are kept
  void choose_rate(std::optional<std::size_t> rate);  ///< index into result().rates; nothing: the cautious threshold
  enum class IfTaken { refuse, replace };             ///< if a model of that name exists
  void save(const std::string& name, IfTaken taken = IfTaken::refuse);
  Status delete_recordings();  ///< only what this job recorded
  void reset();                ///< back to idle; cancels a recording or training

  /// Advances the job. True if there is something new to show.
  bool poll();

  LearnStage stage() const { return stage_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& machine() const { return machine_; }
  double target_seconds() const { return target_seconds_; }
  const RecordingStatus& recording() const { return recording_; }
  const QualityReport& quality() const { return quality_; }
  const std::filesystem::path& folder() const { return folder_; }
  bool may_train_again() const;
  /// folder() was recorded by this job; it is not the user's.
  bool recorded_here() const { return recorded_here_; }
  const TrainProgress& progress() const { return progress_; }
  const TrainingSummary& result() const { return result_; }
  std::optional<std::size_t> chosen_rate() const { return rate_; }
  double threshold() const;
  /// Path to which save() would write.
  std::filesystem::path target(const std::string& name) const;
  bool target_exists(const std::string& name) const;
  /// The retraining in progress; nothing if a new model is trained.
  const std::optional<Relearning>& relearning() const { return relearning_; }
  const std::filesystem::path& saved_model() const { return saved_; }

 private:
  void start_training();
  Status hold(const std::vector<std::filesystem::path>& added);
  void let_go();
  void set_stage(LearnStage stage) { stage_ = stage; }
  void give_up(Error error);
  bool poll_recording();
  void recording_ended();
  bool poll_training();
  void hear(const std::string& line);
  void training_ended(int exit_code);
  bool poll_saving();
  std::vector<std::string> command() const;
  Status make_room(double seconds) const;
  void remove_trained();

  LearnHooks hooks_;
  LearnStage stage_ = LearnStage::idle;
  std::optional<Error> error_, child_error_;
  std::string machine_, messages_;
  double target_seconds_ = 0.0;
  std::filesystem::path folder_, trained_, saved_, saving_to_, held_;
  bool recorded_here_ = false;
  LearnInput input_;
  RecordingStatus recording_;
  QualityReport quality_;
  std::chrono::steady_clock::time_point next_look_{}, began_{};
  std::optional<ChildProcess> child_;
  std::optional<Relearning> relearning_;
  TrainProgress progress_;
  TrainingSummary result_;
  std::optional<std::size_t> rate_;
  Status save_outcome_;  // written by the worker while it runs
  Worker saving_{"save model"};
};

}  // namespace auscult::gui
