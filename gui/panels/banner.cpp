// The strip under the top bar: what needs the user's attention, with buttons for what can be done about it.
#include "gui/panels/panels.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

Tone tone_of(BannerKind kind) {
  switch (kind) {
    case BannerKind::error:
      return Tone::bad;
    case BannerKind::no_microphone:
    case BannerKind::mismatch:
    case BannerKind::storage_trouble:
    case BannerKind::input_trouble:
      return Tone::caution;
    default:
      return Tone::info;
  }
}

Sign sign_of(BannerKind kind) {
  return tone_of(kind) == Tone::info ? Sign::info : Sign::warning;
}

constexpr const char* kPlayDemo = "Play the demo recording";
constexpr const char* kTryAgain = "Try again";
constexpr const char* kTeach = "Learn this machine";
constexpr const char* kDismiss = "Dismiss";

float button_width(const char* label) {
  return ImGui::CalcTextSize(label).x + 2 * ImGui::GetStyle().FramePadding.x + ImGui::GetStyle().ItemSpacing.x;
}

float buttons_width(BannerKind kind) {
  switch (kind) {
    case BannerKind::no_microphone:
      return button_width(kPlayDemo) + button_width(kTryAgain);
    case BannerKind::error:
      return button_width(kTryAgain);
    case BannerKind::mismatch:
    case BannerKind::demo_live:
    case BannerKind::demo_recording:
      return button_width(kTeach);
    default:
      return 0.0F;
  }
}

void draw_buttons(PanelContext& context, BannerKind kind) {
  if (kind == BannerKind::no_microphone) {
    const Command& demo = *context.commands.by_id("demo");
    ImGui::BeginDisabled(!demo.available());
    if (ImGui::Button(kPlayDemo)) demo.run();
    ImGui::EndDisabled();
    tooltip(context, "A simulated pump that runs normally and then develops a fault.");
    ImGui::SameLine();
  }
  if (kind == BannerKind::no_microphone || kind == BannerKind::error) {
    if (ImGui::Button(kTryAgain)) context.session.start();
  } else if (kind == BannerKind::mismatch || kind == BannerKind::demo_live || kind == BannerKind::demo_recording) {
    if (ImGui::Button(kTeach)) context.view.show_teaching = true;
  }
}

void draw_text(const PanelContext& context, const Banner& banner, float wrap) {
  ImGui::BeginGroup();
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + wrap);
  ImGui::PushFont(context.fonts.bold);
  ImGui::TextUnformatted(banner.title.c_str());
  ImGui::PopFont();
  ImGui::PushFont(context.fonts.small);
  ImGui::TextUnformatted(banner.text.c_str());
  ImGui::PopFont();
  ImGui::PopTextWrapPos();
  ImGui::EndGroup();
}

}  // namespace

void draw_banner(PanelContext& context) {
  Banner banner = context.state.banner();
  const bool told = !context.view.notice.empty() || !context.view.message.empty();
  if (!context.view.message.empty()) banner = {BannerKind::message, "Done.", context.view.message};
  if (!context.view.notice.empty()) banner = {BannerKind::error, "The action failed.", context.view.notice};
  if (banner.kind == BannerKind::none) return;
  const float s = context.scale, sign_width = 40 * s,
              right = told ? button_width(kDismiss) : buttons_width(banner.kind);
  const float wrap = ImGui::GetContentRegionAvail().x - sign_width - right - 16 * s;
  ImFont* small = context.fonts.small;
  const float height = context.fonts.bold->FontSize + ImGui::GetStyle().ItemSpacing.y +
                       small->CalcTextSizeA(small->FontSize, 1e6F, wrap, banner.text.c_str()).y + 14 * s;
  const Tone tone = tone_of(banner.kind);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, tone_background(tone));
  ImGui::BeginChild("banner", {0, height}, false, ImGuiWindowFlags_NoScrollbar);
  const ImVec2 at = ImGui::GetWindowPos();
  draw_sign(sign_of(banner.kind), {at.x + sign_width / 2, at.y + height / 2}, 11 * s, tone_colour(tone));
  ImGui::SetCursorPos({sign_width, 6 * s});
  draw_text(context, banner, wrap);
  if (right > 0.0F) {
    ImGui::SetCursorPos({ImGui::GetWindowWidth() - right, (height - ImGui::GetFrameHeight()) / 2});
    if (!told) {
      draw_buttons(context, banner.kind);
    } else if (ImGui::Button(kDismiss)) {
      (context.view.notice.empty() ? context.view.message : context.view.notice).clear();
    }
  }
  ImGui::EndChild();
  ImGui::PopStyleColor();
}

}  // namespace auscult::gui
