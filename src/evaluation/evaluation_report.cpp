// Evaluations as JSON, as a table for a terminal, and as an HTML page.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "challenge_text.h"
#include "evaluation/evaluation.h"
#include "report_text.h"

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
  if (!row.machine_type.empty()) object["machine_type"] = row.machine_type;
  if (!row.machine.empty()) object["machine"] = row.machine;
  if (!row.group.empty()) object["group"] = row.group;
  if (!row.preset.empty()) object["preset"] = row.preset;
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

ordered_json mean_json(const std::map<std::string, MeanScore>& means) {
  ordered_json object = ordered_json::object();
  for (const auto& [score, mean] : means) {
    object[score] = {{"auc", mean.auc}, {"pauc", mean.pauc}};
    set(object[score], "auc_sd", mean.auc_sd);
  }
  return object;
}

ordered_json leads_json(const std::map<std::string, Lead>& leads) {
  ordered_json object = ordered_json::object();
  for (const auto& [score, lead] : leads) {
    object[score] = {{"auc", lead.auc}, {"pauc", lead.pauc}};
    set(object[score], "auc_error", lead.auc_error);
    set(object[score], "pauc_error", lead.pauc_error);
  }
  return object;
}

ordered_json false_alarms_json(const FalseAlarmReport& f) {
  return {{"promised", f.promised}, {"measured", f.measured}, {"low", f.low},
          {"high", f.high},         {"flagged", f.flagged},   {"normals", f.normals}};
}

ordered_json preset_json(const PresetSummary& preset) {
  ordered_json object = {
      {"preset", preset.preset}, {"mean", mean_json(preset.mean)}, {"leads", leads_json(preset.leads)}};
  if (preset.false_alarms) object["false_alarms"] = false_alarms_json(*preset.false_alarms);
  set(object, "seconds", preset.seconds);
  if (preset.challenge) object["dcase"] = challenge_json(*preset.challenge);
  return object;
}

std::vector<std::string> score_names(const Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const EvaluationRow& row : evaluation.rows)
    if (std::find(names.begin(), names.end(), row.score) == names.end()) names.push_back(row.score);
  return names;
}

// A line of the table: one machine, group and preset with all its scores.
struct Line {
  std::string machine_type, machine, group, preset;
  bool per_fault = false;
  std::size_t normals = 0, abnormals = 0;
  std::map<std::string, MeanScore> scores;
  double f1 = std::numeric_limits<double>::quiet_NaN();
};

std::vector<Line> lines_of(const std::vector<EvaluationRow>& rows) {
  std::vector<Line> lines;
  for (const EvaluationRow& row : rows) {
    const bool same = !lines.empty() && lines.back().machine_type == row.machine_type &&
                      lines.back().machine == row.machine && lines.back().group == row.group &&
                      lines.back().preset == row.preset;
    if (!same)
      lines.push_back({.machine_type = row.machine_type,
                       .machine = row.machine,
                       .group = row.group,
                       .preset = row.preset,
                       .per_fault = row.per_fault,
                       .normals = row.normals,
                       .abnormals = row.abnormals,
                       .scores = {}});
    lines.back().scores[row.score] = {row.auc, row.pauc};
    if (row.score == "fused") lines.back().f1 = row.f1;
  }
  return lines;
}

// A kind of fault has few recordings per machine. With several machines, their mean is more meaningful and takes fewer
// lines.
std::vector<Line> with_faults_averaged(const std::vector<Line>& lines) {
  std::vector<Line> out, faults;
  std::vector<double> counts;
  for (const Line& line : lines) {
    if (!line.per_fault) {
      out.push_back(line);
      continue;
    }
    const auto same = std::find_if(faults.begin(), faults.end(),
                                   [&](const Line& f) { return f.group == line.group && f.preset == line.preset; });
    if (same == faults.end()) {
      faults.push_back(line);
      faults.back().machine = "mean of all";
      faults.back().machine_type.clear();
      counts.push_back(1.0);
      continue;
    }
    double& count = counts[static_cast<std::size_t>(same - faults.begin())];
    count += 1.0;
    same->normals += line.normals;
    same->abnormals += line.abnormals;
    same->f1 += (line.f1 - same->f1) / count;
    for (auto& [score, mean] : same->scores) {
      const auto found = line.scores.find(score);
      if (found == line.scores.end()) continue;
      mean.auc += (found->second.auc - mean.auc) / count;
      mean.pauc += (found->second.pauc - mean.pauc) / count;
    }
  }
  out.insert(out.end(), faults.begin(), faults.end());
  return out;
}

