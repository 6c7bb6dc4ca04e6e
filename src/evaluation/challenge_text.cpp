#include "challenge_text.h"

#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "report_text.h"

namespace auscult {
namespace {
using nlohmann::ordered_json;

constexpr const char* kDefinition =
    "AUC source and AUC target: normal clips of the domain against all abnormal clips; pAUC: all clips of the section.";

std::string name_of(const ChallengeRow& row) {
  if (row.machine_type.empty()) return row.machine;
  return row.machine.empty() ? row.machine_type : row.machine_type + "/" + row.machine;
}

std::string figure(double value) {
  char text[32] = "-";
  if (!std::isnan(value)) std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

ordered_json row_json(const ChallengeRow& row) {
  ordered_json object;
  if (!row.machine_type.empty()) object["machine_type"] = row.machine_type;
  if (!row.machine.empty()) object["machine"] = row.machine;
  const auto set = [&](const char* name, double value) {
    if (!std::isnan(value)) object[name] = value;
  };
  set("auc_source", row.auc_source);
  set("auc_target", row.auc_target);
  set("pauc", row.pauc);
  set("harmonic_mean", row.harmonic_mean);
  object["normals_source"] = row.source_normals;
  object["normals_target"] = row.target_normals;
  object["abnormals"] = row.abnormals;
  return object;
}

std::string line(const std::string& name, const ChallengeRow& row) {
  char text[160];
  std::snprintf(text, sizeof text, "  %10s  %10s  %8s  %13s\n", figure(row.auc_source).c_str(),
                figure(row.auc_target).c_str(), figure(row.pauc).c_str(), figure(row.harmonic_mean).c_str());
  return "  " + name + std::string(name.size() < 28 ? 28 - name.size() : 0, ' ') + text;
}

std::string html_line(const std::string& name, const ChallengeRow& row) {
  return "<tr><td>" + escape_html(name) + "<td>" + figure(row.auc_source) + "<td>" + figure(row.auc_target) + "<td>" +
         figure(row.pauc) + "<td>" + figure(row.harmonic_mean) + "</tr>";
}

}  // namespace

ordered_json challenge_json(const ChallengeReport& report) {
  ordered_json object = {{"rows", ordered_json::array()}, {"all", row_json(report.all)}};
  for (const ChallengeRow& row : report.rows) object["rows"].push_back(row_json(row));
  return object;
}

std::string challenge_table(const ChallengeReport& report) {
  std::string text = "\nDCASE challenge, fused            AUC source  AUC target      pAUC  harmonic mean\n";
  for (const ChallengeRow& row : report.rows) text += line(name_of(row), row);
  return text + line("all (harmonic means)", report.all) + kDefinition + "\n";
}

std::string challenge_html(const ChallengeReport& report) {
  std::string text =
      "<h2>DCASE challenge</h2><table><tr><th>section<th>AUC source<th>AUC target<th>pAUC<th>harmonic mean</tr>";
  for (const ChallengeRow& row : report.rows) text += html_line(name_of(row), row);
  return text + html_line("all (harmonic means)", report.all) + "</table><p>" + kDefinition + "</p>";
}

}  // namespace auscult
