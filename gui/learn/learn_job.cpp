#include "gui/learn/learn_job.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>

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

fs::path unused(const fs::path& wanted) {
  fs::path path = wanted;
  std::error_code error;
  for (int i = 2; fs::exists(path, error); ++i) path = wanted.string() + "-" + std::to_string(i);
  return path;
}

const std::string kProvisional = ".learning-";

// Provisional models of windows that have crashed.
void remove_leftovers(const fs::path& models) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(models, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kProvisional)) continue;
    const int pid = std::atoi(name.c_str() + kProvisional.size());
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), error);
  }
}

// The error of a child that ended without reporting one.
Error error_of(const std::string& messages, int exit_code) {
  if (exit_code > 128)
    return {ErrorCode::internal,
            "training was terminated from outside (signal " + std::to_string(exit_code - 128) + ")", "",
            "memory may be short: close other programs and train again; the recording is kept"};
  return {ErrorCode::internal, "training ended without a result (exit code " + std::to_string(exit_code) + ")",
          messages, "train again; the recording is kept"};
}

}  // namespace

const char* to_string(LearnStage stage) {
  switch (stage) {
    case LearnStage::idle:
      return "idle";
    case LearnStage::recording:
      return "recording";
    case LearnStage::ready:
      return "ready";
    case LearnStage::training:
      return "training";
    case LearnStage::review:
      return "review";
    case LearnStage::saving:
      return "saving";
    case LearnStage::saved:
      return "saved";
    case LearnStage::failed:
      return "failed";
    case LearnStage::cancelled:
      return "cancelled";
  }
  return "idle";
}

std::string file_name_for(const std::string& machine) {
  std::string name;
  for (const char c : machine) name += c == '/' || c == '\\' || static_cast<unsigned char>(c) < 32 ? '_' : c;
  const auto begin = name.find_first_not_of(" .");
  if (begin == std::string::npos) return "my machine";
  name = name.substr(begin, name.find_last_not_of(' ') - begin + 1);
  constexpr std::size_t kMost = 80;
  if (name.size() > kMost) {
    std::size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;  // between characters
    name.resize(end);
  }
  return name;
}

LearnJob::LearnJob(LearnHooks hooks) : hooks_(std::move(hooks)) {}

LearnJob::~LearnJob() {
  child_.reset();
  if (saving_.valid()) saving_.wait();
  remove_trained();
  let_go();
}

void LearnJob::give_up(Error error) {
  child_.reset();
  remove_trained();
  error_ = std::move(error);
  set_stage(LearnStage::failed);
}

void LearnJob::remove_trained() {
  if (trained_.empty()) return;
  std::error_code error;
  fs::remove(std::exchange(trained_, {}), error);
}

// --- recording

Status LearnJob::make_room(double seconds) const {
  const fs::path recordings = hooks_.places.recordings();
  std::error_code error;
  fs::create_directories(recordings, error);
  if (error)
    return fail(ErrorCode::write_failed, "cannot create the folder for recordings: " + error.message(),
                recordings.string(), "check the disk and its permissions");
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

void LearnJob::use_folder(const fs::path& folder, const std::string& machine) {
  if (stage_ == LearnStage::recording || stage_ == LearnStage::training || stage_ == LearnStage::saving) return;
  reset();
  machine_ = machine;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    give_up({ErrorCode::file_not_found, "the folder does not exist", folder.string(),
             "name a folder with WAV, FLAC or Ogg recordings of the machine in normal operation"});
    return;
  }
  folder_ = folder;
  set_stage(LearnStage::ready);
  train();
}

// --- training

// The sound of events is deleted when its quota is used up, possibly during training: hard links keep it.
Status LearnJob::hold(const std::vector<fs::path>& added) {
  const fs::path models = hooks_.places.models();
  std::error_code error;
  fs::create_directories(models, error);
  remove_leftovers(models);
  held_ = models / (kProvisional + std::to_string(getpid()) + "-added");
  fs::remove_all(held_, error);
  fs::create_directories(held_, error);
  for (const fs::path& file : added) {
    const fs::path own = unused(held_ / file.filename());
    fs::create_hard_link(file, own, error);
    if (error) fs::copy_file(file, own, error);  // on another file system
    if (!error) relearning_->added.push_back(own);
  }
  if (!relearning_->added.empty()) return {};
  return fail(ErrorCode::write_failed, "cannot copy the sound of the false alarms: " + error.message(), held_.string(),
              "check the disk, and whether the sound of these events was deleted to make room");
}

