#include "timing/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace auscult::bench {
namespace {

double now_s() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::vector<char*> arguments(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  return argv;
}

Error cannot_start(const std::string& program) {
  return {ErrorCode::program_missing, "the program cannot be started", program, "build or install it"};
}

// A pipe whose ends the child does not inherit.
struct Pipe {
  int from = -1, to = -1;
  Pipe() {
    if (int ends[2]; pipe2(ends, O_CLOEXEC) == 0) from = ends[0], to = ends[1];
  }
  ~Pipe() {
    if (from >= 0) close(from);
    close_to();
  }
  void close_to() {
    if (to >= 0) close(std::exchange(to, -1));
  }
};

// stdin, stdout and stderr are /dev/null; `as` becomes a copy of `fd`. -1: the program cannot be started. posix_spawn
// does not copy the page tables of this large program, as fork would, which would be measured as the child's start.
pid_t spawn(const std::vector<std::string>& command, int fd, int as) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int standard : {0, 1, 2}) posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  if (fd >= 0) posix_spawn_file_actions_adddup2(&actions, fd, as);
  pid_t process = -1;
  const int failed =
      posix_spawnp(&process, command.front().c_str(), &actions, nullptr, arguments(command).data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed ? -1 : process;
}

// The kernel counts this program's own memory in the child's ru_maxrss, so the child is looked at while it runs.
double largest_memory_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024.0;
  return 0.0;
}

}  // namespace

Result<ChildRun> run_child(const std::vector<std::string>& command) {
  Pipe output;
  const double began = now_s();
  const pid_t process = spawn(command, output.to, 1);
  if (process < 0) return tl::unexpected(cannot_start(command.front()));
  output.close_to();
  ChildRun run;
  char bytes[4096];
  for (bool open = true; open;) {
    pollfd news{output.from, POLLIN, 0};
    if (poll(&news, 1, 2) == 0) {
      run.memory_mb = std::max(run.memory_mb, largest_memory_mb(process));
      continue;
    }
    const ssize_t n = read(output.from, bytes, sizeof bytes);
    if (n > 0 && run.output.empty()) run.first_output_s = now_s() - began;
    if (n > 0) run.output.append(bytes, static_cast<std::size_t>(n));
    open = n > 0;
  }
  int status = 0;
  rusage usage{};
  if (wait4(process, &status, 0, &usage) < 0) return tl::unexpected(cannot_start(command.front()));
  run.wall_s = now_s() - began;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.processor_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return run;
}

Result<Companion> Companion::start(const std::vector<std::string>& command, const Environment& extra, int* report) {
  Pipe pipe;
  for (const auto& [name, value] : extra) setenv(name.c_str(), value.c_str(), 1);
  const pid_t process = spawn(command, report ? pipe.to : -1, 3);
  if (process < 0) return tl::unexpected(cannot_start(command.front()));
  if (report) *report = std::exchange(pipe.from, -1);
  return Companion(process);
}

Companion::~Companion() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

double Companion::processor_s() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos) return 0.0;
  std::istringstream fields(text.substr(after_name + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0.0, system = 0.0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool Companion::running() const {
  return waitpid(process_, nullptr, WNOHANG) == 0;
}

Result<std::string> sibling(const std::string& name) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name;
  if (!std::filesystem::exists(path, error)) return tl::unexpected(cannot_start(path.string()));
  return path.string();
}

}  // namespace auscult::bench
