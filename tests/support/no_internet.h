// Programs under a rule of the kernel: whoever asks for an internet socket is ended. Test-only, header-only.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <iterator>

namespace auscult::test {

inline constexpr int kEndedByTheRule = 128 + SIGSYS;

/// For this process and all that it starts. Sockets of other kinds, such as the display's, are allowed.
inline bool forbid_internet() {
  constexpr auto kKind = static_cast<unsigned>(offsetof(seccomp_data, args[0]));  // low half; little endian
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kKind),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_PACKET, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(code)), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// What `run` returns, called in a child process under the rule; 77 if this kernel has no such rules.
inline int without_internet(const std::function<int()>& run) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int code = forbid_internet() ? run() : 77;
    std::fflush(nullptr);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace auscult::test

/// Skips the current test with a message where the rule does not exist or is not noticed.
#define AUSCULT_REQUIRE_NO_INTERNET_RULE()                                                                            \
  if (const int code = ::auscult::test::without_internet([] { return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 2; }); \
      code == 77)                                                                                                     \
    GTEST_SKIP() << "this kernel has no seccomp filters";                                                             \
  else                                                                                                                \
    ASSERT_EQ(code, ::auscult::test::kEndedByTheRule) << "the rule must be noticed"
