// Recordings scored in the background: the table by score, and the workbench for labeled ones with histogram, ROC,
// precision and recall, which follow the threshold.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/atomic_file.h"
#include "base/xdg.h"
#include "gui/export.h"
#include "gui/panels/panels.h"
#include "gui/plot/value_plot.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

using Phase = ScoreJob::Phase;

void score(PanelContext& context, std::vector<std::filesystem::path> inputs) {
  auto& batch = context.view.batch;
  batch.open = true;
  batch.problem.clear();
  if (!context.session.model()) {
    batch.problem = "The model is still loading; try again in a moment.";
    return;
  }
  batch.threshold.reset();
  batch.list = {};
  for (const auto& input : inputs)
    if (!input.extension().empty()) remember(context.settings.recent_recordings, input);
  batch.job.start(context.session.model(), std::move(inputs));
}

void show_scores(PanelContext& context, const std::filesystem::path& csv) {
  auto& batch = context.view.batch;
  batch.open = true;
  auto scores = read_scores(csv);
  batch.problem = scores ? "" : to_message(scores.error());
  if (scores) {
    batch.job.cancel();
    batch.list = std::move(*scores);
  }
}

double threshold_of(const PanelContext& context) {
  if (context.view.batch.threshold) return *context.view.batch.threshold;
  return context.session.model() ? context.session.model()->clip_threshold : 1.0;
}

void draw_input(PanelContext& context) {
  auto& batch = context.view.batch;
  const float button = 90 * context.scale;
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x);
  const bool entered = ImGui::InputTextWithHint(
      "##inputs", "Folder, recording, or CSV of scores (or drop them on the window)", batch.path, sizeof batch.path,
      ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
  ImGui::SameLine();
  const bool pressed = ImGui::Button("Score", {button, 0});
  if ((entered || pressed) && batch.path[0] != '\0') {
    const std::filesystem::path path = expanded(batch.path);
    path.extension() == ".csv" ? show_scores(context, path) : score(context, {path});
  }
}

std::string progress_text(const ScoreJob& job, const ScoreList& list) {
  std::string text = format_count(list.done()) + " of " + format_count(list.files().size());
  if (const auto left = job.seconds_left(list)) text += ", " + format_duration(*left) + " left";
  return text;
}

void draw_progress(PanelContext& context) {
  auto& [open, list, shown, job, order, threshold, path, problem] = context.view.batch;
  if (!problem.empty()) ImGui::TextWrapped("%s", problem.c_str());
  if (job.phase() == Phase::failed) ImGui::TextWrapped("%s", job.error().c_str());
  if (job.phase() == Phase::looking) ImGui::TextDisabled("Looking for recordings...");
  if (job.phase() == Phase::cancelled) ImGui::TextDisabled("Canceled; the scores so far are shown below.");
  if (job.phase() != Phase::scoring) return;
  const float button = 90 * context.scale;
  const float share =
      list.files().empty() ? 0.0F : static_cast<float>(list.done()) / static_cast<float>(list.files().size());
  ImGui::ProgressBar(share, {ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x, 0},
                     progress_text(job, list).c_str());
  ImGui::SameLine();
  if (ImGui::Button("Cancel", {button, 0})) job.cancel();
}

void draw_row(PanelContext& context, const ScoredFile& file, double threshold) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  if (!file.score) {
    ImGui::TextDisabled(file.error.empty() ? "" : "-");
  } else {
    ImGui::Text("%.2f", *file.score);
  }
  ImGui::TableNextColumn();
  const bool high = file.score && *file.score > threshold;
  if (high) ImGui::PushStyleColor(ImGuiCol_Text, tone_colour(Tone::bad));
  ImGui::TextUnformatted(!file.score ? (file.error.empty() ? "" : "no score") : high ? "! anomalous" : "normal");
  if (high) ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  ImGui::TextDisabled("%s", file.label == Label::unknown ? "" : to_string(file.label));
  ImGui::TableNextColumn();
  ImGui::PushID(&file);
  if (ImGui::Selectable(shorten(context.view.batch.list.name_of(file), 70).c_str(), false,
                        ImGuiSelectableFlags_SpanAllColumns))
    open_recording(context, file.path);
  ImGui::PopID();
  tooltip(context, file.error.empty() ? "Click to play it through the model." : file.error.c_str());
}

void draw_table(PanelContext& context, float width) {
  auto& batch = context.view.batch;
  const auto& order = batch.shown.order(batch.list, batch.order);
  if (!ImGui::BeginTable("scores", 4, ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit,
                         {width, ImGui::GetContentRegionAvail().y - ImGui::GetFrameHeightWithSpacing()}))
    return;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const char* column : {"Score", "Decision", "Label", "Recording"}) ImGui::TableSetupColumn(column);
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(order.size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
      draw_row(context, batch.list.files()[order[static_cast<std::size_t>(i)]], threshold_of(context));
  ImGui::EndTable();
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
  return text;
}

