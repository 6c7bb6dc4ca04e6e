// Combines the rows of several runs into one table: means and spreads. Thread rule: free functions on values.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/evaluation.h"

namespace auscult::bench {

/// Rows of one run; every run of a table has the same rows in the same order.
using Run = std::vector<EvaluationRow>;

/// What a score of normal and abnormal recordings is worth: AUC and pAUC. Nothing is decided, so that precision, recall
/// and F1 do not apply, and there is no spread of one run.
EvaluationRow score_row(const std::string& machine, const std::string& group, const std::string& score,
                        std::span<const double> normal, std::span<const double> abnormal);

/// Each row's mean over runs, with the spread (sample deviation) of AUC and F1, and the mean over machines and groups
/// of each score.
Evaluation summarise(const std::vector<Run>& runs);

/// The mean over runs of a score's lead over another in AUC and pAUC (each run's rows averaged first), with the
/// standard error of that paired difference. NaN for one run.
Lead paired_lead(const std::vector<Run>& runs, const std::string& score, const std::string& over);

/// One line per row: AUC, pAUC and, where they apply, P, R, F1.
std::string to_lines(const Evaluation& evaluation);

}  // namespace auscult::bench
