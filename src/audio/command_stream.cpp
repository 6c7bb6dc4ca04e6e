#include "audio/command_stream.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "base/child_group.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(2);  // after SIGTERM
constexpr auto kStep = std::chrono::milliseconds(20);

// A shell that runs a command in a process group of its own; its standard output is a pipe.
class Child {
 public:
  static Result<Child> run(const std::string& command);
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  int output() const { return output_; }
  /// Ends the whole group and waits for the shell.
  void end();
  /// "exit code 1", "signal 9"; empty while it runs.
  std::string ending();

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  bool reap();

  pid_t pid_;
  int output_;
  bool reaped_ = false;
  int status_ = 0;
};

Result<Child> Child::run(const std::string& command) {
  Pipe output;
  if (!output.open())
    return fail(ErrorCode::device_unavailable, std::string("no pipe can be made: ") + std::strerror(errno), command);
  pid_t pid = -1;
  if (const int failed = spawn_group({"/bin/sh", "-c", command}, {.out = output.write}, pid); failed != 0)
    return fail(ErrorCode::device_unavailable, std::string("cannot be started: ") + std::strerror(failed), command);
  return Child(pid, std::exchange(output.read, -1));
}

bool Child::reap() {
  if (!reaped_) reaped_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return reaped_;
}

std::string Child::ending() {
  if (pid_ < 0 || !reap()) return {};
  if (WIFSIGNALED(status_)) return "signal " + std::to_string(WTERMSIG(status_));
  return "exit code " + std::to_string(WEXITSTATUS(status_));
}

void Child::end() {
  if (pid_ < 0) return;
  close(output_);
  kill(-pid_, SIGTERM);  // also what the shell has started and left behind
  const auto deadline = Clock::now() + kPatience;
  while (!reap() && Clock::now() < deadline) std::this_thread::sleep_for(kStep);
  kill(-pid_, SIGKILL);
  if (!reaped_) waitpid(pid_, &status_, 0);
  pid_ = -1;
}

class CommandStream final : public SampleSource {
 public:
  CommandStream(std::string command, std::optional<RawFormat> raw) : command_(std::move(command)), raw_(raw) {}

  Status start() override {
    stop();
    AUSCULT_TRY_ASSIGN(Child child, Child::run(command_));
    auto stream = std::shared_ptr<SampleSource>(
        make_pcm_stream({.path = "/dev/fd/" + std::to_string(child.output()), .raw = raw_}));
    AUSCULT_TRY(stream->start());
    child_.emplace(std::move(child));
    set_stream(std::move(stream));
    return {};
  }
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override {
    const auto stream = this->stream();
    if (!stream) return ReadState::end;
    auto outcome = stream->read(block, timeout);
    if (outcome) return outcome;
    Error error = outcome.error();
    error.context = command_;
    if (const std::string ending = child_ ? child_->ending() : std::string(); !ending.empty())
      error.what += " (" + ending + ")";
    return tl::unexpected<Error>(std::move(error));
  }
  void stop() override {
    if (const auto stream = this->stream()) stream->stop();
    child_.reset();
  }
  SourceInfo info() const override {
    const auto stream = this->stream();
    SourceInfo info = stream ? stream->info() : SourceInfo{};
    info.name = command_;
    return info;
  }
  SourceHealth health() const override {
    const auto stream = this->stream();
    return stream ? stream->health() : SourceHealth{};
  }

 private:
  std::shared_ptr<SampleSource> stream() const {
    const std::lock_guard lock(mutex_);
    return stream_;
  }
  void set_stream(std::shared_ptr<SampleSource> stream) {
    const std::lock_guard lock(mutex_);
    stream_ = std::move(stream);
  }

  const std::string command_;
  const std::optional<RawFormat> raw_;
  std::optional<Child> child_;
  mutable std::mutex mutex_;
  std::shared_ptr<SampleSource> stream_;  // under the mutex; of the latest start
};

}  // namespace

std::unique_ptr<SampleSource> make_command_stream(std::string command, std::optional<RawFormat> raw) {
  return std::make_unique<CommandStream>(std::move(command), raw);
}

}  // namespace auscult
