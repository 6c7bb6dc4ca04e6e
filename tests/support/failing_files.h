// A layer between the program and the disk that fails at a chosen step: the functions of the C library that change
// files are replaced in this test program, and pass on what they are not told to fail. A test saves something once for
// each step of saving it. Test-only; include it in one source file of a test program.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "auscult/error.h"

namespace auscult::test {

/// How a step fails. Interrupted calls and short writes are no failures: the program has to go on by itself.
enum class DiskFault { io_error, full, interrupted, short_write, killed };

inline const char* to_string(DiskFault fault) {
  constexpr const char* kNames[] = {"EIO", "ENOSPC", "EINTR", "short write", "SIGKILL"};
  return kNames[static_cast<int>(fault)];
}

namespace failing {

// Of the thread that is tested; plain values, so that a call from anywhere is safe.
inline thread_local int t_steps_left = 0;  // 0: no fault is planned
inline thread_local DiskFault t_fault = DiskFault::io_error;
inline thread_local const char* t_step = nullptr;

// Whether this call is the one to fail.
inline bool is_chosen(const char* step) {
  if (t_steps_left == 0 || --t_steps_left > 0) return false;
  t_step = step;
  if (t_fault == DiskFault::killed) kill(getpid(), SIGKILL);
  return true;
}

inline int number() {
  return t_fault == DiskFault::io_error ? EIO : t_fault == DiskFault::full ? ENOSPC : EINTR;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// Interrupted calls are failed only where the kernel may interrupt them and a repetition is safe.
template <class Call>
auto step(const char* name, Call&& call) -> decltype(call()) {
  const bool unaffected = t_fault == DiskFault::interrupted || t_fault == DiskFault::short_write;
  if (unaffected || !is_chosen(name)) return call();
  errno = number();
  return -1;
}

template <class Write>
ssize_t write_step(const char* name, size_t size, Write&& write) {
  if (!is_chosen(name)) return write(size);
  if (t_fault == DiskFault::short_write && size > 1) return write(size / 2);
  if (t_fault == DiskFault::short_write) return write(size);
  errno = number();
  return -1;
}

}  // namespace failing

/// Calls `save` with its first step failing, then with its second, until it runs through without the fault. `prepare`
/// comes before each, `check` after it with the outcome and a description of the fault. Returns the number of steps.
inline int fail_each_step(DiskFault fault, const std::function<void()>& prepare, const std::function<Status()>& save,
                          const std::function<void(const Status&, const std::string&)>& check) {
  for (int step = 1; step < 5000; ++step) {
    prepare();
    failing::t_fault = fault;
    failing::t_step = nullptr;
    failing::t_steps_left = step;
    const Status outcome = save();
    failing::t_steps_left = 0;
    if (!failing::t_step) return step - 1;
    check(outcome, std::string(to_string(fault)) + " at step " + std::to_string(step) + ", " + failing::t_step);
    if (::testing::Test::HasFatalFailure()) return step;
  }
  ADD_FAILURE() << "saving has no end";
  return 0;
}

/// The same with a child process that ends itself with SIGKILL at the step.
inline int kill_at_each_step(const std::function<void()>& prepare, const std::function<Status()>& save,
                             const std::function<void(const std::string&)>& check) {
  for (int step = 1; step < 5000; ++step) {
    prepare();
    const pid_t child = fork();
    if (child == 0) {
      failing::t_fault = DiskFault::killed;
      failing::t_steps_left = step;
      _exit(save() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      return step - 1;
    }
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    check("killed at step " + std::to_string(step));
    if (::testing::Test::HasFatalFailure()) return step;
  }
  ADD_FAILURE() << "saving has no end";
  return 0;
}

/// What every failed write has to say.
inline void expect_told(const Status& outcome, const std::string& where) {
  ASSERT_FALSE(outcome) << where;
  EXPECT_EQ(outcome.error().code, ErrorCode::write_failed) << where << ": " << to_message(outcome.error());
  EXPECT_FALSE(outcome.error().what.empty()) << where;
  EXPECT_FALSE(outcome.error().hint.empty()) << where;
}

}  // namespace auscult::test

extern "C" {

#define AUSCULT_STEP(name, parameters, arguments)                                          \
  int name parameters {                                                                    \
    using Function = int(*) parameters;                                                    \
    static const auto real = ::auscult::test::failing::real<Function>(#name);              \
    return ::auscult::test::failing::step(#name, [&]() -> int { return real arguments; }); \
  }
AUSCULT_STEP(fsync, (int fd), (fd))
AUSCULT_STEP(fdatasync, (int fd), (fd))
AUSCULT_STEP(rename, (const char* from, const char* to) noexcept, (from, to))
AUSCULT_STEP(ftruncate, (int fd, off_t size) noexcept, (fd, size))
AUSCULT_STEP(ftruncate64, (int fd, off64_t size) noexcept, (fd, size))
AUSCULT_STEP(mkstemps, (char* name, int suffix), (name, suffix))
AUSCULT_STEP(mkostemp, (char* name, int flags), (name, flags))
#undef AUSCULT_STEP

// Closing always closes: a program that closed again could hit a descriptor of another thread.
int close(int fd) {
  static const auto real = ::auscult::test::failing::real<int (*)(int)>("close");
  const int outcome = real(fd);
  return ::auscult::test::failing::step("close", [&] { return outcome; });
}

#define AUSCULT_OPEN(name)                                                                          \
  int name(const char* path, int flags, ...) {                                                      \
    static const auto real = ::auscult::test::failing::real<int (*)(const char*, int, ...)>(#name); \
    va_list more;                                                                                   \
    va_start(more, flags);                                                                          \
    const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;                  \
    va_end(more);                                                                                   \
    const bool reads = (flags & O_ACCMODE) == O_RDONLY;                                             \
    if (reads) return real(path, flags, mode);                                                      \
    return ::auscult::test::failing::step(#name, [&] { return real(path, flags, mode); });          \
  }
AUSCULT_OPEN(open)
AUSCULT_OPEN(open64)
#undef AUSCULT_OPEN

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = ::auscult::test::failing::real<ssize_t (*)(int, const void*, size_t)>("write");
  return ::auscult::test::failing::write_step("write", size, [&](size_t n) { return real(fd, data, n); });
}

#define AUSCULT_PWRITE(name, offset_type)                                                                      \
  ssize_t name(int fd, const void* data, size_t size, offset_type at) {                                        \
    static const auto real =                                                                                   \
        ::auscult::test::failing::real<ssize_t (*)(int, const void*, size_t, offset_type)>(#name);             \
    return ::auscult::test::failing::write_step(#name, size, [&](size_t n) { return real(fd, data, n, at); }); \
  }
AUSCULT_PWRITE(pwrite, off_t)
AUSCULT_PWRITE(pwrite64, off64_t)
#undef AUSCULT_PWRITE
}