void LearnJob::let_go() {
  if (held_.empty()) return;
  std::error_code error;
  fs::remove_all(std::exchange(held_, {}), error);
}

void LearnJob::relearn(const fs::path& model, const std::string& machine, std::vector<fs::path> added) {
  if (stage_ == LearnStage::recording || stage_ == LearnStage::training || stage_ == LearnStage::saving ||
      added.empty())
    return;
  reset();
  machine_ = machine;
  relearning_ = {model, {}, {}};
  if (auto held = hold(added); !held) {
    give_up(held.error());
    return;
  }
  // A missing folder is skipped without an error: the model may have been trained on the user's own recordings.
  std::error_code error;
  if (const fs::path own = hooks_.places.recordings(); fs::is_directory(own, error))
    relearning_->recordings.push_back(own);
  if (relearning_->recordings.empty()) {
    give_up({ErrorCode::not_enough_data, "the model's training recordings were not found among those of this program",
             "", "name the folder that holds them"});
    return;
  }
  start_training();
}

void LearnJob::relearn_again() {
  const bool over = stage_ == LearnStage::failed || stage_ == LearnStage::cancelled;
  if (relearning_ && !child_ && over && !relearning_->added.empty() && !relearning_->recordings.empty())
    start_training();
}

void LearnJob::look_also_in(const fs::path& folder) {
  if (!relearning_ || child_ || (stage_ != LearnStage::failed && stage_ != LearnStage::cancelled)) return;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    give_up({ErrorCode::file_not_found, "the folder does not exist", folder.string(),
             "name the folder that holds the model's training recordings"});
    return;
  }
  relearning_->recordings.push_back(folder);
  start_training();
}

std::vector<std::string> LearnJob::command() const {
  std::vector<std::string> argv = hooks_.trainer;
  if (relearning_) {
    argv.insert(argv.end(), {"refit", relearning_->model.string(), "-o", trained_.string(), "--json", "--progress",
                             "json", "--end-with-stdin", "--recordings"});
    for (const fs::path& folder : relearning_->recordings) argv.push_back(folder.string());
    argv.emplace_back("--add");
    for (const fs::path& file : relearning_->added) argv.push_back(file.string());
    return argv;
  }
  for (std::string argument : {std::string("train"), folder_.string(), std::string("-o"), trained_.string(),
                               std::string("--preset"), hooks_.preset, std::string("--json"), std::string("--progress"),
                               std::string("json"), std::string("--end-with-stdin")})
    argv.push_back(std::move(argument));
  if (!recorded_here_) return argv;
  const auto add = [&argv](const char* option, const std::string& value) {
    argv.emplace_back(option);
    argv.push_back(value);
  };
  if (!input_.device.empty()) add("--device", input_.device);
  if (input_.sample_rate > 0) add("--input-rate", std::to_string(input_.sample_rate));
  if (input_.channels > 0) add("--input-channels", std::to_string(input_.channels));
  add("--input-channel", std::to_string(input_.channel));
  return argv;
}

bool LearnJob::may_train_again() const {
  const bool over = stage_ == LearnStage::failed || stage_ == LearnStage::cancelled;
  return over && !child_ && recorded_here_ && recording_.stored_seconds >= kLeastLearnSeconds - kRecordedClipSeconds;
}

void LearnJob::train() {
  if (stage_ == LearnStage::ready || may_train_again()) start_training();
}

void LearnJob::start_training() {
  error_.reset();
  const fs::path models = hooks_.places.models();
  std::error_code error;
  fs::create_directories(models, error);
  if (error) {
    give_up({ErrorCode::write_failed, "cannot create the folder for models: " + error.message(), models.string(),
             "check the disk and its permissions"});
    return;
  }
  remove_leftovers(models);
  trained_ = models / (kProvisional + std::to_string(getpid()) + ".safetensors");
  progress_ = {};
  messages_.clear();
  child_error_.reset();
  auto started = ChildProcess::start(command());
  if (!started) {
    give_up(started.error());
    return;
  }
  child_ = std::move(*started);
  set_stage(LearnStage::training);
}

