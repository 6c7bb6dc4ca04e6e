// Evaluation against brute force on the same scores, and the shape of its JSON.
#include "evaluation/evaluation.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scoring/clip_score.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

using nlohmann::json;
using test::machine_sound;
using test::tiny_model;

// A tree with overlapping scores: faint faults, some of them hardly detectable.
void write_tree(const std::filesystem::path& folder, int normals = 12, int abnormals = 8) {
  for (int i = 0; i < normals; ++i)
    test::write_sound(folder / "normal" / ("n" + std::to_string(10 + i) + ".wav"),
                      machine_sound(2.0, {.seed = 500U + static_cast<unsigned>(i), .fault = i % 4 == 0 ? 0.004 : 0.0}));
  for (int i = 0; i < abnormals; ++i)
    test::write_sound(folder / "abnormal" / ("a" + std::to_string(10 + i) + ".wav"),
                      machine_sound(2.0, {.seed = 600U + static_cast<unsigned>(i), .fault = 0.002 * i}));
}

Result<Evaluation> evaluate(const std::filesystem::path& folder) {
  return evaluate_model(tiny_model(), *index_clips({folder}), 2);
}

const EvaluationRow& row(const Evaluation& evaluation, const std::string& score) {
  const auto found = std::find_if(evaluation.rows.begin(), evaluation.rows.end(),
                                  [&](const EvaluationRow& r) { return r.score == score; });
  if (found == evaluation.rows.end()) throw std::runtime_error("no row " + score);
  return *found;
}

