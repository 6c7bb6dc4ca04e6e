#include "runs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include "detect/metrics.h"

namespace auscult::bench {
namespace {

struct Moments {
  double mean = 0.0, deviation = 0.0;
};

Moments moments(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  Moments m;
  for (const double v : values) m.mean += v / n;
  double squares = 0.0;
  for (const double v : values) squares += (v - m.mean) * (v - m.mean);
  m.deviation = values.size() > 1 ? std::sqrt(squares / (n - 1.0)) : std::numeric_limits<double>::quiet_NaN();
  return m;
}

Moments moments(const std::vector<Run>& runs, std::size_t row, double EvaluationRow::*field) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(run[row].*field);
  return moments(values);
}

// One run's difference, averaged over its rows.
double difference(const Run& run, const std::string& score, const std::string& over, double EvaluationRow::*field) {
  double sum = 0.0, count = 0.0;
  for (const EvaluationRow& row : run) {
    if (row.score == score) sum += row.*field, count += 1.0;
    if (row.score == over) sum -= row.*field;
  }
  return sum / count;
}

}  // namespace

EvaluationRow score_row(const std::string& machine, const std::string& group, const std::string& score,
                        std::span<const double> normal, std::span<const double> abnormal) {
  EvaluationRow row;
  row.machine = machine;
  row.group = group;
  row.score = score;
  row.auc = roc_auc(normal, abnormal);
  row.pauc = partial_auc(normal, abnormal);
  row.auc_sd = row.precision = row.recall = row.f1 = std::numeric_limits<double>::quiet_NaN();
  row.normals = normal.size();
  row.abnormals = abnormal.size();
  return row;
}

Evaluation summarise(const std::vector<Run>& runs) {
  Evaluation all;
  all.rows = runs.front();
  std::map<std::string, double> count;
  for (std::size_t i = 0; i < all.rows.size(); ++i) {
    EvaluationRow& row = all.rows[i];
    const Moments auc = moments(runs, i, &EvaluationRow::auc), f1 = moments(runs, i, &EvaluationRow::f1);
    row.auc = auc.mean;
    row.auc_sd = auc.deviation;
    row.f1 = f1.mean;
    row.f1_sd = f1.deviation;
    row.pauc = moments(runs, i, &EvaluationRow::pauc).mean;
    row.precision = moments(runs, i, &EvaluationRow::precision).mean;
    row.recall = moments(runs, i, &EvaluationRow::recall).mean;
    row.seeds = static_cast<int>(runs.size());
    all.mean[row.score].auc += row.auc;
    all.mean[row.score].pauc += row.pauc;
    count[row.score] += 1.0;
  }
  for (auto& [score, mean] : all.mean) {
    mean.auc /= count[score];
    mean.pauc /= count[score];
  }
  return all;
}

Lead paired_lead(const std::vector<Run>& runs, const std::string& score, const std::string& over) {
  std::vector<double> auc, pauc;
  for (const Run& run : runs) {
    auc.push_back(difference(run, score, over, &EvaluationRow::auc));
    pauc.push_back(difference(run, score, over, &EvaluationRow::pauc));
  }
  const double root = std::sqrt(static_cast<double>(runs.size()));
  const Moments a = moments(auc), p = moments(pauc);
  return {a.mean, a.deviation / root, p.mean, p.deviation / root};
}

std::string to_lines(const Evaluation& evaluation) {
  std::string text = "machine      group   score              AUC      sd    pAUC       P       R      F1      sd\n";
  const auto number = [](double value) -> std::string {
    if (std::isnan(value)) return "       -";
    char cell[32];
    std::snprintf(cell, sizeof cell, "%8.4f", value);
    return cell;
  };
  for (const EvaluationRow& row : evaluation.rows) {
    char head[96];
    std::snprintf(head, sizeof head, "%-12s %-7s %-15s", row.machine.c_str(),
                  row.group.empty() ? "-" : row.group.c_str(), row.score.c_str());
    text += head;
    for (const double value : {row.auc, row.auc_sd, row.pauc, row.precision, row.recall, row.f1, row.f1_sd})
      text += number(value);
    text += "\n";
  }
  return text;
}

}  // namespace auscult::bench
