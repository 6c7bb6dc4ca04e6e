// Small elements that several panels draw.
#include <cmath>

#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {

void tooltip(const PanelContext& context, const char* text) {
  if (!ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled) || ImGui::IsAnyMouseDown()) return;
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(360 * context.scale);
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void centre_next_window(float y_share) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({size.x / 2, size.y * y_share}, ImGuiCond_Appearing, {0.5F, y_share});
}

bool close_button(const PanelContext& context, const char* label) {
  return ImGui::Button(label, {90 * context.scale, 0}) || ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape));
}

void draw_colour_maps(PanelContext& context) {
  for (const ColormapName name : kColormaps)
    if (ImGui::Selectable(to_string(name), name == context.settings.colours)) context.settings.colours = name;
}

bool may_show(PanelContext& context, const char* title) {
  const bool dialog = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
  if (dialog && !context.view.windows_before.contains(title)) return false;
  context.view.windows.insert(title);
  return true;
}

void heading(const PanelContext& context, const char* text, const char* help) {
  ImGui::PushFont(context.fonts.bold);
  ImGui::TextUnformatted(text);
  ImGui::PopFont();
  tooltip(context, help);
  ImGui::SameLine();
  ImGui::PushFont(context.fonts.small);
  ImGui::TextDisabled("(?)");
  ImGui::PopFont();
  tooltip(context, help);
}

void note_cursor(PanelContext& context, const TimePlot& plot) {
  const ImGuiIO& io = ImGui::GetIO();
  const double seconds_per_pixel = (plot.time.end - plot.time.begin) / static_cast<double>(plot.width());
  const bool line_dragged = ImGui::GetStateStorage()->GetBool(plot.id, false);
  if (plot.held && !line_dragged && io.MouseDelta.x != 0.0F && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 3.0F))
    context.state.pan_time(static_cast<double>(-io.MouseDelta.x) * seconds_per_pixel);
  if (!plot.hovered) return;
  const double time = plot.time_at(io.MousePos.x);
  context.view.next_cursor_time = time;
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && !line_dragged) context.state.follow();
  const float sideways = io.MouseWheelH + (io.KeyShift ? -io.MouseWheel : 0.0F);
  if (sideways != 0.0F) {
    context.state.pan_time(static_cast<double>(sideways) * 0.1 * (plot.time.end - plot.time.begin));
  } else if (io.MouseWheel != 0.0F) {
    context.state.zoom_time(io.MouseWheel > 0 ? 0.8 : 1.25, time);
  }
}

void begin_value_tooltip(const PanelContext& context, const TimePlot& plot) {
  const double time = plot.time_at(ImGui::GetIO().MousePos.x);
  ImGui::BeginTooltip();
  ImGui::Text("%s   (%s before the newest)", format_clock(time).c_str(),
              format_duration(std::max(0.0, context.state.shown().end_time() - time)).c_str());
}

void draw_marks(const PanelContext& context, const TimePlot& plot) {
  const History& history = context.state.shown();
  draw_spans(plot, gap_spans(history, plot.time), palette().gap, 0);
  draw_spans(plot, off_spans(history, plot.time), palette().off, 0);
  draw_spans(plot, alarm_spans(history, plot.time), palette().alarm_span, palette().alarm_edge);
  if (context.view.cursor_time) draw_cursor(plot, *context.view.cursor_time);
}

namespace {

void draw_octagon(ImVec2 c, float r, ImU32 colour) {
  ImGui::GetWindowDrawList()->AddNgonFilled(c, r, colour, 8);
}

void draw_exclamation(ImVec2 c, float r, ImU32 colour) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled({c.x - 0.11F * r, c.y - 0.5F * r}, {c.x + 0.11F * r, c.y + 0.15F * r}, colour, 0.1F * r);
  draw->AddCircleFilled({c.x, c.y + 0.42F * r}, 0.14F * r, colour);
}

}  // namespace

void draw_sign(Sign sign, ImVec2 c, float r, ImU32 colour) {
  ImDrawList* draw = ImGui::GetWindowDrawList();
  const ImU32 mark = palette().plot_background;
  const float line = 0.18F * r;
  switch (sign) {
    case Sign::check: {
      draw->AddCircleFilled(c, r, colour, 32);
      const ImVec2 points[] = {
          {c.x - 0.45F * r, c.y + 0.02F * r}, {c.x - 0.12F * r, c.y + 0.36F * r}, {c.x + 0.48F * r, c.y - 0.34F * r}};
      draw->AddPolyline(points, 3, mark, 0, line);
      break;
    }
    case Sign::warning:
      draw->AddTriangleFilled({c.x, c.y - r}, {c.x + r, c.y + 0.8F * r}, {c.x - r, c.y + 0.8F * r}, colour);
      draw_exclamation({c.x, c.y + 0.2F * r}, 0.85F * r, mark);
      break;
    case Sign::alarm:
      draw_octagon(c, r, colour);
      draw_exclamation(c, 1.1F * r, mark);
      break;
    case Sign::pause:
      draw->AddCircle(c, 0.92F * r, colour, 32, line);
      draw->AddRectFilled({c.x - 0.36F * r, c.y - 0.4F * r}, {c.x - 0.1F * r, c.y + 0.4F * r}, colour);
      draw->AddRectFilled({c.x + 0.1F * r, c.y - 0.4F * r}, {c.x + 0.36F * r, c.y + 0.4F * r}, colour);
      break;
    case Sign::waiting:
      draw->AddCircle(c, 0.92F * r, colour, 32, line);
      draw->AddLine(c, {c.x, c.y - 0.6F * r}, colour, line);
      draw->AddLine(c, {c.x + 0.42F * r, c.y + 0.2F * r}, colour, line);
      break;
    case Sign::info:
      draw->AddCircleFilled(c, r, colour, 32);
      draw->AddCircleFilled({c.x, c.y - 0.45F * r}, 0.15F * r, mark);
      draw->AddRectFilled({c.x - 0.12F * r, c.y - 0.16F * r}, {c.x + 0.12F * r, c.y + 0.55F * r}, mark, 0.08F * r);
      break;
    case Sign::crossed:
      draw->AddCircle(c, 0.92F * r, colour, 32, line);
      draw->AddLine({c.x - 0.62F * r, c.y + 0.62F * r}, {c.x + 0.62F * r, c.y - 0.62F * r}, colour, line);
      break;
  }
}

SourceSpec input_named(const Settings& settings, const std::string& device) {
  const InputTuning tuning = tuning_of(settings, device);
  return {.device = device, .channel = tuning.channel, .gain_db = tuning.gain_db};
}

}  // namespace auscult::gui
