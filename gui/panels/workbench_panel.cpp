// The threshold workbench: false alarms per hour and threshold, each computed from the other; the histogram of normal
// sound; past alarms at this threshold; the rule for events; saving to the model.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "gui/panels/panels.h"
#include "gui/plot/value_plot.h"
#include "gui/preview.h"
#include "gui/robot.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

std::string rate_text(double per_hour) {
  char text[64];
  if (per_hour >= 0.95)
    std::snprintf(text, sizeof text, "about %.2g false alarm%s per hour", per_hour, per_hour < 1.05 ? "" : "s");
  else if (per_hour > 1.0 / 48.0)
    std::snprintf(text, sizeof text, "about one false alarm in %.3g hours", 1.0 / per_hour);
  else
    std::snprintf(text, sizeof text, "about one false alarm in %.3g days", 1.0 / (24.0 * per_hour));
  return text;
}

void draw_rate(PanelContext& context, const Model& model) {
  ImGui::Text("Threshold: %.2f", context.state.threshold());
  heading(context, "False alarms of a normal machine",
          "Estimated from held-out normal sound. A lower threshold detects smaller changes and raises "
          "more false alarms.");
  if (!model.false_alarms.known()) {
    ImGui::TextWrapped("%s",
                       "Unknown for this model: it was made by an older version, or trained on recordings too "
                       "short for an alarm. Train a new model to find out.");
    return;
  }
  auto& bench = context.view.workbench;
  if (bench.rate_of != context.state.threshold() || bench.model != &model) {
    bench.rate_of = context.state.threshold();
    bench.model = &model;
    bench.rate = model.false_alarms.rate_at(bench.rate_of);
  }
  float rate = static_cast<float>(bench.rate);
  ImGui::SetNextItemWidth(-1.0F);
  if (ImGui::SliderFloat("##rate", &rate, 0.001F, 100.0F, "", ImGuiSliderFlags_Logarithmic))
    context.state.set_threshold(model.false_alarms.threshold_for(static_cast<double>(rate)));
  tooltip(context, "False alarms per hour; Ctrl+click to type a number.");
  ImGui::TextUnformatted(("At this threshold: " + rate_text(bench.rate) + ".").c_str());
  const double finest = model.training.held_out_seconds > 0.0 ? 3600.0 / model.training.held_out_seconds : INFINITY;
  ImGui::PushFont(context.fonts.small);
  ImGui::TextDisabled("Measured on %s of normal sound%s", format_duration(model.training.held_out_seconds).c_str(),
                      bench.rate < finest ? ": a rate below one in that time is an estimate." : ".");
  ImGui::PopFont();
}

void draw_normals(PanelContext& context, const Model& model) {
  if (!model.false_alarms.known()) return;
  heading(
      context, "Normal sound",
      "For each stretch of held-out normal sound, the highest threshold at which it raises an alarm. Drag the line.");
  const auto& peaks = model.false_alarms.peaks();
  ClassHistogram histogram;
  constexpr std::size_t kBins = 30;
  histogram.normal.assign(kBins, 0.0);
  histogram.abnormal = histogram.unknown = histogram.normal;
  histogram.high = std::max(peaks.back(), 1e-3);
  for (const double peak : peaks)
    ++histogram.normal[std::min(kBins - 1, static_cast<std::size_t>(std::max(0.0, peak) / histogram.high * kBins))];
  double threshold = context.state.threshold();
  if (draw_class_histogram("normals", histogram, threshold, 90 * context.scale, context.plot_style()))
    context.state.set_threshold(threshold);
  const auto quantile = [&](double share) {
    return peaks[static_cast<std::size_t>(share * static_cast<double>(peaks.size() - 1))];
  };
  ImGui::TextDisabled("half below %.2f, nine in ten below %.2f, highest %.2f (%zu stretches)", quantile(0.5),
                      quantile(0.9), peaks.back(), peaks.size());
}

void draw_policy(PanelContext& context) {
  EventPolicy& policy = context.view.workbench.policy;
  heading(context, "When an alarm begins and ends",
          "Short noises should raise no alarm, and a fluctuating score only one.");
  ImGui::PushItemWidth(190 * context.scale);
  int confirm[2] = {policy.confirm_k, policy.confirm_n};
  if (ImGui::SliderInt("of the last", &confirm[0], 1, confirm[1])) policy.confirm_k = confirm[0];
  tooltip(context, "An alarm begins when this many frames (32 ms each) ...");
  if (ImGui::SliderInt("frames above the threshold", &confirm[1], 1, 100)) {
    policy.confirm_n = confirm[1];
    policy.confirm_k = std::min(policy.confirm_k, policy.confirm_n);
  }
  const auto slide = [&](const char* label, double& value, float high, const char* format, const char* help) {
    float shown = static_cast<float>(value);
    if (ImGui::SliderFloat(label, &shown, 0.0F, high, format)) value = static_cast<double>(shown);
    tooltip(context, help);
  };
  slide("below the threshold before it ends (hysteresis)", policy.hysteresis, 5.0F, "threshold - %.1f",
        "An alarm ends when the score has stayed this far below the threshold ...");
  slide("for this long (hold)", policy.hold_s, 30.0F, "%.1f s", "... for this long.");
  slide("before the next one (cool-down)", policy.cooldown_s, 600.0F, "%.0f s",
        "No new alarm begins for this long after an alarm.");
  ImGui::PopItemWidth();
}

