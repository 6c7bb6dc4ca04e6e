// Evaluations as JSON, as a table for a terminal, and as a page.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "auscult/engine/evaluation.h"

namespace auscult {
namespace {
using nlohmann::ordered_json;

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, arguments...);
  return text;
}

void set(ordered_json& object, const char* name, double value) {
  if (!std::isnan(value)) object[name] = value;
}

ordered_json row_json(const EvaluationRow& row) {
  ordered_json object;
  if (!row.machine.empty()) object["machine"] = row.machine;
  if (!row.group.empty()) object["group"] = row.group;
  object["score"] = row.score;
  set(object, "auc", row.auc);
  set(object, "auc_sd", row.auc_sd);
  set(object, "pauc", row.pauc);
  set(object, "precision", row.precision);
  set(object, "recall", row.recall);
  set(object, "f1", row.f1);
  set(object, "f1_sd", row.f1_sd);
  object["normals"] = row.normals;
  object["abnormals"] = row.abnormals;
  object["seeds"] = row.seeds;
  return object;
}

std::vector<std::string> score_names(const Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const EvaluationRow& row : evaluation.rows)
    if (std::find(names.begin(), names.end(), row.score) == names.end()) names.push_back(row.score);
  return names;
}

std::string cell(double auc, double pauc) {
  return format(" %6.3f /%6.3f", auc, pauc);
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string histogram_svg(const std::vector<ScoredClip>& clips) {
  constexpr int kBins = 40, kWidth = 800, kHeight = 240;
  double largest = 1.0;
  for (const ScoredClip& clip : clips) largest = std::max({largest, clip.score, clip.threshold});
  std::vector<int> normal(kBins, 0), abnormal(kBins, 0);
  int tallest = 1;
  for (const ScoredClip& clip : clips) {
    auto& bins = clip.clip.label == Label::normal ? normal : abnormal;
    int& count = bins[static_cast<std::size_t>(std::min(kBins - 1, static_cast<int>(clip.score / largest * kBins)))];
    tallest = std::max(tallest, ++count);
  }
  std::string svg = format("<svg viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\" aria-label=\"histogram of clip scores\">", kWidth, kHeight + 20);
  const auto bars = [&](const std::vector<int>& bins, const char* colour, double offset) {
    for (int i = 0; i < kBins; ++i) {
      const double height = static_cast<double>(kHeight) * bins[static_cast<std::size_t>(i)] / tallest;
      if (height > 0) svg += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"9\" height=\"%.1f\" fill=\"%s\"/>", i * 20.0 + offset, kHeight - height, height, colour);
    }
  };
  bars(normal, "#4477aa", 1.0);
  bars(abnormal, "#ee6677", 10.0);
  if (!clips.empty()) {
    const double x = clips.front().threshold / largest * kWidth;
    svg += format("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" stroke=\"#222\" stroke-dasharray=\"4 3\"/>", x, x, kHeight);
  }
  return svg + format("<text x=\"0\" y=\"%d\" font-size=\"13\">score 0</text><text x=\"%d\" y=\"%d\" font-size=\"13\" text-anchor=\"end\">%.1f</text></svg>", kHeight + 16, kWidth, kHeight + 16, largest);
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  ordered_json object;
  object["rows"] = ordered_json::array();
  for (const EvaluationRow& row : evaluation.rows) object["rows"].push_back(row_json(row));
  object["mean"] = ordered_json::object();
  for (const auto& [score, mean] : evaluation.mean) object["mean"][score] = {{"auc", mean.auc}, {"pauc", mean.pauc}};
  if (evaluation.false_alarms) {
    const auto& f = *evaluation.false_alarms;
    object["false_alarms"] = {{"promised", f.promised}, {"measured", f.measured}, {"low", f.low}, {"high", f.high}};
  }
  object["excluded"] = evaluation.excluded;
  object["skipped"] = evaluation.skipped.size();
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string to_table(const Evaluation& evaluation) {
  const auto names = score_names(evaluation);
  std::string table = format("%-10s %-20s %9s", "machine", "group", "n/abn");
  for (const auto& name : names) table += format(" %15s", name.c_str());
  table += "     F1\n";
  for (std::size_t i = 0; i < evaluation.rows.size(); i += names.size()) {
    const EvaluationRow& first = evaluation.rows[i];
    table += format("%-10s %-20s %4zu/%-4zu", first.machine.empty() ? "-" : first.machine.c_str(), first.group.empty() ? "all" : first.group.c_str(), first.normals, first.abnormals);
    for (std::size_t s = 0; s < names.size(); ++s) table += cell(evaluation.rows[i + s].auc, evaluation.rows[i + s].pauc);
    table += format("  %.3f\n", first.f1);
  }
  table += format("%-41s", "mean");
  for (const auto& name : names) table += cell(evaluation.mean.at(name).auc, evaluation.mean.at(name).pauc);
  table += "\nEach column: AUC / pAUC (false-positive rate up to 0.1, McClish). fused is the model's score; untrained, mahalanobis and template are controls.\n";
  if (const auto& f = evaluation.false_alarms)
    table += format("False alarms on normal clips: promised %.1f %%, measured %.1f %% (%zu of %zu; 95 %% interval %.1f-%.1f %%).\n", 100 * f->promised, 100 * f->measured, f->flagged, f->normals, 100 * f->low, 100 * f->high);
  if (evaluation.excluded) table += format("%zu recordings trained the model and were left out.\n", evaluation.excluded);
  return table;
}

std::string to_html(const Evaluation& evaluation, const std::string& title) {
  std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + escape(title) +
                     "</title><style>body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
                     "td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ccc}td:first-child,td:nth-child(2){text-align:left}</style><h1>" +
                     escape(title) + "</h1><h2>Scores of normal (blue) and abnormal (red) recordings</h2>" + histogram_svg(evaluation.clips) +
                     "<p>The dashed line is the model's clip threshold.</p><h2>Detection</h2><table><tr><th>machine<th>group<th>score<th>AUC<th>pAUC<th>F1<th>normal<th>abnormal</tr>";
  for (const EvaluationRow& row : evaluation.rows) {
    page += "<tr><td>" + escape(row.machine) + "<td>" + escape(row.group) + "<td>" + escape(row.score) + format("<td>%.3f<td>%.3f<td>", row.auc, row.pauc);
    page += (std::isnan(row.f1) ? std::string() : format("%.3f", row.f1)) + format("<td>%zu<td>%zu</tr>", row.normals, row.abnormals);
  }
  page += "</table>";
  if (const auto& f = evaluation.false_alarms)
    page += format("<p>False alarms on normal recordings: promised %.1f %%, measured %.1f %% (%zu of %zu, 95 %% interval %.1f-%.1f %%).</p>", 100 * f->promised, 100 * f->measured, f->flagged, f->normals, 100 * f->low, 100 * f->high);
  return page + "</html>\n";
}

}  // namespace auscult
