// Following, panning and zooming over stream time.
#include <gtest/gtest.h>

#include "gui/plot/time_view.h"

namespace auscult::gui {
namespace {

constexpr TimeView::Extent kExtent{100.0, 700.0};

TEST(TimeView, FollowsTheNewestSound) {
  const TimeView view;
  EXPECT_TRUE(view.following());
  EXPECT_EQ(view.span({0.0, 200.0}), (TimeSpan{140.0, 200.0}));
  EXPECT_EQ(view.span({0.0, 201.0}), (TimeSpan{141.0, 201.0}));
}

TEST(TimeView, StaysWhereItIsPannedTo) {
  TimeView view;
  view.pan(-100.0, kExtent);
  EXPECT_FALSE(view.following());
  EXPECT_EQ(view.span(kExtent), (TimeSpan{540.0, 600.0}));
  EXPECT_EQ(view.span({100.0, 900.0}), (TimeSpan{540.0, 600.0})) << "new sound does not move it";
}

TEST(TimeView, StopsAtTheOldestSound) {
  TimeView view;
  view.pan(-1e6, kExtent);
  EXPECT_EQ(view.span(kExtent), (TimeSpan{100.0, 160.0}));
}

TEST(TimeView, FollowsAgainOnceMovedToTheNewest) {
  TimeView view;
  view.pan(-100.0, kExtent);
  view.pan(99.0, kExtent);
  EXPECT_FALSE(view.following());
  view.pan(2.0, kExtent);
  EXPECT_TRUE(view.following());
  view.pan(-100.0, kExtent);
  view.follow();
  EXPECT_EQ(view.span(kExtent).end, 700.0);
}

TEST(TimeView, ZoomsAtTheCursor) {
  TimeView view;
  view.pan(-300.0, kExtent);  // 340 .. 400
  view.zoom(0.5, 360.0, kExtent);
  EXPECT_EQ(view.span(kExtent), (TimeSpan{350.0, 380.0})) << "360 s stays at a third";
  view.zoom(2.0, 360.0, kExtent);
  EXPECT_EQ(view.span(kExtent), (TimeSpan{340.0, 400.0}));
}

TEST(TimeView, KeepsFollowingWhileItZooms) {
  TimeView view;
  view.zoom(0.1, 650.0, kExtent);
  EXPECT_TRUE(view.following());
  EXPECT_EQ(view.span(kExtent), (TimeSpan{694.0, 700.0}));
}

TEST(TimeView, HasLimits) {
  TimeView view;
  for (int i = 0; i < 100; ++i) view.zoom(0.5, std::nullopt, kExtent);
  EXPECT_EQ(view.seconds(), TimeView::kShortest);
  for (int i = 0; i < 100; ++i) view.zoom(2.0, std::nullopt, kExtent);
  EXPECT_EQ(view.seconds(), TimeView::kLongest);
  view.pan(-5.0, kExtent);
  EXPECT_TRUE(view.following()) << "all there is fits";
}

TEST(TimeView, BringsAMomentIntoTheMiddle) {
  TimeView view;
  view.show(300.0, kExtent);
  EXPECT_EQ(view.span(kExtent), (TimeSpan{270.0, 330.0}));
  view.show(699.0, kExtent);
  EXPECT_TRUE(view.following());
}

}  // namespace
}  // namespace auscult::gui
