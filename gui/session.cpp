#include "gui/session.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/places.h"
#include "base/log.h"

namespace auscult::gui {
namespace {

constexpr auto kLongestShutDown = std::chrono::milliseconds(2800);
constexpr auto kShortestPatience = std::chrono::milliseconds(50);

// A microphone's events are stored with their sound; those of a recording can be computed again.
LiveOptions options_for(const SourceSpec& source) {
  LiveOptions options = live_options(source);
  options.lossless = !source.live();  // a file can wait for the window
  if (source.live()) options.clip_dir = default_data_places().event_clips();
  return options;
}

Phase phase_at_end(const LiveStatus& status) {
  return status.error ? Phase::failed : Phase::ended;
}

}  // namespace

Session::Session(std::filesystem::path model_path, SourceSpec source) : source_(std::move(source)) {
  if (const Status started = worker_.start([this](std::stop_token stop) { work(stop); }); !started)
    model_error_ = started.error();
  post([this, path = std::move(model_path), first = source_] {
    load(path, &Mailbox::model_error);
    open(first, std::nullopt, 0);
  });
}

Session::~Session() {
  shut_down();
}

void Session::post(std::function<void()> task) {
  tasks_.push({run_, std::move(task)});
}

// A task that throws counts as an input that cannot be opened; the worker continues with the next task.
void Session::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto task = tasks_.pop(stop, std::chrono::hours(1));
    if (!task || stop.stop_requested()) continue;
    try {
      task->work();
    } catch (const std::exception& failure) {
      log(LogLevel::error, std::string("session: ") + failure.what());
      publish(task->run, Phase::failed,
              Error{ErrorCode::internal,
                    std::string("unexpected failure: ") + failure.what(),
                    {},
                    "start again; please report this"});
    }
  }
  close();
}

bool Session::shut_down() {
  if (shut_down_) return *shut_down_;
  polled_.reset();
  learn_.reset();  // ends a training
  const auto deadline = std::chrono::steady_clock::now() + kLongestShutDown;
  const bool ended = worker_.join(std::chrono::duration_cast<std::chrono::milliseconds>(kLongestShutDown));
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  shut_down_ = events_.close(std::max(left, kShortestPatience)) && ended;
  return *shut_down_;
}

// --- worker thread

bool Session::load(const std::filesystem::path& path, std::optional<Error> Mailbox::*trouble) {
  auto model = load_model(path);
  const std::lock_guard lock(mail_->mutex);
  if (!model) {
    (*mail_).*trouble = model.error();
    return false;
  }
  loaded_ = *model;
  loaded_name_ = path.stem().string();
  loaded_from_ = path;
  mail_->model = view_of(loaded_, path);
  mail_->loaded = loaded_;
  return true;
}

void Session::open(const SourceSpec& source, std::optional<double> threshold, int run, Try how) {
  close();
  if (!loaded_) return;
  if (how == Try::loud) publish(run, Phase::starting);
  auto monitor = std::make_shared<LiveMonitor>(loaded_, make_source(source, *loaded_), options_for(source));
  if (threshold) monitor->set_threshold(*threshold);
  if (const Status started = monitor->start(); !started) {
    if (how == Try::loud) publish(run, Phase::failed, started.error());
    return;
  }
  events_.begin_run(loaded_name_, source.live());  // before anyone can fetch an event
  running_ = monitor;
  publish(run, Phase::running, std::nullopt, std::move(monitor));
}

void Session::close() {
  if (!running_) return;
  running_->stop();
  Event event;
  const std::lock_guard lock(mail_->mutex);
  while (running_->poll_event(event)) {
    events_.keep(event);
    mail_->last_events.push_back(event);
  }
  running_.reset();
  mail_->monitor.reset();
}

void Session::publish(int run, Phase phase, std::optional<Error> error, Monitor monitor) {
  const std::lock_guard lock(mail_->mutex);
  mail_->run = run;
  mail_->phase = phase;
  mail_->error = std::move(error);
  mail_->monitor = std::move(monitor);
}

// --- UI thread

