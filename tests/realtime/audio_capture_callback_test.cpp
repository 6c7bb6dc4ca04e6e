// The audio callbacks, of capture and playback, allocate nothing, take no lock and make no system call. Two independent
// checks: libc functions interposed in this program and armed by a thread-local flag, and the kernel (seccomp), which
// ends a process at any system call. Each check is shown to detect what it is for.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <portaudio.h>

#include "audio/player_session.h"
#include "audio/portaudio_source_callback.h"
#include "audio/portaudio_source_devices.h"
#include "support/pulse.h"

// The sanitizers interpose the same functions and make system calls of their own.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define AUSCULT_INTERPOSE 1
#endif

namespace {

#ifdef AUSCULT_INTERPOSE
// Constant-initialised and trivially destructible, so that reading it from malloc is safe at any time.
thread_local bool t_armed = false;
thread_local int t_calls = 0;
thread_local const char* t_first = nullptr;

void note(const char* name) {
  if (!t_armed) return;
  if (t_calls++ == 0) t_first = name;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
#endif

}  // namespace

#ifdef AUSCULT_INTERPOSE
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) {
  note("malloc");
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  note("calloc");
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  note("realloc");
  return __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) {
  note("memalign");
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  note("aligned_alloc");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  note("posix_memalign");
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : 12;
}
void free(void* block) {
  note("free");
  __libc_free(block);
}

#define AUSCULT_WATCH(result, name, parameters, arguments)      \
  result name parameters {                                      \
    note(#name);                                                \
    static const auto real = next<result(*) parameters>(#name); \
    return real arguments;                                      \
  }
AUSCULT_WATCH(int, pthread_mutex_lock, (pthread_mutex_t * m) noexcept, (m))
AUSCULT_WATCH(int, pthread_mutex_trylock, (pthread_mutex_t * m) noexcept, (m))
AUSCULT_WATCH(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l) noexcept, (l))
AUSCULT_WATCH(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l) noexcept, (l))
AUSCULT_WATCH(int, pthread_cond_signal, (pthread_cond_t * c) noexcept, (c))
AUSCULT_WATCH(int, pthread_cond_broadcast, (pthread_cond_t * c) noexcept, (c))
AUSCULT_WATCH(int, sched_yield, () noexcept, ())
AUSCULT_WATCH(int, nanosleep, (const timespec* t, timespec* r), (t, r))
AUSCULT_WATCH(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size))
AUSCULT_WATCH(ssize_t, read, (int fd, void* data, size_t size), (fd, data, size))
#undef AUSCULT_WATCH
}
#endif