void draw_separation(PanelContext& context, double threshold) {
  auto& batch = context.view.batch;
  if (!batch.list.has_labels()) {
    ImGui::TextWrapped(
        "%s",
        "If names or folders label recordings as normal and abnormal, this shows how well the score separates them.");
    return;
  }
  const Separation& at = batch.shown.at(batch.list, threshold).separation;
  const Ranking& ranking = batch.shown.ranking(batch.list);
  const Confusion& c = at.confusion;
  const RocPoint now{static_cast<double>(c.false_positive) / static_cast<double>(at.normals), c.recall(), threshold};
  draw_roc(ranking.roc, now, std::min(190 * context.scale, ImGui::GetContentRegionAvail().x), context.plot_style());
  ImGui::Text("Faults found: %zu of %zu (recall %s)", c.true_positive, at.abnormals, percent(c.recall()).c_str());
  ImGui::Text("False alarms: %zu of %zu (%s)", c.false_positive, at.normals, percent(now.false_positive_rate).c_str());
  ImGui::Text("Precision %s, F1 %.3f", percent(c.precision()).c_str(), c.f1());
  ImGui::Text("AUC %.4f, pAUC %.4f", ranking.auc, ranking.pauc);
  tooltip(context,
          "AUC: the share of pairs of a normal and an abnormal recording that are ranked correctly; 0.5 is chance. "
          "pAUC covers only false-positive rates up to 10 %.");
}

void draw_labelled(PanelContext& context) {
  auto& batch = context.view.batch;
  ImGui::BeginChild("workbench", {0, -ImGui::GetFrameHeightWithSpacing()}, false, ImGuiWindowFlags_NavFlattened);
  double threshold = threshold_of(context);
  heading(context, "Threshold for recordings",
          "A recording whose score is above the line is anomalous. Drag the line; the model is not changed.");
  if (draw_class_histogram("histogram", batch.shown.at(batch.list, threshold).histogram, threshold, 130 * context.scale,
                           context.plot_style()))
    batch.threshold = threshold;
  ImGui::TextDisabled("blue: normal, red: abnormal, gray: no label");
  ImGui::SetNextItemWidth(70 * context.scale);
  if (ImGui::InputDouble("##threshold", &threshold, 0.0, 0.0, "%.2f", ImGuiInputTextFlags_EnterReturnsTrue) &&
      std::isfinite(threshold))
    batch.threshold = threshold;
  tooltip(context, "Type a number and press Enter, or drag the line.");
  ImGui::SameLine();
  ImGui::Text("%zu of %zu anomalous", batch.shown.at(batch.list, threshold_of(context)).flagged, batch.list.done());
  if (batch.threshold) {
    ImGui::SameLine();
    if (ImGui::SmallButton("Reset")) batch.threshold.reset();
  }
  draw_separation(context, threshold_of(context));
  ImGui::EndChild();
}

void draw_buttons(PanelContext& context) {
  auto& batch = context.view.batch;
  int by_score = batch.order == ScoreOrder::score ? 0 : 1;
  ImGui::SetNextItemWidth(150 * context.scale);
  if (ImGui::Combo("##order", &by_score, "Highest score first\0By name\0"))
    batch.order = by_score == 0 ? ScoreOrder::score : ScoreOrder::name;
  ImGui::SameLine();
  ImGui::BeginDisabled(batch.list.done() == 0);
  if (ImGui::Button("Export CSV")) {
    const auto file = dated_file(export_folder(), "-scores.csv");
    const Status written = write_file_atomically(file, batch.list.csv(threshold_of(context), batch.order));
    batch.problem = written ? "Saved as " + file.string() : to_message(written.error());
  }
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (ImGui::Button("Close")) batch.open = false;
}

}  // namespace

void open_paths(PanelContext& context, const std::vector<std::filesystem::path>& paths) {
  std::error_code error;
  context.view.path_dropped = true;
  if (paths.size() == 1 && paths[0].extension() == ".csv") return show_scores(context, paths[0]);
  if (paths.size() == 1 && paths[0].extension() == ".safetensors") return open_model(context, paths[0]);
  if (paths.size() == 1 && !std::filesystem::is_directory(paths[0], error)) return open_recording(context, paths[0]);
  score(context, paths);
}

void draw_batch(PanelContext& context) {
  if (!context.view.batch.open || !may_show(context, "Recordings")) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  centre_next_window();
  ImGui::SetNextWindowSize(
      {std::min(1040 * context.scale, screen.x * 0.96F), std::min(640 * context.scale, screen.y * 0.92F)},
      ImGuiCond_Appearing);
  if (ImGui::Begin("Recordings", &context.view.batch.open,
                   ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings)) {
    draw_input(context);
    draw_progress(context);
    draw_table(context, ImGui::GetContentRegionAvail().x * 0.64F);
    ImGui::SameLine();
    draw_labelled(context);
    draw_buttons(context);
  }
  ImGui::End();
}

}  // namespace auscult::gui
