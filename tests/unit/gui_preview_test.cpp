// Past alarms in the history under another threshold or policy.
#include <gtest/gtest.h>

#include "gui/preview.h"
#include "support/gui_hops.h"

namespace auscult::gui {
namespace {

constexpr double kHop = 0.032;

// Quiet, but for `length` hops of u = 5 from `begin` on.
History with_burst(int begin, int length, AlarmState state = AlarmState::normal) {
  History history(2000, kHop);
  for (int i = 0; i < 1000; ++i) {
    LiveHop hop = test::hop_at(i, kHop);
    hop.fused = i >= begin && i < begin + length ? 5.0 : 0.5;
    hop.state = state;
    history.push(hop);
  }
  return history;
}

EventPolicy policy(double threshold) {
  EventPolicy p;
  p.threshold = threshold;
  return p;
}

TEST(Preview, FindsWhatTheThresholdWouldHaveFound) {
  const History history = with_burst(300, 60);
  ASSERT_EQ(events_in(history, policy(3.0)).size(), 1U);
  EXPECT_NEAR(events_in(history, policy(3.0))[0].start_s, 301 * kHop, 0.1);
  EXPECT_TRUE(events_in(history, policy(6.0)).empty());
}

TEST(Preview, FollowsTheConfirmation) {
  const History history = with_burst(300, 6);
  EventPolicy p = policy(3.0);
  EXPECT_TRUE(events_in(history, p).empty()) << "6 of 16 hops are less than 8";
  p.confirm_k = 4;
  EXPECT_EQ(events_in(history, p).size(), 1U);
}

TEST(Preview, CountsWhatIsUnderWayAtTheEnd) {
  EXPECT_EQ(events_in(with_burst(980, 20), policy(3.0)).size(), 1U);
}

TEST(Preview, JudgesNothingWhileTheMachineIsOff) {
  EXPECT_TRUE(events_in(with_burst(300, 60, AlarmState::not_running), policy(3.0)).empty());
}

TEST(Preview, OfAPolicyThatMakesNoSenseIsEmpty) {
  EventPolicy p = policy(3.0);
  p.confirm_k = 20;
  p.confirm_n = 5;
  EXPECT_TRUE(events_in(with_burst(300, 60), p).empty());
}

}  // namespace
}  // namespace auscult::gui
