// The table of scored recordings, and what labels say about a threshold.
#include <cmath>

#include <gtest/gtest.h>

#include "gui/batch/score_list.h"
#include "support/files.h"

namespace auscult::gui {
namespace {

Clip clip(const char* path, Label label) {
  Clip c;
  c.path = path;
  c.label = label;
  return c;
}

ScoreList list() {
  ScoreList scores;
  scores.begin({clip("n/a.wav", Label::normal), clip("n/b.wav", Label::normal), clip("x/c.wav", Label::abnormal),
                clip("x/d, e.wav", Label::abnormal), clip("u.wav", Label::unknown)});
  scores.set_score(0, 0.5);
  scores.set_score(1, 2.0);
  scores.set_score(2, 3.0);
  scores.set_score(3, 1.0);
  scores.set_error(4, "is too short");
  return scores;
}

TEST(ScoreList, PutsTheHighestScoreFirstAndWhatHasNoneLast) {
  EXPECT_EQ(list().order(ScoreOrder::score), (std::vector<std::size_t>{2, 1, 3, 0, 4}));
  EXPECT_EQ(list().order(ScoreOrder::name), (std::vector<std::size_t>{0, 1, 4, 2, 3}));
}

TEST(ScoreList, NamesFilesWithoutTheFoldersThatAllShare) {
  ScoreList scores;
  scores.begin({clip("/data/pump/normal/1.wav", Label::normal), clip("/data/pump/abnormal/1.wav", Label::abnormal)});
  EXPECT_EQ(scores.name_of(scores.files()[0]), "normal/1.wav");
  EXPECT_EQ(scores.name_of(scores.files()[1]), "abnormal/1.wav");
  scores.begin({clip("/data/only.wav", Label::unknown)});
  EXPECT_EQ(scores.name_of(scores.files()[0]), "only.wav");
  scores.begin({clip("/a/1.wav", Label::unknown), clip("b/2.wav", Label::unknown)});
  EXPECT_EQ(scores.name_of(scores.files()[0]), "/a/1.wav") << "nothing shared";
}

TEST(ScoreList, CountsWhatTheThresholdFinds) {
  const Separation at = list().separation(1.5);
  EXPECT_EQ(at.confusion.true_positive, 1U);
  EXPECT_EQ(at.confusion.false_positive, 1U);
  EXPECT_DOUBLE_EQ(list().ranking().auc, 0.75);
  EXPECT_EQ(list().flagged(1.5), 2U);
  EXPECT_EQ(list().done(), 5U);
}

TEST(ScoreList, WithoutLabelsHasNoCurve) {
  ScoreList scores;
  scores.begin({clip("a.wav", Label::unknown), clip("b.wav", Label::normal)});
  scores.set_score(0, 1.0);
  scores.set_score(1, 2.0);
  EXPECT_FALSE(scores.has_labels());
  EXPECT_TRUE(scores.ranking().roc.empty());
  EXPECT_TRUE(std::isnan(scores.ranking().auc));
}

TEST(ScoreList, HistogramCountsEachClassOnce) {
  const ClassHistogram h = list().histogram(4, 1.5);
  double normal = 0.0, abnormal = 0.0;
  for (const double n : h.normal) normal += n;
  for (const double n : h.abnormal) abnormal += n;
  EXPECT_EQ(normal, 2.0);
  EXPECT_EQ(abnormal, 2.0);
  EXPECT_EQ(h.abnormal.back(), 1.0) << "the largest lies in the last bin";
  const ClassHistogram narrow = list().histogram(4, 0.1);
  EXPECT_DOUBLE_EQ(narrow.high, 1.2 * 2.0) << "as far as normals go";
  EXPECT_EQ(narrow.abnormal.back(), 1.0) << "what lies beyond is counted too";
  EXPECT_EQ(ScoreList{}.histogram(4, 1.0).normal.size(), 4U);
}

TEST(ScoreList, HistogramCountsScoresOfAnySize) {
  for (const double other : {-1e99, 1e99, 1e308}) {
    ScoreList scores;
    scores.begin({clip("a.wav", Label::unknown), clip("b.wav", Label::unknown)});
    scores.set_score(0, other == 1e308 ? -1e308 : other);
    scores.set_score(1, other);
    double counted = 0.0;
    for (const double n : scores.histogram(20, 1.0).unknown) counted += n;
    EXPECT_EQ(counted, 2.0) << other;
  }
}

TEST(ScoreList, ComesBackFromItsCsv) {
  const test::TempDir folder;
  test::write_file(folder / "scores.csv", list().csv(1.5, ScoreOrder::score));
  const auto back = read_scores(folder / "scores.csv");
  ASSERT_TRUE(back) << to_message(back.error());
  EXPECT_DOUBLE_EQ(back->ranking().auc, 0.75);
  EXPECT_EQ(back->files()[2].path, "x/d, e.wav");
  EXPECT_FALSE(back->files()[4].score);
}

TEST(ReadScores, TakesLabelsFromNamesWhereThereIsNoColumn) {
  const test::TempDir folder;
  test::write_file(folder / "scores.csv",
                   "file,score,threshold,decision\r\n/d/normal/1.wav,0.5,1,0\r\n/d/abnormal/"
                   "1.wav,1.5,1,1\r\nanomaly_id_00_1.wav,2,1,1\r\nother.wav,,,\r\n");
  const auto scores = read_scores(folder / "scores.csv");
  ASSERT_TRUE(scores) << to_message(scores.error());
  EXPECT_EQ(scores->separation(1.0).normals, 1U);
  EXPECT_EQ(scores->separation(1.0).abnormals, 2U);
}

TEST(ReadScores, ReadNamesAsTheRestOfTheProgramDoes) {
  const test::TempDir folder;
  const auto label_of = [&](const std::string& path) {
    test::write_file(folder / "scores.csv", "file,score\n" + path + ",1\n");
    const auto scores = read_scores(folder / "scores.csv");
    return scores ? scores->files()[0].label : Label::unknown;
  };
  EXPECT_EQ(label_of("fan/test/section_00_source_test_normal_0001_m-n_W.wav"), Label::normal);
  EXPECT_EQ(label_of("fan/test/section_02_target_test_anomaly_0049.wav"), Label::abnormal);
  EXPECT_EQ(label_of("fan/train/section_00_source_train_normal_0000_strength_1_ambient.wav"), Label::normal);
  EXPECT_EQ(label_of("/d/normal/section_00_source_test_anomaly_0001.wav"), Label::abnormal)
      << "the name itself says more than its folder";
  EXPECT_EQ(label_of("pump/test/normal_id_00_00000000.wav"), Label::normal) << "DCASE 2020";
  EXPECT_EQ(label_of("6_dB_pump/pump/id_00/abnormal/00000012.wav"), Label::abnormal) << "MIMII";
  EXPECT_EQ(label_of("section_00_0000.wav"), Label::unknown) << "evaluation data have no label";
  EXPECT_EQ(label_of("normal_id_card.wav"), Label::unknown) << "a name that only begins as DCASE's do";
  EXPECT_EQ(label_of("semisynthetic/leak_-15dB/normal/1.wav"), Label::unknown);
}

TEST(ReadScores, NameTheLineThatIsWrong) {
  const test::TempDir folder;
  for (const auto& [text, words] : {std::pair{"a,b\n1,2\n", "lacks the columns"},
                                    {"file,score\nx.wav\n", "line 2"},
                                    {"file,score\nx.wav,1\ny.wav,abc\n", "line 3"},
                                    {"file,score\n", "missing"},
                                    {"file,score\nx.wav,1e999\n", "line 2"}}) {
    test::write_file(folder / "scores.csv", text);
    const auto scores = read_scores(folder / "scores.csv");
    ASSERT_FALSE(scores) << text;
    EXPECT_EQ(scores.error().code, ErrorCode::bad_input);
    EXPECT_NE(to_message(scores.error()).find(words), std::string::npos) << to_message(scores.error());
  }
  EXPECT_EQ(read_scores(folder / "none.csv").error().code, ErrorCode::file_not_found);
}

}  // namespace
}  // namespace auscult::gui
