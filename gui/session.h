// What runs behind the window: loads the model, opens inputs, owns the live monitor, lists devices. Everything that can
// take long happens on a worker thread or in a child process; the window never waits for it. Thread rule: every public
// function from the UI thread. The monitor is created, started and stopped on the worker and polled on the UI thread,
// never both at once.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/source_spec.h"
#include "audio/portaudio_source.h"
#include "base/task_queue.h"
#include "base/worker.h"
#include "gui/app_state.h"
#include "gui/event_keeper.h"
#include "gui/learn/learn_job.h"
#include "monitor/live_monitor.h"

namespace auscult::gui {

struct DeviceList {
  bool asked = false;    ///< a listing has been started at least once
  bool pending = false;  ///< a listing is in progress
  std::string error;     ///< why there is no list
  std::vector<InputDevice> devices;
};

class Session {
 public:
  /// Starts at once: loads the model, then listens.
  Session(std::filesystem::path model_path, SourceSpec source);
  /// Precondition: shut_down() has returned true, or the process is about to end.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start(SourceSpec source);
  void start() { start(source_); }
  /// Tries to open the input again and reports only success: for an input that may have returned.
  void retry();
  void stop();
  /// Of the current device. Another channel restarts listening; gain takes effect at once.
  void tune_input(std::optional<int> channel, double gain_db);
  const SourceSpec& source() const { return source_; }
  /// Continues with another model on the same input; the worker loads it. If that fails, nothing changes: see
  /// take_model_trouble().
  void use_model(const std::filesystem::path& path);
  /// Writes threshold and rule into the model's file and continues with it. Failures are reported as by use_model().
  void save_tuning(const EventPolicy& policy);
  std::optional<Error> take_model_trouble() { return std::exchange(model_trouble_, std::nullopt); }
  /// Training a model; continues while its panel is closed. A saved model is used at once.
  LearnJob& learn() { return *learn_; }

  /// Transfers news into the state. True if there is something new to draw.
  bool update(AppState& state);
  /// The model could not be read, so that the window has nothing to show.
  const std::optional<Error>& model_error() const { return model_error_; }
  /// The model in use; null until it is loaded.
  const std::shared_ptr<const Model>& model() const { return model_; }

  void refresh_devices();
  const DeviceList& devices() const { return devices_; }
  /// The list of events from this and earlier runs, and the player for their sound.
  EventKeeper& events() { return events_; }

  /// Stops all work. False if a hung device blocks the worker: then the process can only leave by _exit.
  bool shut_down();

 private:
  using Monitor = std::shared_ptr<LiveMonitor>;
  // What the worker and the device lister hand to the UI thread. Shared, because the lister may outlive the session.
  struct Mailbox {
    std::mutex mutex;
    std::optional<ModelView> model;
    std::shared_ptr<const Model> loaded;
    std::optional<Error> model_error;
    std::optional<Error> model_trouble;
    std::optional<Phase> phase;
    std::optional<Error> error;
    int run = 0;  // the start or stop to which phase, error and monitor belong
    Monitor monitor;
    std::vector<Event> last_events;  // of a monitor that was stopped
    std::optional<DeviceList> devices;
  };

  struct Task {
    int run;  // the run in which it was posted
    std::function<void()> work;
  };
  void post(std::function<void()> task);
  void work(const std::stop_token& stop);
  /// Loads a model. If that fails, nothing changes, and the error goes into that slot of the mailbox.
  bool load(const std::filesystem::path& path, std::optional<Error> Mailbox::*trouble);
  int begin_next_run(Phase phase);  ///< returns the number of the next run
  Status write_tuning(const EventPolicy& policy) const;
  enum class Try { loud, quiet };  ///< quiet: a failure is not reported
  void open(const SourceSpec& source, std::optional<double> threshold, int run, Try how = Try::loud);
  void close();
  void publish(int run, Phase phase, std::optional<Error> error = std::nullopt, Monitor monitor = nullptr);
  void follow_threshold(const AppState& state);
  bool collect_mail(AppState& state);
  bool poll_monitor(AppState& state);
  bool poll_learning();
  LearnHooks learn_hooks();

  // UI thread.
  SourceSpec source_;
  std::optional<Error> model_error_, model_trouble_;
  std::shared_ptr<const Model> model_;
  DeviceList devices_;
  std::optional<double> threshold_;  // the window's, once a model is loaded
  std::shared_ptr<std::atomic<bool>> retrying_ = std::make_shared<std::atomic<bool>>(false);
  int run_ = 0;
  bool begin_run_ = true;  // the state must be told about a new stream
  std::optional<Phase> requested_phase_;
  Monitor polled_;  // this thread's reference to the running monitor
  std::unique_ptr<LearnJob> learn_ = std::make_unique<LearnJob>(learn_hooks());
  std::string learn_stage_ = "idle";  // as last logged

  EventKeeper events_;

  // Worker thread.
  std::shared_ptr<const Model> loaded_;
  std::string loaded_name_;
  std::filesystem::path loaded_from_;
  Monitor running_;

  std::shared_ptr<Mailbox> mail_ = std::make_shared<Mailbox>();
  TaskQueue<Task> tasks_;
  std::optional<bool> shut_down_;  // result of shut_down()
  Worker worker_{"session", std::chrono::milliseconds(0)};
};

/// Plain facts about a model, for the state.
ModelView view_of(std::shared_ptr<const Model> model, const std::filesystem::path& path);

}  // namespace auscult::gui
