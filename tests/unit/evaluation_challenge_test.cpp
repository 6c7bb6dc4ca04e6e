// The figures of the DCASE challenge against numbers computed with numpy: AUCs by comparing all pairs, pAUC by
// integrating the ROC curve with numpy.trapz up to 0.1 and standardizing it as
//   0.5 * (1 + (area - 0.005) / (0.1 - 0.005))
// for the scores of first_section() and second_section().
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "evaluation/challenge.h"
#include "evaluation/evaluation.h"

namespace auscult {
namespace {

using nlohmann::json;
constexpr double kRounding = 1e-12;

void add(std::vector<ScoredClip>& clips, const Clip& like, const std::vector<double>& scores) {
  for (const double score : scores) clips.push_back({like, score, 1.0});
}

Clip clip(const std::string& type, const std::string& section, Label label, Domain domain) {
  Clip clip;
  clip.machine_type = type;
  clip.machine_id = section;
  clip.label = label;
  clip.domain = domain;
  clip.split = DcaseSplit::test;
  return clip;
}

std::vector<ScoredClip> first_section() {
  std::vector<ScoredClip> clips;
  add(clips, clip("fan", "section_00", Label::normal, Domain::source), {0.1, 0.2, 0.3, 0.4});
  add(clips, clip("fan", "section_00", Label::normal, Domain::target), {0.35, 0.5, 0.8});
  add(clips, clip("fan", "section_00", Label::abnormal, Domain::source), {0.3, 0.6});
  add(clips, clip("fan", "section_00", Label::abnormal, Domain::target), {0.45, 0.9});
  return clips;
}

std::vector<ScoredClip> second_section() {
  std::vector<double> source, target, abnormal;
  for (int i = 0; i < 12; ++i) source.push_back(i * 37 % 101 / 10.0);
  for (int i = 0; i < 9; ++i) target.push_back(i * 29 % 97 / 9.0);
  for (int i = 0; i < 14; ++i) abnormal.push_back(i * 53 % 101 / 9.0 + 1.0);
  std::vector<ScoredClip> clips;
  add(clips, clip("pump", "section_00", Label::normal, Domain::source), source);
  add(clips, clip("pump", "section_00", Label::normal, Domain::target), target);
  add(clips, clip("pump", "section_00", Label::abnormal, Domain::target), abnormal);
  return clips;
}

TEST(ChallengeReport, ComparesEachDomainsNormalsWithAllAnomaliesOfTheSection) {
  const auto report = challenge_report(first_section());
  ASSERT_TRUE(report);
  ASSERT_EQ(report->rows.size(), 1U);
  const ChallengeRow& row = report->rows[0];
  EXPECT_EQ(row.machine_type, "fan");
  EXPECT_EQ(row.machine, "section_00");
  EXPECT_NEAR(row.auc_source, 14.5 / 16.0, kRounding);
  EXPECT_NEAR(row.auc_target, 6.0 / 12.0, kRounding);
  EXPECT_NEAR(row.pauc, 0.60526315789473684, kRounding);
  EXPECT_NEAR(row.harmonic_mean, 0.63083228247162682, kRounding);
  EXPECT_EQ(row.source_normals, 4U);
  EXPECT_EQ(row.target_normals, 3U);
  EXPECT_EQ(row.abnormals, 4U);
}

TEST(ChallengeReport, TheOfficialScoreIsTheHarmonicMeanOfAllFigures) {
  std::vector<ScoredClip> clips = first_section();
  for (const ScoredClip& one : second_section()) clips.push_back(one);
  const auto report = challenge_report(clips);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->rows.size(), 2U) << "the same section number of two machines is two sections";
  EXPECT_NEAR(report->rows[1].auc_source, 0.62797619047619047, kRounding);
  EXPECT_NEAR(report->rows[1].auc_target, 0.59920634920634919, kRounding);
  EXPECT_NEAR(report->rows[1].pauc, 0.54180093089867531, kRounding);
  EXPECT_NEAR(report->all.auc_source, 0.74187681862269639, kRounding);
  EXPECT_NEAR(report->all.auc_target, 0.54512635379061369, kRounding);
  EXPECT_NEAR(report->all.pauc, 0.57177649547200038, kRounding);
  EXPECT_NEAR(report->all.harmonic_mean, 0.60835824786103354, kRounding);
  const auto combined = combine_sections({challenge_report(first_section()), challenge_report(second_section())});
  EXPECT_DOUBLE_EQ(combined->all.harmonic_mean, report->all.harmonic_mean);
}

TEST(ChallengeReport, LeavesTrainingClipsOut) {
  std::vector<ScoredClip> clips = first_section();
  const auto before = challenge_report(clips);
  Clip train = clip("fan", "section_00", Label::normal, Domain::source);
  train.split = DcaseSplit::train;
  add(clips, train, {5.0, 6.0});
  EXPECT_EQ(challenge_report(clips)->rows[0].auc_source, before->rows[0].auc_source);
}

TEST(ChallengeReport, ExistsOnlyWhereClipsHaveDomains) {
  std::vector<ScoredClip> clips = first_section();
  for (ScoredClip& one : clips) one.clip.domain = Domain::none;
  EXPECT_FALSE(challenge_report(clips)) << "DCASE 2020 and MIMII";
  clips = first_section();
  std::erase_if(clips, [](const ScoredClip& c) { return c.clip.label == Label::abnormal; });
  EXPECT_FALSE(challenge_report(clips)) << "evaluation data without labels";
}

TEST(ChallengeReport, ADomainWithoutNormalClipsHasNoFigure) {
  std::vector<ScoredClip> clips = first_section();
  std::erase_if(clips,
                [](const ScoredClip& c) { return c.clip.label == Label::normal && c.clip.domain == Domain::target; });
  const auto report = challenge_report(clips);
  ASSERT_TRUE(report);
  EXPECT_TRUE(std::isnan(report->rows[0].auc_target));
  EXPECT_FALSE(std::isnan(report->rows[0].auc_source));
  EXPECT_TRUE(std::isnan(report->rows[0].harmonic_mean)) << "of the three or not at all";
}

TEST(ChallengeReport, OfSeveralTrainingsIsTheirMean) {
  std::vector<ScoredClip> better = first_section();
  for (ScoredClip& one : better)
    if (one.clip.label == Label::abnormal) one.score += 1.0;
  const auto mean = mean_of_trainings({challenge_report(first_section()), challenge_report(better)});
  ASSERT_TRUE(mean);
  EXPECT_NEAR(mean->rows[0].auc_target, 0.75, kRounding);
  EXPECT_FALSE(mean_of_trainings({challenge_report(first_section()), challenge_report(second_section())}));
}

TEST(HarmonicMean, CountsZeroAsEpsilonAndKnowsNothingOfNothing) {
  EXPECT_NEAR(harmonic_mean({0.5, 1.0}), 2.0 / 3.0, kRounding);
  EXPECT_NEAR(harmonic_mean({0.0, 1.0}), 2.0 * std::numeric_limits<double>::epsilon(), 1e-30);
  EXPECT_TRUE(std::isnan(harmonic_mean({})));
  EXPECT_TRUE(std::isnan(harmonic_mean({1.0, std::numeric_limits<double>::quiet_NaN()})));
}

TEST(ChallengeReport, IsPartOfEveryReport) {
  Evaluation evaluation;
  evaluation.clips = first_section();
  evaluation.challenge = challenge_report(evaluation.clips);
  evaluation.rows = {{.machine = "section_00", .group = {}, .score = "fused", .machine_type = "fan"}};
  const json object = json::parse(to_json(evaluation));
  EXPECT_EQ(object["rows"][0]["machine_type"], "fan");
  const json& row = object["dcase"]["rows"][0];
  EXPECT_EQ(row["machine_type"], "fan");
  EXPECT_EQ(row["machine"], "section_00");
  EXPECT_NEAR(row["auc_source"].get<double>(), 0.90625, kRounding);
  EXPECT_EQ(row["normals_target"], 3);
  EXPECT_TRUE(object["dcase"]["all"].contains("harmonic_mean"));
  for (const std::string& text : {to_table(evaluation), to_html(evaluation, "title")}) {
    EXPECT_NE(text.find("fan/section_00"), std::string::npos) << text;
    EXPECT_NE(text.find("0.9062"), std::string::npos) << text;
  }
  evaluation.challenge.reset();
  EXPECT_FALSE(json::parse(to_json(evaluation)).contains("dcase"));
}

TEST(EvaluationReports, KeepMachinesOfTheSameNumberApart) {
  Evaluation evaluation;
  evaluation.rows = {{.machine = "section_00", .group = {}, .score = "fused", .auc = 0.75, .machine_type = "fan"},
                     {.machine = "section_00", .group = {}, .score = "fused", .auc = 0.25, .machine_type = "pump"}};
  const std::string table = to_table(evaluation);
  EXPECT_NE(table.find("fan/section_00"), std::string::npos) << table;
  EXPECT_NE(table.find("pump/section_00"), std::string::npos) << table;
  EXPECT_NE(table.find("0.750"), std::string::npos) << table;
}

}  // namespace
}  // namespace auscult