bool several_types(const std::vector<EvaluationRow>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const EvaluationRow& r) { return r.machine_type != rows.front().machine_type; });
}

bool several_machines(const std::vector<EvaluationRow>& rows) {
  return several_types(rows) || std::any_of(rows.begin(), rows.end(),
                                            [&](const EvaluationRow& r) { return r.machine != rows.front().machine; });
}

// "id_00", or "fan/id_00" in a table of several types.
std::string machine_name(const Line& line, bool with_type) {
  if (line.machine.empty()) return line.machine_type.empty() || !with_type ? "-" : line.machine_type;
  return with_type && !line.machine_type.empty() ? line.machine_type + "/" + line.machine : line.machine;
}

std::string cell(const std::map<std::string, MeanScore>& scores, const std::string& name) {
  const int width = std::max(11, static_cast<int>(name.size())) + 2;
  const auto found = scores.find(name);
  return format("%*s", width,
                found == scores.end() ? "-" : format("%.3f/%.3f", found->second.auc, found->second.pauc).c_str());
}

std::string with_error(double value, double error) {
  return std::isnan(error) ? format("%+.4f", value) : format("%+.4f (%.4f)", value, error);
}

// The means with their spread, and what is ahead of the fused score.
std::string summary_text(const PresetSummary& preset, const std::vector<std::string>& names, int seeds) {
  std::string text = "\n";
  if (!preset.preset.empty()) text += "Preset " + preset.preset + ": ";
  text += seeds > 1 ? format(
                          "mean AUC / pAUC of %d trainings (sd of the AUC), and fused's lead (standard error of the "
                          "paired difference over trainings)\n",
                          seeds)
                    : "mean AUC / pAUC, and fused's lead\n";
  for (const std::string& name : names) {
    const auto mean = preset.mean.find(name);
    if (mean == preset.mean.end()) continue;
    text += format("  %-12s %.4f / %.4f", name.c_str(), mean->second.auc, mean->second.pauc);
    if (!std::isnan(mean->second.auc_sd)) text += format(" (%.4f)", mean->second.auc_sd);
    if (const auto lead = preset.leads.find(name); lead != preset.leads.end()) {
      const Lead& l = lead->second;
      text += "   " + with_error(l.auc, l.auc_error) + " / " + with_error(l.pauc, l.pauc_error);
      if (l.auc < 0.0) text += "   ahead of fused";
    }
    text += "\n";
  }
  if (const auto& f = preset.false_alarms)
    text += format(
        "False alarms on normal clips: promised %.1f %%, measured %.1f %% (%zu of %zu; 95 %% interval %.1f-%.1f %%).\n",
        100 * f->promised, 100 * f->measured, f->flagged, f->normals, 100 * f->low, 100 * f->high);
  if (preset.challenge) text += challenge_table(*preset.challenge);
  if (!std::isnan(preset.seconds)) text += format("Wall time %.0f s.\n", preset.seconds);
  return text;
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
  std::string svg =
      format("<svg viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\" aria-label=\"histogram of clip scores\">", kWidth,
             kHeight + 20);
  const auto bars = [&](const std::vector<int>& bins, const char* colour, double offset) {
    for (int i = 0; i < kBins; ++i) {
      const double height = static_cast<double>(kHeight) * bins[static_cast<std::size_t>(i)] / tallest;
      if (height > 0)
        svg += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"9\" height=\"%.1f\" fill=\"%s\"/>", i * 20.0 + offset,
                      kHeight - height, height, colour);
    }
  };
  bars(normal, "#4477aa", 1.0);
  bars(abnormal, "#ee6677", 10.0);
  if (!clips.empty()) {
    const double x = clips.front().threshold / largest * kWidth;
    svg += format("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" stroke=\"#222\" stroke-dasharray=\"4 3\"/>", x, x,
                  kHeight);
  }
  return svg + format(
                   "<text x=\"0\" y=\"%d\" font-size=\"13\">score 0</text><text x=\"%d\" y=\"%d\" font-size=\"13\" "
                   "text-anchor=\"end\">%.1f</text></svg>",
                   kHeight + 16, kWidth, kHeight + 16, largest);
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string to_json(const Evaluation& evaluation) {
  ordered_json object;
  object["rows"] = ordered_json::array();
  for (const EvaluationRow& row : evaluation.rows) object["rows"].push_back(row_json(row));
  object["mean"] = mean_json(evaluation.mean);
  if (!evaluation.leads.empty()) object["leads"] = leads_json(evaluation.leads);
  if (evaluation.false_alarms) object["false_alarms"] = false_alarms_json(*evaluation.false_alarms);
  if (evaluation.challenge) object["dcase"] = challenge_json(*evaluation.challenge);
  for (const PresetSummary& preset : evaluation.presets) object["presets"].push_back(preset_json(preset));
  if (!evaluation.preset.empty() && evaluation.presets.empty()) object["preset"] = evaluation.preset;
  set(object, "seconds", evaluation.seconds);
  object["excluded"] = evaluation.excluded;
  object["skipped"] = evaluation.skipped.size();
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string to_table(const Evaluation& evaluation) {
  const auto names = score_names(evaluation);
  const bool presets = !evaluation.presets.empty(), types = several_types(evaluation.rows);
  auto lines = lines_of(evaluation.rows);
  if (several_machines(evaluation.rows)) lines = with_faults_averaged(lines);
  std::string table = format("%-11s %-20s %9s", "machine", "group", "n/abn");
  if (presets) table += format("  %-16s", "preset");
  for (const auto& name : names) table += format("%*s", std::max(11, static_cast<int>(name.size())) + 2, name.c_str());
  table += "     F1\n";
  for (const Line& line : lines) {
    table += format("%-11s %-20s %4zu/%-4zu", machine_name(line, types).c_str(),
                    line.group.empty() ? "all" : line.group.c_str(), line.normals, line.abnormals);
    if (presets) table += format("  %-16s", line.preset.c_str());
    for (const auto& name : names) table += cell(line.scores, name);
    table += format("  %.3f\n", line.f1);
  }
  table +=
      "Each column: AUC/pAUC (false-positive rate up to 0.1, McClish). fused is the model's score; untrained and the "
      "columns from template on are controls.\n";
  const int seeds = evaluation.rows.empty() ? 1 : evaluation.rows.front().seeds;
  if (presets) {
    for (const PresetSummary& preset : evaluation.presets) table += summary_text(preset, names, seeds);
  } else {
    table += summary_text({evaluation.preset, evaluation.mean, evaluation.leads, evaluation.false_alarms,
                           evaluation.seconds, evaluation.challenge},
                          names, seeds);
  }
  if (evaluation.excluded)
    table += format("%zu recordings trained the model and were left out.\n", evaluation.excluded);
  return table;
}

std::string to_html(const Evaluation& evaluation, const std::string& title) {
  std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + escape_html(title) +
                     "</title><style>body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 "
                     "1em}table{border-collapse:collapse}"
                     "td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid "
                     "#ccc}td:first-child,td:nth-child(2){text-align:left}</style><h1>" +
                     escape_html(title) + "</h1><h2>Scores of normal (blue) and abnormal (red) recordings</h2>" +
                     histogram_svg(evaluation.clips) +
                     "<p>The dashed line is the model's clip "
                     "threshold.</p><h2>Detection</"
                     "h2><table><tr><th>machine<th>group<th>score<th>AUC<th>pAUC<th>F1<th>normal<th>abnormal</tr>";
  const bool types = several_types(evaluation.rows);
  for (const EvaluationRow& row : evaluation.rows) {
    page += "<tr><td>" +
            escape_html(types && !row.machine_type.empty() ? row.machine_type + "/" + row.machine : row.machine) +
            "<td>" + escape_html(row.group) + "<td>" + escape_html(row.score) +
            format("<td>%.3f<td>%.3f<td>", row.auc, row.pauc);
    page += (std::isnan(row.f1) ? std::string() : format("%.3f", row.f1)) +
            format("<td>%zu<td>%zu</tr>", row.normals, row.abnormals);
  }
  page += "</table>";
  if (evaluation.challenge) page += challenge_html(*evaluation.challenge);
  if (const auto& f = evaluation.false_alarms)
    page += format(
        "<p>False alarms on normal recordings: promised %.1f %%, measured %.1f %% (%zu of %zu, 95 %% interval "
        "%.1f-%.1f %%).</p>",
        100 * f->promised, 100 * f->measured, f->flagged, f->normals, 100 * f->low, 100 * f->high);
  return page + "</html>\n";
}

}  // namespace auscult
