#include "evaluation/challenge.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "detect/metrics.h"
#include "evaluation/evaluation.h"

namespace auscult {
namespace {

constexpr double ChallengeRow::*kAreas[] = {&ChallengeRow::auc_source, &ChallengeRow::auc_target, &ChallengeRow::pauc};

struct Section {
  std::string machine_type, machine;
  bool has_domain = false;
  std::vector<double> source, target, normal, abnormal;  // scores; `normal` has those of both domains

  void add(const ScoredClip& scored) {
    machine_type = scored.clip.machine_type;
    machine = scored.clip.machine_id;
    has_domain = has_domain || scored.clip.domain != Domain::none;
    if (scored.clip.label == Label::abnormal) return abnormal.push_back(scored.score);
    normal.push_back(scored.score);
    if (scored.clip.domain == Domain::source) source.push_back(scored.score);
    if (scored.clip.domain == Domain::target) target.push_back(scored.score);
  }
  ChallengeRow row() const {
    return {.machine_type = machine_type,
            .machine = machine,
            .auc_source = roc_auc(source, abnormal),
            .auc_target = roc_auc(target, abnormal),
            .pauc = partial_auc(normal, abnormal),
            .source_normals = source.size(),
            .target_normals = target.size(),
            .abnormals = abnormal.size()};
  }
};

ChallengeReport with_means(std::vector<ChallengeRow> rows) {
  ChallengeReport report;
  std::vector<double> everything;
  for (ChallengeRow& row : rows) {
    row.harmonic_mean = harmonic_mean({row.auc_source, row.auc_target, row.pauc});
    for (const auto area : kAreas) everything.push_back(row.*area);
    report.all.source_normals += row.source_normals;
    report.all.target_normals += row.target_normals;
    report.all.abnormals += row.abnormals;
  }
  for (const auto area : kAreas) {
    std::vector<double> values;
    for (const ChallengeRow& row : rows) values.push_back(row.*area);
    report.all.*area = harmonic_mean(values);
  }
  report.all.harmonic_mean = harmonic_mean(everything);
  report.rows = std::move(rows);
  return report;
}

bool same_sections(const ChallengeReport& a, const ChallengeReport& b) {
  return std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(),
                    [](const ChallengeRow& x, const ChallengeRow& y) {
                      return x.machine_type == y.machine_type && x.machine == y.machine;
                    });
}

}  // namespace

double harmonic_mean(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    sum += 1.0 / std::max(value, std::numeric_limits<double>::epsilon());
  }
  return static_cast<double>(values.size()) / sum;
}

std::optional<ChallengeReport> challenge_report(const std::vector<ScoredClip>& clips) {
  std::map<std::string, Section> sections;
  for (const ScoredClip& scored : clips)
    if (scored.clip.split != DcaseSplit::train && scored.clip.label != Label::unknown)
      sections[scored.clip.machine_key()].add(scored);
  std::vector<ChallengeRow> rows;
  for (const auto& [key, section] : sections)
    if (section.has_domain && !section.normal.empty() && !section.abnormal.empty()) rows.push_back(section.row());
  if (rows.empty()) return std::nullopt;
  return with_means(std::move(rows));
}

std::optional<ChallengeReport> combine_sections(const std::vector<std::optional<ChallengeReport>>& reports) {
  std::vector<ChallengeRow> rows;
  for (const auto& report : reports)
    if (report) rows.insert(rows.end(), report->rows.begin(), report->rows.end());
  if (rows.empty()) return std::nullopt;
  return with_means(std::move(rows));
}

std::optional<ChallengeReport> mean_of_trainings(const std::vector<std::optional<ChallengeReport>>& trainings) {
  if (trainings.empty() || !trainings.front()) return std::nullopt;
  std::vector<ChallengeRow> rows = trainings.front()->rows;
  for (ChallengeRow& row : rows)
    for (const auto area : kAreas) row.*area = 0.0;
  for (const auto& training : trainings) {
    if (!training || !same_sections(*training, *trainings.front())) return std::nullopt;
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (const auto area : kAreas) rows[i].*area += training->rows[i].*area / static_cast<double>(trainings.size());
  }
  return with_means(std::move(rows));
}

}  // namespace auscult
