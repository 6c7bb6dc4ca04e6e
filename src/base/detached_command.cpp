#include "base/detached_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

namespace auscult {
namespace {

std::mutex g_mutex;
std::vector<pid_t> g_running;

// Removes children that have ended from the process table.
void forget_ended() {
  std::erase_if(g_running, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Status run_detached(const std::vector<std::string>& argv,
                    const std::vector<std::pair<std::string, std::string>>& environment) {
  std::vector<std::string> arguments = argv, variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  for (char** variable = environ; variable && *variable; ++variable) variables.emplace_back(*variable);

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);  // stdout may be read by a program
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, arguments.at(0).c_str(), &actions, &attributes, pointers(arguments).data(),
                                  pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return fail(ErrorCode::internal, "a program cannot be started: " + std::string(std::strerror(failed)),
                arguments[0]);
  const std::lock_guard lock(g_mutex);
  forget_ended();
  g_running.push_back(pid);
  return {};
}

}  // namespace auscult
