// Everything that the user can do by keyboard, in one registry: key strokes, the list that F1 shows, and the command
// palette all read it. No Dear ImGui in here. Thread rule: UI thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace auscult::gui {

/// Keys have GLFW's numbers: printable ones are their capital letter or sign.
namespace key {
inline constexpr int kSpace = 32, kEscape = 256, kRight = 262, kLeft = 263, kDown = 264, kUp = 265, kPageUp = 266,
                     kPageDown = 267, kHome = 268, kEnd = 269, kF1 = 290, kF12 = 301, kPadZero = 320, kPadMinus = 333,
                     kPadPlus = 334;
}

/// A key that was pressed, whatever a slow frame swallowed between press and release.
struct KeyPress {
  int key = 0;
  bool control = false, shift = false, alt = false;
  bool operator==(const KeyPress&) const = default;
};
/// "Ctrl+Shift+P", "Space", "F1".
std::string to_text(const KeyPress& press);

struct Command {
  std::string id;     ///< stable, lower case: "freeze"
  std::string title;  ///< what it does, as the palette shows it
  std::string group;  ///< heading in the list
  std::vector<KeyPress> keys;
  std::function<void()> run;
  std::function<bool()> enabled = {};  ///< none: always
  bool repeats = false;                ///< acts again while the key is held
  bool available() const { return !enabled || enabled(); }
};

/// Who else wants the keys just now. Ctrl, Alt and function keys are always the commands'.
enum class KeyOwner {
  plots,   ///< nobody
  window,  ///< a window of its own: keys that move in it and Esc are not the commands'
  widget,  ///< and a widget in it is marked, which Space presses: nor is Space
  text,    ///< a text field, a dialog, an open list: nor is any plain key
};

class Commands {
 public:
  /// Preconditions: neither the id nor one of the keys is taken.
  void add(Command command);
  const std::vector<Command>& all() const { return commands_; }
  const Command* by_id(const std::string& id) const;
  /// Runs the command of that key; false where there is none, or where the key belongs to somebody else.
  bool press(const KeyPress& press, KeyOwner owner, bool repeated = false) const;
  /// Commands whose title or group has the letters of `text` in that order; best first, all of them for no text.
  std::vector<const Command*> find(const std::string& text) const;

 private:
  std::vector<Command> commands_;
};

}  // namespace auscult::gui
