// One line at the bottom: the health of the chain from input to display.
#include <cmath>
#include <cstdio>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

std::string printed(const char* format, auto... values) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

void draw_item(const PanelContext& context, const std::string& text, const char* help, bool worrying = false) {
  ImGui::PushStyleColor(ImGuiCol_Text, worrying ? tone_colour(Tone::caution) : palette().muted);
  ImGui::TextUnformatted((worrying ? "! " + text : text).c_str());
  ImGui::PopStyleColor();
  tooltip(context, help);
  ImGui::SameLine(0.0F, 18 * context.scale);
}

void draw_input(const PanelContext& context) {
  const LiveStatus& status = context.state.status();
  std::string text =
      "Input: " + shorten(status.source.name.empty() ? context.state.source().label : status.source.name, 26);
  if (!status.source.host_api.empty()) text += " (" + status.source.host_api + ")";
  if (status.source.sample_rate > 0)
    text += ", " + format_rate(status.source.sample_rate) + ", " + std::to_string(status.source.channels) + " ch";
  draw_item(context, text, "The input in use, its sample rate and its channels.");
}

}  // namespace

void draw_health(PanelContext& context) {
  const LiveStatus& status = context.state.status();
  ImGui::PushFont(context.fonts.small);
  draw_input(context);
  const auto lost = status.health.lost;
  draw_item(
      context,
      lost == 0 ? "Lost: none" : "Lost: " + format_count(lost) + " in " + format_count(status.health.gaps) + " gaps",
      help::kLost, lost > 0);
  if (status.invalid_samples > 0)
    draw_item(context, "Invalid: " + format_count(status.invalid_samples),
              "Samples that were not a number or absurdly large. They count as gaps.", true);
  draw_item(context, printed("Latency: %.0f ms", 1000.0 * status.latency_s), help::kLatency, status.latency_s > 1.0);
  draw_item(context, printed("Load: %.0f %%", 100.0 * status.load), help::kLoad, status.load > 0.8);
  draw_item(context, printed("Buffer: %.0f %%", 100.0 * status.health.ring_fill), help::kRing,
            status.health.ring_fill > 0.5);
  draw_item(context, printed("%.0f pictures/s", context.view.frames_per_second), help::kFrames);
  draw_item(context, "Dropped columns: " + format_count(status.dropped_columns), help::kDropped,
            status.dropped_columns > 0);
  if (const auto& model = context.state.model()) draw_item(context, "Model: " + shorten(model->name, 20), help::kModel);
  ImGui::NewLine();
  ImGui::PopFont();
}

}  // namespace auscult::gui
