// Teaching a machine, step by step: record normal sound (or take a folder of it), train in a child process, look at the
// result, save it. A state machine that never waits; what it needs from the program around it comes in as functions, so
// that tests can put theirs in. No Dear ImGui. Thread rule: UI thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "gui/learn/child_process.h"
#include "gui/learn/quality.h"
#include "gui/learn/train_report.h"
#include "monitor/recording.h"

namespace auscult::gui {

enum class LearnStage {
  idle,
  recording,  ///< also while the last clip is being written
  ready,      ///< there is sound to learn from
  training,
  review,  ///< a model waits for a name
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
  int channel = 0;  ///< that is listened to; -1: the mean of all
};

/// What is to be saved: a trained model with the chosen threshold and name, under a new path.
struct LearnedModel {
  std::filesystem::path trained, target;
  std::string machine;
  double threshold = 0.0;
  /// Sound that it has learned besides its recordings, and the folder where it is to be kept with them.
  std::vector<std::filesystem::path> added = {};
  std::filesystem::path keep_in = {};
};

/// A model that learns again what it knows, and some sound besides.
struct Relearning {
  std::filesystem::path model;
  std::vector<std::filesystem::path>
      added;  ///< files, the job's own: the room for events' sound may be needed meanwhile
  std::vector<std::filesystem::path> recordings;  ///< where the recordings may lie that it learned from
};

struct LearnHooks {
  std::filesystem::path data_dir;                  ///< recordings/ and models/ are made in here
  std::vector<std::string> trainer = {"auscult"};  ///< program that has the commands `train` and `refit`
  std::string preset = "monitor";
  std::function<void(const std::filesystem::path& folder)> start_recording;
  std::function<void()> stop_recording;
  /// Nothing: no sound is being monitored.
  std::function<std::optional<RecordingStatus>()> recording;
  std::function<LearnInput()> input;
  /// Called on a thread of its own. Errors: the model's, write_failed.
  std::function<Status(const LearnedModel&)> save;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

class LearnJob {
 public:
  explicit LearnJob(LearnHooks hooks);
  ~LearnJob();
  LearnJob(const LearnJob&) = delete;
  LearnJob& operator=(const LearnJob&) = delete;

  // What the user does. Each is ignored in a stage where it makes no sense.
  void record(const std::string& machine, double seconds);
  bool may_finish_recording() const;  ///< there is enough to learn from
  void finish_recording();            ///< use what there is
  void use_folder(const std::filesystem::path& folder, const std::string& machine = "");
  /// Learns again what this model knows, with these files as normal sound besides.
  void relearn(const std::filesystem::path& model, const std::string& machine,
               std::vector<std::filesystem::path> added);
  /// Once more after a failure, from what is there.
  void relearn_again();
  /// Once more, where the recordings that the model learned from were not found.
  void look_also_in(const std::filesystem::path& folder);
  void train();                                       ///< also once more after a failure, from what was recorded
  void cancel();                                      ///< recordings are kept
  void choose_rate(std::optional<std::size_t> rate);  ///< index into result().rates; nothing: the cautious threshold
  void save(const std::string& name, bool overwrite = false);
  Status delete_recordings();  ///< only what this job recorded
  void reset();                ///< to idle; a recording or training under way is cancelled

  /// Moves on. True when something new is to be shown.
  bool poll();

  LearnStage stage() const { return stage_; }
  const std::optional<Error>& error() const { return error_; }
  const std::string& machine() const { return machine_; }
  double target_seconds() const { return target_seconds_; }
  const RecordingStatus& recording() const { return recording_; }
  const QualityReport& quality() const { return quality_; }
  const std::filesystem::path& folder() const { return folder_; }
  bool may_train_again() const;
  bool recorded_here() const { return recorded_here_; }  ///< folder() is a recording of this job, not the user's own
  const TrainProgress& progress() const { return progress_; }
  const TrainResult& result() const { return result_; }
  std::optional<std::size_t> chosen_rate() const { return rate_; }
  double threshold() const;
  /// Where save() would write.
  std::filesystem::path target(const std::string& name) const;
  bool target_exists(const std::string& name) const;
  /// What is being learned again; nothing when a machine is learned from recordings.
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
  void training_ended(int exit_code);
  bool poll_saving();
  std::vector<std::string> command() const;
  Status make_room(double seconds) const;
  void remove_trained();

  LearnHooks hooks_;
  LearnStage stage_ = LearnStage::idle;
  std::optional<Error> error_;
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
  TrainResult result_;
  std::optional<std::size_t> rate_;
  std::future<Status> saving_;
};

/// A file name of what a user called a machine: no slashes, no leading dot, not empty, at most 80 bytes.
std::string file_name_for(const std::string& machine);

}  // namespace auscult::gui