TEST(Evaluation, AgreesWithBruteForceOnTheSameClips) {
  const test::TempDir folder;
  write_tree(folder.path());
  const auto evaluation = evaluate(folder.path());
  ASSERT_TRUE(evaluation) << to_message(evaluation.error());

  std::vector<ClipScore> normal, abnormal;
  ScoreFileOptions options;
  options.controls = true;
  const std::vector<Clip> clips = *index_clips({folder.path()});
  for (const Clip& clip : clips)
    (clip.label == Label::normal ? normal : abnormal).push_back(*score_file(tiny_model(), clip.path, options));
  ASSERT_EQ(normal.size(), 12U);
  ASSERT_EQ(abnormal.size(), 8U);
  const auto pairwise = [&](auto&& value) {
    double wins = 0.0;
    for (const auto& a : abnormal)
      for (const auto& n : normal) wins += value(a) > value(n) ? 1.0 : value(a) == value(n) ? 0.5 : 0.0;
    return wins / static_cast<double>(normal.size() * abnormal.size());
  };
  EXPECT_DOUBLE_EQ(row(*evaluation, "fused").auc, pairwise([](const ClipScore& s) { return s.score; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "untrained").auc, pairwise([](const ClipScore& s) { return s.untrained_score; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "frames").auc, pairwise([](const ClipScore& s) { return s.detectors[0].energy; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "summary").auc, pairwise([](const ClipScore& s) { return s.detectors[1].energy; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "dagmm").auc, pairwise([](const ClipScore& s) { return s.detectors[1].dagmm; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "joint").auc, pairwise([](const ClipScore& s) { return s.detectors[1].joint; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "gmm").auc,
                   pairwise([](const ClipScore& s) { return s.detectors[1].controls.gmm; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "knn1").auc,
                   pairwise([](const ClipScore& s) { return s.detectors[1].controls.knn1; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "mahalanobis").auc,
                   pairwise([](const ClipScore& s) { return s.detectors[1].controls.mahalanobis; }));
  EXPECT_DOUBLE_EQ(row(*evaluation, "template").auc,
                   pairwise([](const ClipScore& s) { return s.detectors[1].controls.template_distance; }));
  EXPECT_GT(row(*evaluation, "fused").auc, 0.5);

  double tp = 0, fp = 0, fn = 0;
  for (const auto& s : abnormal) (s.anomalous ? tp : fn) += 1;
  for (const auto& s : normal) fp += s.anomalous;
  const EvaluationRow& fused = row(*evaluation, "fused");
  EXPECT_DOUBLE_EQ(fused.recall, tp / (tp + fn));
  EXPECT_DOUBLE_EQ(fused.precision, tp + fp > 0 ? tp / (tp + fp) : 0.0);
  EXPECT_EQ(fused.normals, 12U);
  EXPECT_EQ(fused.abnormals, 8U);
  EXPECT_TRUE(std::isnan(row(*evaluation, "untrained").f1)) << "the threshold belongs to the fused score";
  ASSERT_TRUE(evaluation->false_alarms);
  EXPECT_DOUBLE_EQ(evaluation->false_alarms->measured, fp / 12.0);
  EXPECT_EQ(evaluation->false_alarms->promised, 0.05);
  EXPECT_DOUBLE_EQ(evaluation->mean.at("fused").auc, fused.auc);
}

TEST(Evaluation, JsonHasTheSharedShapeAndLeavesOutWhatDoesNotApply) {
  const test::TempDir folder;
  write_tree(folder.path());
  const json object = json::parse(to_json(*evaluate(folder.path())));
  for (const json& r : object["rows"]) {
    EXPECT_TRUE(r.contains("score") && r.contains("auc") && r.contains("pauc") && r.contains("normals") &&
                r.contains("abnormals") && r.contains("seeds"));
    EXPECT_FALSE(r.contains("machine")) << "no machine is named here";
    EXPECT_FALSE(r.contains("auc_sd")) << "one training has no spread";
    EXPECT_EQ(r.contains("f1"), r["score"] == "fused");
  }
  EXPECT_TRUE(object["mean"]["fused"].contains("auc"));
  for (const char* key : {"promised", "measured", "low", "high"})
    EXPECT_TRUE(object["false_alarms"][key].is_number()) << key;
}

TEST(Evaluation, LeavesOutAndCountsWhatTrainedTheModel) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  const auto trained = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(trained) << to_message(trained.error());
  write_tree(folder.path(), 5, 4);
  std::filesystem::copy_file(folder / "normal" / "03.wav",
                             folder / "abnormal" / "renamed.wav");  // recognized by content
  const auto evaluation = evaluate_model(trained->model, *index_clips({folder.path()}), 2);
  ASSERT_TRUE(evaluation) << to_message(evaluation.error());
  EXPECT_EQ(evaluation->excluded, 13U);
  EXPECT_EQ(row(*evaluation, "fused").normals, 5U);
  EXPECT_EQ(row(*evaluation, "fused").abnormals, 4U);
}

TEST(Evaluation, NeedsBothKinds) {
  const test::TempDir folder;
  write_tree(folder.path(), 3, 0);
  const auto evaluation = evaluate(folder.path());
  ASSERT_FALSE(evaluation);
  EXPECT_EQ(evaluation.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(evaluation.error().what.find("no abnormal"), std::string::npos);
}

TEST(Evaluation, NeedsBothKindsOfOneMachine) {
  const test::TempDir folder;
  write_tree(folder.path(), 3, 3);
  auto clips = *index_clips({folder.path()});
  for (Clip& clip : clips) clip.machine_id = clip.label == Label::normal ? "id_00" : "id_02";
  const auto evaluation = evaluate_model(tiny_model(), clips, 1);
  ASSERT_FALSE(evaluation) << "a table without rows is no answer";
  EXPECT_EQ(evaluation.error().code, ErrorCode::not_enough_data);
}

TEST(Evaluation, GoesOnWithoutABadFileAndNamesIt) {
  const test::TempDir folder;
  write_tree(folder.path(), 4, 4);
  test::write_file(folder / "normal" / "text.wav", "no sound");
  const auto evaluation = evaluate(folder.path());
  ASSERT_TRUE(evaluation);
  ASSERT_EQ(evaluation->skipped.size(), 1U);
  EXPECT_EQ(evaluation->skipped[0].error.code, ErrorCode::not_audio);
  EXPECT_EQ(row(*evaluation, "fused").normals, 4U);
}

TEST(Evaluation, ReportsEachKindOfFaultOfItsOwn) {
  const test::TempDir folder;
  write_tree(folder.path(), 6, 6);
  auto clips = *index_clips({folder.path()});
  int abnormal = 0;
  for (Clip& clip : clips)
    if (clip.label == Label::abnormal) clip.fault = abnormal++ < 3 ? "leak" : "whine";
  const auto evaluation = evaluate_model(tiny_model(), clips, 2);
  ASSERT_TRUE(evaluation);
  double sum = 0.0;
  int kinds = 0;
  for (const EvaluationRow& r : evaluation->rows) {
    if (r.score != "fused" || !r.per_fault) continue;
    EXPECT_EQ(r.abnormals, 3U);
    EXPECT_EQ(r.normals, 6U);
    sum += r.auc;
    ++kinds;
  }
  EXPECT_EQ(kinds, 2);
  EXPECT_DOUBLE_EQ(evaluation->mean.at("fused").auc, sum / 2.0)
      << "no machine is named: the mean is over kinds of fault";
}

TEST(EvaluationCombining, SeedsGivesMeansAndTheirSpread) {
  const auto make = [](double auc) {
    Evaluation e;
    e.rows = {{.machine = "id_00",
               .group = "6dB",
               .score = "fused",
               .auc = auc,
               .pauc = auc / 2,
               .normals = 10,
               .abnormals = 5}};
    e.false_alarms = FalseAlarmReport{.promised = 0.05, .flagged = 1, .normals = 10};
    return e;
  };
  const Evaluation all = combine_seeds({make(0.8), make(0.9), make(1.0)});
  EXPECT_NEAR(all.rows[0].auc, 0.9, 1e-12);
  EXPECT_NEAR(all.rows[0].pauc, 0.45, 1e-12);
  EXPECT_NEAR(all.rows[0].auc_sd, 0.1, 1e-12) << "sample standard deviation";
  EXPECT_EQ(all.rows[0].seeds, 3);
  EXPECT_NEAR(all.false_alarms->measured, 0.1, 1e-12);
  const Evaluation machines = combine_machines({make(0.6), make(0.8)});
  EXPECT_EQ(machines.rows.size(), 2U);
  EXPECT_NEAR(machines.mean.at("fused").auc, 0.7, 1e-12);
}

// Two scores, two machines, three trainings.
Evaluation training(double fused, double control) {
  Evaluation e;
  for (const char* machine : {"id_00", "id_02"})
    for (const auto& [score, auc] : {std::pair{"fused", fused}, {"template", control}})
      e.rows.push_back({.machine = machine,
                        .group = "6dB",
                        .score = score,
                        .auc = auc,
                        .pauc = auc - 0.1,
                        .normals = 10,
                        .abnormals = 5});
  e.preset = "some";
  e.false_alarms = FalseAlarmReport{.promised = 0.05, .flagged = 1, .normals = 10};
  return e;
}

TEST(EvaluationCombining, SaysHowFarFusedIsAheadAndHowSureThatIs) {
  const Evaluation all = combine_seeds({training(0.9, 0.8), training(0.8, 0.75), training(0.85, 0.7)});
  ASSERT_EQ(all.leads.size(), 1U) << "fused is not compared with itself";
  const Lead lead = all.leads.at("template");  // .10, .05, .15
  EXPECT_NEAR(lead.auc, 0.1, 1e-12);
  EXPECT_NEAR(lead.pauc, 0.1, 1e-12);
  EXPECT_NEAR(lead.auc_error, 0.05 / std::sqrt(3.0), 1e-12) << "of paired differences";
  EXPECT_NEAR(all.mean.at("fused").auc_sd, 0.05, 1e-12);
  EXPECT_TRUE(std::isnan(combine_seeds({training(0.9, 0.8)}).leads.at("template").auc_error))
      << "one training has no spread";
}

TEST(EvaluationCombining, LeavesOutAScoreThatATrainingLacks) {
  Evaluation without = training(0.8, 0.7);
  std::erase_if(without.rows, [](const EvaluationRow& row) { return row.score == "template"; });
  const Evaluation all = combine_seeds({training(0.9, 0.8), without});
  EXPECT_EQ(all.rows.size(), 2U);
  EXPECT_FALSE(all.mean.contains("template"));
}

TEST(EvaluationCombining, PutsPresetsSideBySide) {
  Evaluation first = combine_seeds({training(0.9, 0.8), training(0.8, 0.8)}),
             second = combine_seeds({training(0.6, 0.8), training(0.7, 0.8)});
  first.seconds = 3.0;
  second.preset = "other";
  second.seconds = 4.0;
  const json object = json::parse(to_json(combine_presets({first, second})));
  ASSERT_EQ(object["rows"].size(), 8U);
  EXPECT_EQ(object["rows"][0]["preset"], "some");
  EXPECT_EQ(object["rows"][4]["preset"], "other");
  EXPECT_NEAR(object["mean"]["fused"]["auc"], 0.85, 1e-12) << "of the first";
  ASSERT_EQ(object["presets"].size(), 2U);
  EXPECT_NEAR(object["presets"][1]["leads"]["template"]["auc"], -0.15, 1e-12);
  EXPECT_EQ(object["seconds"], 7.0);
  const std::string table = to_table(combine_presets({first, second}));
  EXPECT_NE(table.find("other"), std::string::npos);
  EXPECT_NE(table.find("ahead of fused"), std::string::npos) << "a control that wins is named";
}

TEST(EvaluationCombining, RowsThatAreOnlyShownDoNotCount) {
  Evaluation e = training(0.9, 0.8);
  e.rows[2].auc = 0.1;
  EXPECT_NEAR(mean_scores(e.rows).at("fused").auc, 0.5, 1e-12);
  e.rows[2].counts = false;
  EXPECT_NEAR(mean_scores(e.rows).at("fused").auc, 0.9, 1e-12);
}

TEST(EvaluationReports, AreTextForPeopleAndEscapeTheirNames) {
  const test::TempDir folder;
  write_tree(folder.path(), 4, 4);
  const auto evaluation = evaluate(folder.path());
  ASSERT_TRUE(evaluation);
  const std::string table = to_table(*evaluation);
  for (const char* word : {"fused", "untrained", "mahalanobis", "template", "gmm", "knn1", "mean", "False alarms"})
    EXPECT_NE(table.find(word), std::string::npos) << word;
  const std::string page = to_html(*evaluation, "<b>&");
  EXPECT_NE(page.find("&lt;b&gt;&amp;"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
}

}  // namespace
}  // namespace auscult