namespace auscult {
namespace {

constexpr int kChannels = 2;
constexpr int kFrames = 512;

#ifdef AUSCULT_INTERPOSE
// Number of calls of the watched functions while `work` ran.
int calls_during(const std::function<void()>& work) {
  t_calls = 0;
  t_first = nullptr;
  t_armed = true;
  work();
  t_armed = false;
  return t_calls;
}

// From here on the kernel ends this process at any system call but exit_group. (Strict mode would also forbid reading
// the processor's time stamp counter, with which the clock is read without a system call.)
bool forbid_system_calls() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(code)), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// How a child process that does `work` under this rule ends: 0, or the signal that killed it.
int end_without_system_calls(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (!forbid_system_calls()) syscall(SYS_exit_group, 77);
    work();
    syscall(SYS_exit_group, 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

#endif

struct CaptureCallback : ::testing::Test {
  CaptureSession session{8.0, 16000, kChannels, kFrames};
  std::vector<float> samples = std::vector<float>(3 * kFrames * kChannels, 0.25f);

  void call(unsigned long frames) { capture_callback(samples.data(), nullptr, frames, nullptr, 0, &session); }

  // A long run: blocks of every kind of size, the ring filling up and overflowing, and input that is missing.
  void call_in_every_way() {
    for (int i = 0; i < 2000; ++i) call(static_cast<unsigned long>(1 + (i * 37) % (3 * kFrames)));
    capture_callback(nullptr, nullptr, kFrames, nullptr, 0, &session);
    capture_finished(&session);
  }
};

TEST_F(CaptureCallback, CopiesStampsAndCounts) {
  call(kFrames);
  call(kFrames);
  SampleBlock block;
  ASSERT_TRUE(session.ring.read(block));
  EXPECT_EQ(block.frames(), kFrames);
  EXPECT_EQ(block.interleaved, std::vector<float>(kFrames * kChannels, 0.25f));
  EXPECT_GT(block.header.time_ns, 0);
  EXPECT_EQ(session.callbacks, 2u);
  EXPECT_EQ(session.ring.captured(), 2u * kFrames);
  EXPECT_GT(session.last_callback_ns, 0);
}

TEST_F(CaptureCallback, CountsMissingInputAsLost) {
  capture_callback(nullptr, nullptr, kFrames, nullptr, 0, &session);
  call(kFrames);
  SampleBlock block;
  ASSERT_TRUE(session.ring.read(block));
  EXPECT_EQ(block.header.lost_before, kFrames);
}

#ifdef AUSCULT_INTERPOSE
TEST_F(CaptureCallback, NeitherAllocatesNorLocksNorCallsTheSystem) {
  EXPECT_EQ(calls_during([this] { call_in_every_way(); }), 0) << "first call: " << (t_first ? t_first : "");
  EXPECT_GT(session.ring.lost(), 0u) << "the full ring was meant to be part of it";
}

TEST_F(CaptureCallback, TheWatcherNoticesAnAllocationALockAndASystemCall) {
  std::unique_ptr<std::vector<float>> kept;
  EXPECT_GT(calls_during([&] { kept = std::make_unique<std::vector<float>>(64); }), 0);
  EXPECT_GT(calls_during([&] { kept.reset(); }), 0);
  std::mutex mutex;
  EXPECT_GT(calls_during([&] { const std::lock_guard lock(mutex); }), 0);
  const int null_file = open("/dev/null", O_WRONLY);
  EXPECT_GT(calls_during([&] { EXPECT_EQ(write(null_file, "x", 1), 1); }), 0);
  close(null_file);
}

// Durations of callbacks, in memory that was written before the first.
class Durations {
 public:
  explicit Durations(std::size_t most) : ns_(most, 0) {}
  void add(std::int64_t ns) noexcept {
    if (count_ < ns_.size()) ns_[count_++] = ns;
  }
  std::size_t count() const { return count_; }
  /// ns that 99.9 % of the callbacks do not exceed.
  std::int64_t p999() const {
    std::vector<std::int64_t> sorted(ns_.begin(), ns_.begin() + static_cast<std::ptrdiff_t>(count_));
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[(sorted.size() - 1) * 999 / 1000];
  }
  void print(const char* of) const {
    std::printf("%zu callbacks %s: 99.9 %% within %.1f us, the longest %.1f us\n", count_, of,
                static_cast<double>(p999()) / 1e3,
                static_cast<double>(*std::max_element(ns_.begin(), ns_.end())) / 1e3);
  }

 private:
  std::vector<std::int64_t> ns_;
  std::size_t count_ = 0;
};

constexpr std::int64_t kBlockNs = 1'000'000'000LL * kFrames / 16000;  // 32 ms until the next callback

// With a reader that keeps up most of the time, so that the ring is empty, full and between.
TEST_F(CaptureCallback, AMillionTimesWithoutAnAllocationALockOrASystemCall) {
  constexpr int kCalls = 1'000'000;
  Durations durations(kCalls);
  SampleBlock block;
  std::uint64_t frames = 0, missing = 0;
  int calls = 0;
  for (int i = 0; i < kCalls; ++i) {
    const auto count = static_cast<unsigned long>(1 + (i * 37) % kFrames);
    const bool without_input = i % 1009 == 0;
    t_calls = 0;
    t_armed = true;
    const std::int64_t begin = steady_now_ns();
    capture_callback(without_input ? nullptr : samples.data(), nullptr, count, nullptr, 0, &session);
    const std::int64_t end = steady_now_ns();
    t_armed = false;
    calls += t_calls;
    durations.add(end - begin);
    frames += count;
    missing += without_input ? count : 0;
    if (i % 4000 < 3500)
      while (session.ring.read(block)) {
      }
  }
  EXPECT_EQ(calls, 0) << "first call: " << (t_first ? t_first : "");
  EXPECT_EQ(session.callbacks, static_cast<std::uint64_t>(kCalls));
  EXPECT_EQ(session.ring.captured() + session.ring.lost(), frames);
  EXPECT_GT(session.ring.lost(), missing) << "the full ring was meant to be part of it";
  EXPECT_LT(durations.p999(), kBlockNs / 10);
  durations.print("in direct calls");
}

struct WatchedStream {
  CaptureSession session{8.0, 16000, 1, kFrames};
  Durations durations{100'000};
  std::atomic<int> calls{0};
};

int watched_callback(const void* input, void* output, unsigned long frames, const PaStreamCallbackTimeInfo* time,
                     PaStreamCallbackFlags flags, void* user) {
  auto& watched = *static_cast<WatchedStream*>(user);
  t_calls = 0;
  t_armed = true;
  const std::int64_t begin = steady_now_ns();
  const int outcome = capture_callback(input, output, frames, time, flags, &watched.session);
  const std::int64_t end = steady_now_ns();
  t_armed = false;
  watched.calls += t_calls;
  watched.durations.add(end - begin);
  return outcome;
}

// In PortAudio's own thread. AUSCULT_CALLBACK_SECONDS sets how long; an ordinary test takes 5 s.
TEST(CaptureCallbackOnADevice, NeitherAllocatesNorLocksNorCallsTheSystem) {
  AUSCULT_REQUIRE_PULSE();
  const test::PulseNullSink pulse;
  pulse.use_in_this_process();
  const char* set = std::getenv("AUSCULT_CALLBACK_SECONDS");
  const int seconds = set ? std::atoi(set) : 5;
  const auto library = PortAudioLibrary::open();
  ASSERT_TRUE(library) << to_message(library.error());
  const auto device = find_device(input_devices(), "default");
  ASSERT_TRUE(device) << to_message(device.error());
  WatchedStream watched;
  const PaStreamParameters parameters{device->index, 1, paFloat32, 0.1, nullptr};
  PaStream* stream = nullptr;
  ASSERT_EQ(Pa_OpenStream(&stream, &parameters, nullptr, 16000, kFrames, paNoFlag, &watched_callback, &watched),
            paNoError);
  ASSERT_EQ(Pa_StartStream(stream), paNoError);
  SampleBlock block;
  std::int64_t received = 0;
  const auto read_all = [&] {
    while (watched.session.ring.read(block)) received += block.frames();
  };
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
       std::chrono::steady_clock::now() < end;) {
    read_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  Pa_CloseStream(stream);
  read_all();
  EXPECT_EQ(watched.calls, 0);
  EXPECT_GE(watched.durations.count(), static_cast<std::size_t>(20 * (seconds - 2)));
  EXPECT_EQ(watched.session.callbacks, watched.durations.count());
  EXPECT_EQ(static_cast<std::uint64_t>(received), watched.session.ring.captured());
  EXPECT_EQ(watched.session.ring.lost(), 0U);
  EXPECT_LT(watched.durations.p999(), kBlockNs / 10);
  watched.durations.print("from PulseAudio");
}

TEST_F(CaptureCallback, MakesNoSystemCallThatTheKernelSees) {
  const int clock_alone = end_without_system_calls([] { steady_now_ns(); });
  if (clock_alone != 0)
    GTEST_SKIP() << "no seccomp here, or this kernel reads the clock by a system call (" << clock_alone << ")";
  EXPECT_EQ(end_without_system_calls([] { getppid(); }), SIGSYS) << "the watcher must notice";
  EXPECT_EQ(end_without_system_calls([this] { call_in_every_way(); }), 0);
}
#endif

struct PlayCallback : ::testing::Test {
  PlaySession session{4 * kFrames, kChannels};
  std::vector<float> output = std::vector<float>(kFrames * kChannels, 9.0F);

  void put(std::size_t frames) {
    const std::vector<float> samples(frames * kChannels, 0.25F);
    session.ring.push(samples.data(), samples.size());
  }
  int call(unsigned long frames) { return play_callback(nullptr, output.data(), frames, nullptr, 0, &session); }
};

TEST_F(PlayCallback, HandsOutWhatIsThereAndSilenceAfterwards) {
  put(kFrames / 2);
  EXPECT_EQ(call(kFrames), 0) << "a stream that ended by itself would cut off what the system still holds";
  EXPECT_EQ(std::vector<float>(output.begin(), output.begin() + kFrames), std::vector<float>(kFrames, 0.25F));
  EXPECT_EQ(std::vector<float>(output.begin() + kFrames, output.end()), std::vector<float>(kFrames, 0.0F));
  EXPECT_EQ(session.played, static_cast<unsigned>(kFrames / 2));
  EXPECT_EQ(session.underruns, 1U);
  EXPECT_EQ(session.callbacks, 1U);
}

TEST_F(PlayCallback, SilenceAfterTheEndIsNoUnderrun) {
  put(kFrames / 2);
  session.all_in = true;
  call(kFrames);
  call(kFrames);
  EXPECT_EQ(session.played, static_cast<unsigned>(kFrames / 2));
  EXPECT_EQ(session.underruns, 0U);
}

#ifdef AUSCULT_INTERPOSE
TEST_F(PlayCallback, NeitherAllocatesNorLocksNorCallsTheSystem) {
  put(3 * kFrames + 100);
  const auto work = [this] {
    for (int i = 0; i < 100; ++i) call(static_cast<unsigned long>(1 + (i * 37) % kFrames));
  };
  EXPECT_EQ(calls_during(work), 0) << "first call: " << (t_first ? t_first : "");
  EXPECT_GT(session.underruns, 0U) << "the empty ring was meant to be part of it";
  if (end_without_system_calls([] {}) != 0) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(end_without_system_calls(work), 0);
}
#endif

}  // namespace
}  // namespace auscult
