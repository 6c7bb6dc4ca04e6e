#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/task_queue.h"
#include "base/worker.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;

// Keeps the lines of the log, and gives stderr back.
class CapturedLog {
 public:
  CapturedLog() {
    set_log_sink([this](LogLevel level, std::string_view line) {
      if (level == LogLevel::error) errors_ += std::string(line) + "\n";
    });
  }
  ~CapturedLog() { set_log_sink({}); }
  const std::string& errors() const { return errors_; }

 private:
  std::string errors_;  // the log holds its lock while it writes a line
};

void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, stop, [] { return false; });
}

TEST(Worker, RunsItsBodyAndEnds) {
  Worker worker("counting");
  std::promise<int> made;
  ASSERT_TRUE(worker.start([&](std::stop_token) { made.set_value(7); }));
  EXPECT_EQ(made.get_future().get(), 7);
  EXPECT_TRUE(worker.join(5s));
  EXPECT_FALSE(worker.running());
  EXPECT_FALSE(worker.failure());
}

TEST(Worker, ReportsAThrowingBodyAndTheProgramLives) {
  const CapturedLog log;
  Worker worker("storage");
  ASSERT_TRUE(worker.start([](std::stop_token) { throw std::runtime_error("the disk has gone"); }));
  EXPECT_TRUE(worker.join(5s));
  const auto failure = worker.failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, ErrorCode::internal);
  EXPECT_EQ(failure->what, "storage stopped: the disk has gone");
  EXPECT_NE(log.errors().find("the disk has gone"), std::string::npos);
}

TEST(Worker, ReportsWhatIsNoStandardException) {
  const CapturedLog log;
  Worker worker("odd");
  ASSERT_TRUE(worker.start([](std::stop_token) { throw 3; }));
  EXPECT_TRUE(worker.join(5s));
  ASSERT_TRUE(worker.failure());
  EXPECT_NE(log.errors().find("odd stopped"), std::string::npos);
}

TEST(Worker, StopsWithinItsDeadline) {
  Worker worker("waiting");
  ASSERT_TRUE(worker.start(wait_for_stop));
  EXPECT_TRUE(worker.running());
  EXPECT_TRUE(worker.join(5s));
  EXPECT_FALSE(worker.running());
}

TEST(Worker, StopsInItsDestructor) {
  std::atomic<bool> ended{false};
  {
    Worker worker("waiting");
    ASSERT_TRUE(worker.start([&](std::stop_token stop) {
      wait_for_stop(stop);
      ended = true;
    }));
  }
  EXPECT_TRUE(ended);
}

TEST(Worker, LeavesAHangingBodyBehindWithAllItOwns) {
  struct Shared {
    std::promise<void> gate;
    std::promise<int> result;
    int value = 5;
  };
  auto shared = std::make_shared<Shared>();
  auto result = shared->result.get_future();
  const std::weak_ptr<Shared> alive = shared;
  {
    Worker worker("hanging", 10ms);
    ASSERT_TRUE(worker.start([shared](std::stop_token) {
      shared->gate.get_future().wait();
      shared->result.set_value(shared->value);
    }));
    EXPECT_FALSE(worker.join(10ms));
    EXPECT_FALSE(worker.running());
    EXPECT_TRUE(worker.join(10ms)) << "left behind: there is nothing to wait for";
  }
  std::promise<void>& gate = shared->gate;
  shared.reset();
  ASSERT_FALSE(alive.expired()) << "the thread owns what it touches";
  gate.set_value();
  EXPECT_EQ(result.get(), 5);
}

TEST(Worker, DestructorWithPatienceLeavesAHangingBodyBehind) {
  auto gate = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  {
    Worker worker("hanging", 10ms);
    ASSERT_TRUE(worker.start([gate, ended](std::stop_token) {
      gate->get_future().wait();
      ended->set_value();
    }));
  }
  gate->set_value();
  EXPECT_EQ(future.wait_for(5s), std::future_status::ready);
}

TEST(Worker, RunsABodyThatNobodyWaitsFor) {
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  ASSERT_TRUE(Worker::run_unattended("alone", [ended] { ended->set_value(); }));
  EXPECT_EQ(future.wait_for(5s), std::future_status::ready);
}

TEST(Worker, CarriesItsNameToTheSystem) {
  std::promise<std::string> seen;
  Worker worker("a name longer than the system takes");
  ASSERT_TRUE(worker.start([&](std::stop_token) {
    char name[32] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    seen.set_value(name);
  }));
  EXPECT_EQ(seen.get_future().get(), "a name longer t");
}

TEST(Worker, StartsAgainAfterItsBodyHasReturned) {
  const CapturedLog log;
  Worker worker("repeated");
  ASSERT_TRUE(worker.start([](std::stop_token) { throw std::runtime_error("once"); }));
  ASSERT_TRUE(worker.join(5s));
  ASSERT_TRUE(worker.failure());
  ASSERT_TRUE(worker.start(wait_for_stop));
  EXPECT_FALSE(worker.failure());
  EXPECT_FALSE(worker.start(wait_for_stop)) << "it is running";
}

TEST(Worker, ForgetsWhatItsBodyOwnedBeforeJoinReturns) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = owned;
  Worker worker("owner");
  ASSERT_TRUE(worker.start([owned = std::move(owned)](std::stop_token) {}));
  ASSERT_TRUE(worker.join(5s));
  EXPECT_TRUE(alive.expired());
}

TEST(TaskQueue, WakesUpForAStopAndStillGivesWhatIsLeft) {
  TaskQueue<int> queue;
  std::vector<int> got;
  Worker worker("queue");
  ASSERT_TRUE(worker.start([&](std::stop_token stop) {
    while (!stop.stop_requested() || !got.empty()) {
      const auto item = queue.pop(stop, 1h);
      if (!item) return;
      got.push_back(*item);
    }
  }));
  queue.push(1);
  queue.push(2);
  EXPECT_TRUE(worker.join(5s));
  while (const auto left = queue.try_pop()) got.push_back(*left);
  EXPECT_EQ(got, (std::vector{1, 2}));
}

TEST(RunSideBySide, EveryCallHasReturnedAndTheCallersThreadWorksToo) {
  std::atomic<int> calls{0};
  std::atomic<bool> own{false};
  const auto caller = std::this_thread::get_id();
  run_side_by_side("test", 4, [&] {
    ++calls;
    if (std::this_thread::get_id() == caller) own = true;
  });
  EXPECT_EQ(calls, 4);
  EXPECT_TRUE(own);
}

TEST(RunSideBySide, AnExceptionOnAnyThreadReachesTheCaller) {
  const auto caller = std::this_thread::get_id();
  EXPECT_THROW(run_side_by_side("test", 4,
                                [&] {
                                  if (std::this_thread::get_id() != caller) throw std::runtime_error("lost work");
                                }),
               std::runtime_error);
}

TEST(RunSideBySide, OneThreadIsTheCallers) {
  int calls = 0;
  run_side_by_side("test", 1, [&] { ++calls; });
  run_side_by_side("test", 0, [&] { ++calls; });
  EXPECT_EQ(calls, 2) << "the caller always takes part";
}

}  // namespace
}  // namespace auscult
