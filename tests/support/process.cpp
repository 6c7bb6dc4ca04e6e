#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "support/wait.h"

extern char** environ;

namespace auscult::test {
namespace {

using Clock = std::chrono::steady_clock;

int spawn(const std::vector<std::string>& argv, const Environment& extra, int out_fd, int err_fd) {
  const int pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid > 0) return pid;
  setpgid(0, 0);
  const int null_fd = open("/dev/null", O_RDONLY);
  dup2(null_fd, 0);
  dup2(out_fd, 1);
  dup2(err_fd, 2);
  for (int fd = 3; fd < 256; ++fd) close(fd);
  for (const auto& [name, value] : extra) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> raw;
  for (const auto& argument : argv) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  execvp(raw[0], raw.data());
  _exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Returns false once the pipe is at its end.
bool drain(int fd, std::string& into) {
  char buffer[65536];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  if (n > 0) into.append(buffer, static_cast<size_t>(n));
  return n > 0;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const Environment& extra,
                          std::chrono::seconds timeout) {
  int out_pipe[2], err_pipe[2];
  if (pipe2(out_pipe, O_CLOEXEC) || pipe2(err_pipe, O_CLOEXEC)) throw std::runtime_error("pipe failed");
  const int pid = spawn(argv, extra, out_pipe[1], err_pipe[1]);
  close(out_pipe[1]);
  close(err_pipe[1]);

  ProcessResult result;
  const auto deadline = Clock::now() + timeout;
  bool out_open = true, err_open = true;
  while (out_open || err_open) {
    pollfd fds[2] = {{out_open ? out_pipe[0] : -1, POLLIN, 0}, {err_open ? err_pipe[0] : -1, POLLIN, 0}};
    poll(fds, 2, 100);
    if (fds[0].revents) out_open = drain(out_pipe[0], result.out);
    if (fds[1].revents) err_open = drain(err_pipe[0], result.err);
    if (Clock::now() > deadline && !result.timed_out) {
      result.timed_out = true;
      kill(-pid, SIGKILL);
      kill(pid, SIGKILL);
    }
  }
  close(out_pipe[0]);
  close(err_pipe[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  result.exit_code = exit_code_of(status);
  return result;
}

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv, const Environment& extra,
                                     const std::string& stdout_path, const std::string& stderr_path) {
  const int out = open(stdout_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int err = open(stderr_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0 || err < 0) throw std::runtime_error("cannot open output files of " + argv[0]);
  pid_ = spawn(argv, extra, out, err);
  close(out);
  close(err);
}

BackgroundProcess::~BackgroundProcess() {
  if (running()) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    wait(std::chrono::seconds(5));
  }
}

bool BackgroundProcess::running() {
  return wait(std::chrono::milliseconds(0)) == -1 && !reaped_;
}

void BackgroundProcess::signal(int number) {
  if (!reaped_) kill(pid_, number);
}

int BackgroundProcess::wait(std::chrono::milliseconds timeout) {
  const auto ended = [&] {
    int status = 0;
    if (reaped_ || waitpid(pid_, &status, WNOHANG) != pid_) return reaped_;
    reaped_ = true;
    exit_code_ = exit_code_of(status);
    return true;
  };
  return eventually(ended, timeout) ? exit_code_ : -1;
}

std::string program(const std::string& name) {
  return std::string(AUSCULT_BIN_DIR) + "/" + name;
}

ProcessResult auscult(std::vector<std::string> arguments, const Environment& extra) {
  arguments.insert(arguments.begin(), program("auscult"));
  return run_process(arguments, extra);
}

}  // namespace auscult::test