int Session::begin_next_run(Phase phase) {
  polled_.reset();
  begin_run_ = true;
  requested_phase_ = phase;
  return ++run_;
}

void Session::start(SourceSpec source) {
  source_ = std::move(source);
  post([this, spec = source_, threshold = threshold_, run = begin_next_run(Phase::starting)] {
    open(spec, threshold, run);
  });
}

void Session::retry() {
  if (retrying_->exchange(true)) return;  // one attempt at a time, however long it takes
  begin_run_ = true;
  post([this, spec = source_, threshold = threshold_, run = run_, retrying = retrying_] {
    const std::shared_ptr<void> at_end(nullptr,
                                       [&retrying](void*) { retrying->store(false); });  // also after an exception
    open(spec, threshold, run, Try::quiet);
  });
}

void Session::stop() {
  polled_.reset();
  requested_phase_ = Phase::stopping;
  post([this, run = ++run_] {
    close();
    publish(run, Phase::stopped);
  });
}

void Session::tune_input(std::optional<int> channel, double gain_db) {
  if (!source_.live()) return;
  source_.gain_db = gain_db;
  if (polled_) polled_->set_gain_db(gain_db);
  if (std::exchange(source_.channel, channel) != channel) start();
}

bool Session::update(AppState& state) {
  bool news = false;
  if (begin_run_) {
    state.begin_run({source_.live(), source_.label()});
    begin_run_ = false;
    news = true;
  }
  if (requested_phase_) {
    state.set_phase(*requested_phase_);
    requested_phase_.reset();
    news = true;
  }
  news = collect_mail(state) || news;
  follow_threshold(state);
  news = poll_learning() || news;
  news = events_.poll() || news;
  return poll_monitor(state) || news;
}

// Panels change the threshold in AppState alone.
void Session::follow_threshold(const AppState& state) {
  if (!state.model() || threshold_ == state.threshold()) return;
  threshold_ = state.threshold();
  if (polled_) polled_->set_threshold(*threshold_);
}

bool Session::collect_mail(AppState& state) {
  const std::lock_guard lock(mail_->mutex);
  bool news = false;
  const auto take = [&news](auto& slot) { return std::exchange(slot, std::nullopt); };
  if (auto model = take(mail_->model)) {
    threshold_.reset();  // the new model's own
    state.set_model(std::move(*model));
    model_ = std::exchange(mail_->loaded, nullptr);
    news = true;
  }
  if (mail_->model_error) model_error_ = take(mail_->model_error);
  if (mail_->model_trouble) model_trouble_ = take(mail_->model_trouble);
  for (const Event& event : std::exchange(mail_->last_events, {})) {
    state.push(event);
    news = true;
  }
  if (auto list = take(mail_->devices)) {
    devices_ = std::move(*list);
    news = true;
  }
  auto phase = take(mail_->phase);
  auto error = take(mail_->error);
  if (Monitor monitor = std::exchange(mail_->monitor, nullptr); monitor && mail_->run == run_) {
    polled_ = std::move(monitor);
    if (threshold_) polled_->set_threshold(*threshold_);  // it was moved while the monitor was starting
    if (source_.live()) polled_->set_gain_db(source_.gain_db);
  }
  if (phase && mail_->run == run_) {
    state.set_phase(*phase, std::move(error));
    news = true;
  }
  return news;
}

bool Session::poll_monitor(AppState& state) {
  if (!polled_) return false;
  const LiveStatus status = polled_->status();  // before the hops, so that none is missed once the status says finished
  bool news = false;
  LiveHop hop;
  while (polled_->poll(hop)) {
    state.push(hop);
    news = true;
  }
  Event event;
  while (polled_->poll_event(event)) {
    events_.keep(event);
    state.push(event);
    news = true;
  }
  state.set_status(status);
  if (status.finished) {
    std::optional<Error> error = status.error;
    if (error && error->context.empty()) error->context = source_.label();
    state.set_phase(phase_at_end(status), std::move(error));
    polled_.reset();
    news = true;
  }
  return news;
}

}  // namespace auscult::gui
