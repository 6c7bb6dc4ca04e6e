// Views of scored recordings are recomputed only when something has changed. "The same object" is checked by the
// address of its numbers: a new computation puts them elsewhere while the old ones still exist.
#include <gtest/gtest.h>

#include "gui/batch/score_view.h"

namespace auscult::gui {
namespace {

ScoreList list(Label third = Label::abnormal) {
  ScoreList scores;
  std::vector<Clip> clips(4);
  const Label labels[] = {Label::normal, Label::abnormal, third, Label::normal};
  for (std::size_t i = 0; i < clips.size(); ++i) {
    clips[i].path = std::string(1, static_cast<char>('d' - i)) + ".wav";
    clips[i].label = labels[i];
  }
  scores.begin(clips);
  for (std::size_t i = 0; i < 3; ++i) scores.set_score(i, static_cast<double>(i));
  return scores;
}

TEST(ScoreView, KeepsWhatItHasComputedWhileNothingChanges) {
  const ScoreList scores = list();
  ScoreView view;
  const auto* order = view.order(scores, ScoreOrder::score).data();
  const auto* roc = view.ranking(scores).roc.data();
  const auto* counts = view.at(scores, 0.5).histogram.normal.data();
  EXPECT_EQ(view.order(scores, ScoreOrder::score).data(), order);
  EXPECT_EQ(view.ranking(scores).roc.data(), roc);
  EXPECT_EQ(view.at(scores, 0.5).histogram.normal.data(), counts);
}

TEST(ScoreView, ShowsAScoreAsSoonAsItIsThere) {
  ScoreList scores = list();
  ScoreView view;
  EXPECT_EQ(view.order(scores, ScoreOrder::score).front(), 2U);
  EXPECT_DOUBLE_EQ(view.ranking(scores).auc, 1.0);
  EXPECT_EQ(view.at(scores, 0.5).flagged, 2U);
  scores.set_score(3, 5.0);
  EXPECT_EQ(view.order(scores, ScoreOrder::score).front(), 3U);
  EXPECT_DOUBLE_EQ(view.ranking(scores).auc, 0.5);
  EXPECT_EQ(view.at(scores, 0.5).flagged, 3U);
  EXPECT_EQ(view.at(scores, 0.5).separation.confusion.false_positive, 1U);
}

TEST(ScoreView, NoticesAnErrorToo) {
  ScoreList scores = list();
  const auto before = scores.revision();
  scores.set_error(3, "is too short");
  EXPECT_NE(scores.revision(), before);
}

TEST(ScoreView, FollowsTheLabels) {
  ScoreView view;
  EXPECT_EQ(view.at(list(Label::abnormal), 0.5).separation.abnormals, 2U);
  EXPECT_DOUBLE_EQ(view.ranking(list(Label::abnormal)).auc, 1.0);
  EXPECT_EQ(view.at(list(Label::normal), 0.5).separation.abnormals, 1U)
      << "the same files and scores with another label";
  EXPECT_DOUBLE_EQ(view.ranking(list(Label::normal)).auc, 0.5);
}

TEST(ScoreView, FollowsTheOrderThatIsAskedFor) {
  const ScoreList scores = list();
  ScoreView view;
  EXPECT_EQ(view.order(scores, ScoreOrder::score), (std::vector<std::size_t>{2, 1, 0, 3}));
  EXPECT_EQ(view.order(scores, ScoreOrder::name), (std::vector<std::size_t>{3, 2, 1, 0}));
  EXPECT_EQ(view.order(scores, ScoreOrder::score), (std::vector<std::size_t>{2, 1, 0, 3}));
}

TEST(ScoreView, KeepsTheOrderByNameWhileFilesAreScored) {
  ScoreList scores = list();
  ScoreView view;
  const auto* order = view.order(scores, ScoreOrder::name).data();
  scores.set_score(3, 5.0);
  EXPECT_EQ(view.order(scores, ScoreOrder::name).data(), order);
}

TEST(ScoreView, MovesWithTheThresholdAndKeepsTheCurve) {
  const ScoreList scores = list();
  ScoreView view;
  const auto* roc = view.ranking(scores).roc.data();
  EXPECT_EQ(view.at(scores, 0.5).flagged, 2U);
  EXPECT_EQ(view.at(scores, 1.5).flagged, 1U);
  EXPECT_EQ(view.ranking(scores).roc.data(), roc);
}

TEST(ScoreView, TellsAListThatTookTheOthersPlace) {
  ScoreList scores = list();
  ScoreView view;
  EXPECT_EQ(view.order(scores, ScoreOrder::score).size(), 4U);
  scores = {};
  EXPECT_TRUE(view.order(scores, ScoreOrder::score).empty());
  EXPECT_EQ(view.at(scores, 0.5).flagged, 0U);
  std::vector<Clip> one(1);
  one[0].path = "x.wav";
  scores.begin(one);
  EXPECT_EQ(view.order(scores, ScoreOrder::score).size(), 1U);
}

}  // namespace
}  // namespace auscult::gui
