#include "gui/robot.h"

#include <cstdlib>
#include <map>
#include <string>

#include <imgui.h>

#include "base/log.h"

namespace auscult::gui {

void note_widget(const char* label, bool enabled) {
  static const bool wanted = std::getenv("AUSCULT_ROBOT") != nullptr;
  if (!wanted) return;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  std::string where = std::to_string(static_cast<int>((min.x + max.x) / 2)) + " " +
                      std::to_string(static_cast<int>((min.y + max.y) / 2));
  if (!enabled) where += " disabled";
  static std::map<std::string, std::string> known;
  std::string& last = known[label];
  if (last == where) return;
  log(LogLevel::debug, std::string("widget: ") + label + " at " + where);
  last = std::move(where);
}

}  // namespace auscult::gui