void draw_preview(PanelContext& context) {
  auto& bench = context.view.workbench;
  const History& history = context.state.shown();
  EventPolicy policy = bench.policy;
  policy.threshold = context.state.threshold();
  if (policy != bench.previewed || history.end_column() / 32 != bench.previewed_column / 32) {
    bench.previewed = policy;
    bench.previewed_column = history.end_column();
    bench.preview = events_in(history, policy);
  }
  heading(context, "Past alarms at this threshold",
          "The same rule, applied to the sound in memory (up to 30 minutes).");
  if (bench.preview.empty()) {
    ImGui::TextDisabled(
        "None in the last %s.",
        format_duration(history.empty() ? 0.0 : history.end_time() - history.start_of(history.first_column())).c_str());
    return;
  }
  ImGui::Text("%zu alarm%s:", bench.preview.size(), bench.preview.size() == 1 ? "" : "s");
  int shown = 0;
  for (auto event = bench.preview.rbegin(); event != bench.preview.rend() && shown < 8; ++event, ++shown) {
    const std::string label =
        format_clock(event->start_s) + " (" + format_duration(event->end_s - event->start_s) + ")";
    ImGui::SameLine();
    if (ImGui::GetContentRegionAvail().x < ImGui::CalcTextSize(label.c_str()).x + 20 * context.scale) ImGui::NewLine();
    ImGui::PushID(shown);
    if (ImGui::SmallButton(label.c_str())) context.state.show_time(event->start_s);
    ImGui::PopID();
  }
}

void draw_actions(PanelContext& context, const Model& model) {
  auto& bench = context.view.workbench;
  ImGui::BeginDisabled(!context.state.threshold_history().can_undo());
  if (ImGui::Button("Undo")) context.state.undo_threshold();
  ImGui::EndDisabled();
  ImGui::SameLine();
  ImGui::BeginDisabled(!context.state.threshold_history().can_redo());
  if (ImGui::Button("Redo")) context.state.redo_threshold();
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (ImGui::Button("Model's threshold")) {
    context.state.set_threshold(model.live_threshold());
    bench.policy = model.preset.policy;
  }
  ImGui::SameLine();
  ImGui::BeginDisabled(model.purpose == Purpose::demo);
  if (ImGui::Button("Save to the model")) {
    EventPolicy policy = bench.policy;
    policy.threshold = context.state.threshold();
    context.session.save_tuning(policy);
    bench.open = false;
  }
  note_widget("Save to the model", model.purpose != Purpose::demo);
  ImGui::EndDisabled();
  tooltip(context, model.purpose == Purpose::demo
                       ? "The demo model cannot be changed."
                       : "Stores threshold and rule in the model and restarts listening with them.");
  ImGui::SameLine();
  if (ImGui::Button("Close")) bench.open = false;
}

}  // namespace

void draw_workbench(PanelContext& context) {
  auto& bench = context.view.workbench;
  const auto& model = context.session.model();
  if (!bench.open || !model || !may_show(context, "Tune the threshold")) return;
  if (bench.policy_of != model.get()) {
    bench.policy_of = model.get();
    bench.policy = model->preset.policy;
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x * 0.05F, screen.y * 0.12F}, ImGuiCond_Appearing);
  ImGui::SetNextWindowSize(
      {std::min(640 * context.scale, screen.x * 0.9F), std::min(600 * context.scale, screen.y * 0.85F)},
      ImGuiCond_Appearing);
  if (ImGui::Begin("Tune the threshold", &bench.open, ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings)) {
    ImGui::BeginChild("tuning", {0, -ImGui::GetFrameHeightWithSpacing()}, false, ImGuiWindowFlags_NavFlattened);
    draw_rate(context, *model);
    draw_normals(context, *model);
    draw_preview(context);
    draw_policy(context);
    ImGui::EndChild();
    draw_actions(context, *model);
  }
  ImGui::End();
}

}  // namespace auscult::gui