bool LearnJob::poll_training() {
  if (!child_->poll()) return false;
  for (const std::string& line : child_->take_error_lines())
    hear(line);
  if (const auto code = child_->exit_code()) training_ended(*code);
  return true;
}

void LearnJob::hear(const std::string& line) {
  const auto message = parse_training_message(line);
  if (!message) {
    messages_ += line + "\n";
  } else if (const auto* stage = std::get_if<StageMessage>(&*message)) {
    progress_.add(*stage);
  } else if (const auto* loss = std::get_if<LossMessage>(&*message)) {
    progress_.add(*loss);
  } else {
    child_error_ = std::get<Error>(*message);
  }
}

void LearnJob::training_ended(int exit_code) {
  const std::string output = child_->output();
  child_.reset();
  if (exit_code != 0) {
    give_up(child_error_ ? *child_error_ : error_of(messages_, exit_code));
    return;
  }
  auto result = parse_training_summary(output);
  if (!result) {
    give_up({ErrorCode::internal, "training ended, but its report cannot be read", result.error().context,
             "check that the window and the command-line program have the same version"});
    return;
  }
  result_ = std::move(*result);
  rate_.reset();
  error_.reset();
  set_stage(LearnStage::review);
}

// --- review

double LearnJob::threshold() const {
  return rate_ && *rate_ < result_.held_out.rates.size() ? result_.held_out.rates[*rate_].threshold : result_.live_threshold;
}

void LearnJob::choose_rate(std::optional<std::size_t> rate) {
  if (!rate || *rate < result_.held_out.rates.size()) rate_ = rate;
}

fs::path LearnJob::target(const std::string& name) const {
  return hooks_.places.models() / (file_name_for(name) + ".safetensors");
}

bool LearnJob::target_exists(const std::string& name) const {
  std::error_code error;
  return fs::exists(target(name), error);
}

void LearnJob::save(const std::string& name, bool overwrite) {
  if (stage_ != LearnStage::review) return;
  if (target_exists(name) && !overwrite) {
    error_ = Error{ErrorCode::usage, "a model of that name exists", target(name).string(),
                   "choose another name, or replace it"};
    return;
  }
  error_.reset();
  saving_to_ = target(name);
  LearnedModel learned{trained_, saving_to_, name, threshold()};
  if (relearning_) {
    learned.machine = machine_;  // a model's name may differ from its machine's
    learned.added = relearning_->added;
    learned.keep_in = hooks_.places.recordings() / (file_name_for(name) + " false alarms");
  }
  saving_ = std::async(std::launch::async, hooks_.save, learned);
  set_stage(LearnStage::saving);
}

bool LearnJob::poll_saving() {
  if (saving_.wait_for(0s) != std::future_status::ready) return false;
  if (const Status saved = saving_.get(); !saved) {
    error_ = saved.error();
    set_stage(LearnStage::review);
    return true;
  }
  remove_trained();
  let_go();
  saved_ = saving_to_;
  set_stage(LearnStage::saved);
  return true;
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

// --- all stages

void LearnJob::cancel() {
  if (stage_ == LearnStage::recording) hooks_.stop_recording();
  if (stage_ == LearnStage::saving || stage_ == LearnStage::saved || stage_ == LearnStage::idle) return;
  if (child_) {
    child_->cancel();  // polled until it has ended
    set_stage(LearnStage::cancelled);
    return;
  }
  remove_trained();
  set_stage(LearnStage::cancelled);
}

void LearnJob::reset() {
  if (stage_ == LearnStage::saving) return;
  if (stage_ == LearnStage::recording) hooks_.stop_recording();
  child_.reset();
  remove_trained();
  error_.reset();
  recording_ = {};
  quality_ = {};
  progress_ = {};
  result_ = {};
  rate_.reset();
  folder_.clear();
  saved_.clear();
  recorded_here_ = false;
  relearning_.reset();
  let_go();
  next_look_ = {};
  set_stage(LearnStage::idle);
}

bool LearnJob::poll() {
  switch (stage_) {
    case LearnStage::recording:
      return poll_recording();
    case LearnStage::training:
      return poll_training();
    case LearnStage::saving:
      return poll_saving();
    case LearnStage::cancelled:
      if (child_) child_->poll();
      if (child_ && child_->exit_code()) {
        child_.reset();
        remove_trained();
        return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace auscult::gui
