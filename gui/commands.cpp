#include "gui/commands.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <utility>

namespace auscult::gui {
namespace {

const char* name_of(int key) {
  switch (key) {
    case key::kSpace:
      return "Space";
    case key::kEscape:
      return "Esc";
    case key::kRight:
      return "Right";
    case key::kLeft:
      return "Left";
    case key::kDown:
      return "Down";
    case key::kUp:
      return "Up";
    case key::kPageUp:
      return "Page up";
    case key::kPageDown:
      return "Page down";
    case key::kHome:
      return "Home";
    case key::kEnd:
      return "End";
    case key::kPadZero:
      return "Keypad 0";
    case key::kPadMinus:
      return "Keypad -";
    case key::kPadPlus:
      return "Keypad +";
    default:
      return nullptr;
  }
}

bool is_function_key(int key) {
  return key >= key::kF1 && key <= key::kF12;
}

bool moves(int key) {
  return key == key::kLeft || key == key::kRight || key == key::kUp || key == key::kDown || key == key::kPageUp ||
         key == key::kPageDown || key == key::kHome || key == key::kEnd;
}

bool is_taken(const KeyPress& press, KeyOwner owner) {
  if (press.control || press.alt || is_function_key(press.key)) return false;
  switch (owner) {
    case KeyOwner::plots:
      return false;
    case KeyOwner::window:
      return moves(press.key) || press.key == key::kEscape;
    case KeyOwner::widget:
      return moves(press.key) || press.key == key::kEscape || press.key == key::kSpace;
    case KeyOwner::text:
      return true;
  }
  return true;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// How poorly `wanted` matches: the number of letters in between, less at the start of a word. Both in lower case.
std::optional<int> misfit(const std::string& text, const std::string& wanted) {
  if (const auto at = text.find(wanted); at != std::string::npos) return at == 0 || text[at - 1] == ' ' ? 0 : 1;
  std::size_t from = 0;
  int between = 2;
  for (const char letter : wanted) {
    const auto at = text.find(letter, from);
    if (at == std::string::npos) return std::nullopt;
    between += static_cast<int>(at - from);
    from = at + 1;
  }
  return between;
}

}  // namespace

std::string to_text(const KeyPress& press) {
  std::string text;
  if (press.control) text += "Ctrl+";
  if (press.alt) text += "Alt+";
  if (press.shift) text += "Shift+";
  if (const char* name = name_of(press.key)) return text + name;
  if (is_function_key(press.key)) return text + "F" + std::to_string(press.key - key::kF1 + 1);
  if (press.key == '/' && press.shift) return "?";
  if (press.key == '=' && !press.shift) return text + "+";  // the key with the plus sign, in any layout
  return text + static_cast<char>(press.key);
}

void Commands::add(Command command) {
  if (by_id(command.id)) throw std::logic_error("two commands are called " + command.id);
  for (const Command& other : commands_)
    for (const KeyPress& key : command.keys)
      if (std::find(other.keys.begin(), other.keys.end(), key) != other.keys.end())
        throw std::logic_error(to_text(key) + " belongs to " + other.id + " and to " + command.id);
  commands_.push_back(std::move(command));
}

const Command* Commands::by_id(const std::string& id) const {
  const auto found = std::find_if(commands_.begin(), commands_.end(), [&](const Command& c) { return c.id == id; });
  return found == commands_.end() ? nullptr : &*found;
}

bool Commands::press(const KeyPress& press, KeyOwner owner, bool repeated) const {
  if (is_taken(press, owner)) return false;
  for (const Command& command : commands_) {
    if (std::find(command.keys.begin(), command.keys.end(), press) == command.keys.end()) continue;
    if (command.available() && (!repeated || command.held == Command::Held::repeats)) command.run();
    return true;
  }
  return false;
}

std::vector<const Command*> Commands::find(const std::string& text) const {
  const std::string wanted = lower(text);
  std::vector<std::pair<int, const Command*>> fits;
  for (const Command& command : commands_)
    if (const auto bad = misfit(lower(command.title + " " + command.group), wanted)) fits.emplace_back(*bad, &command);
  std::stable_sort(fits.begin(), fits.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Command*> found;
  for (const auto& [bad, command] : fits) found.push_back(command);
  return found;
}

}  // namespace auscult::gui
