#include <cmath>

#include <gtest/gtest.h>

#include "gui/history.h"
#include "support/gui_hops.h"

namespace auscult::gui {
namespace {

using test::hop_at;

constexpr double kHop = 0.032;
constexpr TimeSpan kAll{0.0, 1e6};

TEST(HistoryCells, KeepDecibelsWithinHalfAStepOverTheirRange) {
  for (float db = kCellFloorDb; db < 50.0F; db += 0.37F)
    EXPECT_NEAR(db_from_cell(cell_from_db(db)), db, kCellStepDb / 2 + 1e-3F);
}

TEST(HistoryCells, NeverCallALoudnessMissing) {
  EXPECT_EQ(cell_from_db(-1000.0F), 1);
  EXPECT_EQ(cell_from_db(NAN), 1);
  EXPECT_EQ(cell_from_db(1000.0F), 255);
}

TEST(HistoryCells, KeepSmallSharesApart) {
  for (const float share : {0.0F, 0.002F, 1.0F / 64, 0.1F, 0.5F, 1.0F})
    EXPECT_NEAR(share_from_cell(cell_from_share(share)), share, 0.01F * share + 0.004F * std::sqrt(share) + 1e-5F);
  EXPECT_NE(cell_from_share(0.0F), kMissingCell) << "nothing unusual is not nothing known";
}

TEST(History, KeepsWhyWhereItIsKnown) {
  History history(4, kHop);
  history.push(hop_at(0, kHop));
  LiveHop hop = hop_at(1, kHop);
  hop.n_why = hop.n_mels;
  hop.why[40] = 1.0F;
  history.push(hop);
  EXPECT_TRUE(history.why(0).empty());
  ASSERT_EQ(history.why(1).size(), 64U);
  EXPECT_FLOAT_EQ(history.why(1)[40], 1.0F);
  EXPECT_FLOAT_EQ(history.why(1)[39], 0.0F);
}

TEST(History, KeepsTheLatestColumnsInOrder) {
  History history(10, kHop);
  for (int i = 0; i < 25; ++i) history.push(hop_at(i, kHop));
  EXPECT_EQ(history.end_column() - history.first_column(), 10);
  for (std::int64_t c = history.first_column(); c < history.end_column(); ++c)
    EXPECT_FLOAT_EQ(history.record(c).fused, static_cast<float>(c));
  EXPECT_DOUBLE_EQ(history.end_time(), 25 * kHop);
}

TEST(History, KeepsEachColumnsSpectrum) {
  History history(4, kHop);
  for (int i = 0; i < 6; ++i) {
    LiveHop hop = hop_at(i, kHop);
    hop.linear_db.fill(-static_cast<float>(i) * 6.0F);
    history.push(hop);
  }
  for (std::int64_t c = history.first_column(); c < history.end_column(); ++c) {
    ASSERT_EQ(history.cells(Spectrum::linear, c).size(), 513U);
    EXPECT_EQ(history.cells(Spectrum::linear, c)[100], cell_from_db(-static_cast<float>(c) * 6.0F));
  }
}

TEST(History, KeepsEveryBandOfAFrontendWithManyBands) {
  History history(10, kHop);
  LiveHop hop = hop_at(0, kHop);
  hop.n_mels = hop.n_why = kMaxMels;
  hop.mel_db[kMaxMels - 1] = -20.0F;
  hop.why[kMaxMels - 1] = 1.0F;
  history.push(hop);
  ASSERT_EQ(history.bins(Spectrum::mel), kMaxMels);
  EXPECT_NEAR(db_from_cell(history.cells(Spectrum::mel, 0)[kMaxMels - 1]), -20.0F, kCellStepDb);
  EXPECT_NEAR(history.why(0)[kMaxMels - 1], 1.0F, 0.01F);
}

TEST(History, LeavesAGapAsWideAsTheTimeThatWasLost) {
  History history(100, kHop);
  history.push(hop_at(0, kHop));
  LiveHop later = hop_at(11, kHop);
  later.gap_before = 5120;
  history.push(later);
  ASSERT_EQ(history.end_column(), 12);
  const auto gaps = gap_spans(history, kAll);
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_NEAR(gaps[0].begin, 1 * kHop, 1e-9);
  EXPECT_NEAR(gaps[0].end, 11 * kHop, 1e-9);
  EXPECT_EQ(history.cells(Spectrum::mel, 5)[0], kMissingCell);
  EXPECT_TRUE(history.record(11).after_gap);
}

TEST(History, SurvivesAGapLongerThanItself) {
  History history(10, kHop);
  history.push(hop_at(0, kHop));
  history.push(hop_at(1'000'000, kHop));
  EXPECT_EQ(history.end_column(), 1'000'001);
  EXPECT_EQ(history.end_column() - history.first_column(), 10);
  EXPECT_TRUE(history.record(1'000'000).present);
  EXPECT_FALSE(history.record(999'995).present);
}

TEST(History, HasNoEnergyBeforeTheDetectorsFirstOne) {
  History history(10, kHop);
  LiveHop silent = hop_at(0, kHop);
  silent.traces[0].fresh = false;
  history.push(silent);
  EXPECT_TRUE(std::isnan(history.record(0).energy[0]));
  EXPECT_TRUE(std::isnan(history.record(0).fused));
  history.push(hop_at(1, kHop));
  LiveHop repeated = hop_at(2, kHop);
  repeated.traces[0].fresh = false;
  history.push(repeated);
  EXPECT_FALSE(std::isnan(history.record(2).energy[0]));
}

TEST(History, ForgetsEnergiesAtAGapUntilTheNextOne) {
  History history(10, kHop);
  history.push(hop_at(0, kHop));
  LiveHop after = hop_at(1, kHop);
  after.gap_before = 1;
  after.traces[0].fresh = false;
  history.push(after);
  EXPECT_TRUE(std::isnan(history.record(1).energy[0]));
}

TEST(HistoryAlarmSpans, CoverExactlyTheHopsOfTheAlarm) {
  History history(100, kHop);
  for (int i = 0; i < 50; ++i) {
    LiveHop hop = hop_at(i, kHop);
    const bool alarm = (i >= 10 && i < 20) || i >= 40;
    hop.state = alarm ? AlarmState::alarm : AlarmState::suspicious;
    history.push(hop);
  }
  const auto spans = alarm_spans(history, kAll);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_NEAR(spans[0].begin, 10 * kHop, 1e-9);
  EXPECT_NEAR(spans[0].end, 20 * kHop, 1e-9);
  EXPECT_NEAR(spans[1].end, history.end_time(), 1e-9);
}

TEST(HistoryOffSpans, CoverTheTimeInWhichTheMachineWasOff) {
  History history(100, kHop);
  for (int i = 0; i < 10; ++i) {
    LiveHop hop = hop_at(i, kHop);
    if (i < 4) hop.state = AlarmState::not_running;
    history.push(hop);
  }
  ASSERT_EQ(off_spans(history, kAll).size(), 1U);
  EXPECT_NEAR(off_spans(history, kAll)[0].end, 4 * kHop, 1e-9);
}

}  // namespace
}  // namespace auscult::gui
