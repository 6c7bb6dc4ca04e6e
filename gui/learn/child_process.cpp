#include "gui/learn/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/child_group.h"

namespace auscult::gui {
namespace {

using namespace std::chrono_literals;
constexpr int kNice = 10;
constexpr auto kPatience = 3s;    // between SIGTERM and SIGKILL
constexpr auto kLateOutput = 1s;  // a grandchild may keep the pipes open forever
constexpr std::size_t kMostOutput = 16U << 20U;

void close_fd(int& fd) {
  if (fd >= 0) close(std::exchange(fd, -1));
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& argv) {
  Pipe in, out, err;
  if (argv.empty() || !in.open() || !out.open() || !err.open())
    return fail(ErrorCode::internal, "cannot create a pipe for another program", argv.empty() ? "" : argv.front(),
                "close some programs and try again");
  ChildProcess child;
  if (const int error = spawn_group(argv, {in.read, out.write, err.write}, child.pid_); error != 0)
    return fail(ErrorCode::internal, std::string("the program cannot be started: ") + std::strerror(error),
                argv.front(),
                "check that it is installed: the window needs the programs `auscult` and `auscult-train`");
  // Threads started later inherit this. Capture and display have priority; failing to lower the priority is not an
  // error.
  setpriority(PRIO_PROCESS, static_cast<id_t>(child.pid_), kNice);
  child.in_ = std::exchange(in.write, -1);
  child.out_ = std::exchange(out.read, -1);
  child.err_ = std::exchange(err.read, -1);
  for (const int fd : {child.out_, child.err_}) fcntl(fd, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProcess::~ChildProcess() {
  end();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept {
  *this = std::move(other);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = std::exchange(other.pid_, -1);
  in_ = std::exchange(other.in_, -1);
  out_ = std::exchange(other.out_, -1);
  err_ = std::exchange(other.err_, -1);
  output_ = std::move(other.output_);
  errors_ = std::move(other.errors_);
  ended_ = std::exchange(other.ended_, std::nullopt);
  exit_code_ = std::exchange(other.exit_code_, std::nullopt);
  kill_at_ = std::exchange(other.kill_at_, std::nullopt);
  give_up_output_at_ = std::exchange(other.give_up_output_at_, std::nullopt);
  return *this;
}

void ChildProcess::end() noexcept {
  close_fd(in_);
  if (pid_ > 0 && !ended_) {
    kill(-pid_, SIGTERM);
    const auto deadline = Clock::now() + 500ms;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (Clock::now() > deadline) kill(-pid_, SIGKILL);
      std::this_thread::sleep_for(5ms);
    }
  }
  close_fd(out_);
  close_fd(err_);
  pid_ = -1;
}

bool ChildProcess::drain(int& fd, std::string& into) {
  bool any = false;
  std::array<char, 16384> buffer{};
  while (fd >= 0) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n > 0) {
      any = true;
      if (into.size() < kMostOutput) into.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (n == 0) {
      close_fd(fd);
    } else if (errno != EINTR) {
      if (errno != EAGAIN) close_fd(fd);
      break;
    }
  }
  return any;
}

bool ChildProcess::poll() {
  if (pid_ <= 0 || exit_code_) return false;
  if (!ended_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      give_up_output_at_ = Clock::now() + kLateOutput;
    } else if (kill_at_ && Clock::now() >= *kill_at_) {
      kill(-pid_, SIGKILL);
    }
  }
  bool news = drain(out_, output_);
  news = drain(err_, errors_) || news;
  if (ended_ && ((out_ < 0 && err_ < 0) || Clock::now() >= *give_up_output_at_)) {
    exit_code_ = ended_;
    close_fd(in_);
    news = true;
  }
  return news;
}

std::vector<std::string> ChildProcess::take_error_lines() {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = errors_.find('\n'); at != std::string::npos; at = errors_.find('\n', begin)) {
    lines.push_back(errors_.substr(begin, at - begin));
    begin = at + 1;
  }
  errors_.erase(0, begin);
  if (exit_code_ && !errors_.empty()) lines.push_back(std::exchange(errors_, {}));
  return lines;
}

void ChildProcess::cancel() {
  if (pid_ <= 0 || ended_) return;
  kill(-pid_, SIGTERM);
  if (!kill_at_) kill_at_ = Clock::now() + kPatience;
}

}  // namespace auscult::gui
