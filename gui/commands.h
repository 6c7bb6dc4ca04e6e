// All keyboard commands in one registry, which the key handling, the list on F1 and the command palette share. No Dear
// ImGui. Thread rule: UI thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace auscult::gui {

/// GLFW's key codes: a printable key is its capital letter or sign.
namespace key {
inline constexpr int kSpace = 32, kEscape = 256, kRight = 262, kLeft = 263, kDown = 264, kUp = 265, kPageUp = 266,
                     kPageDown = 267, kHome = 268, kEnd = 269, kF1 = 290, kF12 = 301, kPadZero = 320, kPadMinus = 333,
                     kPadPlus = 334;
}

/// One key press. Recorded even if a slow frame missed it between press and release.
struct KeyPress {
  int key = 0;
  bool control = false, shift = false, alt = false;
  bool operator==(const KeyPress&) const = default;
};
/// "Ctrl+Shift+P", "Space", "F1".
std::string to_text(const KeyPress& press);

struct Command {
  std::string id;     ///< stable, lower case: "freeze"
  std::string title;  ///< what it does; shown in the palette
  std::string group;  ///< heading in the list of keys
  std::vector<KeyPress> keys;
  std::function<void()> run;
  std::function<bool()> enabled = {};    ///< none: always
  enum class Held { ignored, repeats };  ///< whether it repeats while the key is held
  Held held = Held::ignored;
  bool available() const { return !enabled || enabled(); }
};

/// Who else can use the keys now. Ctrl, Alt and function keys always belong to the commands.
enum class KeyOwner {
  plots,   ///< nobody
  window,  ///< a separate window: navigation keys and Esc are not commands
  widget,  ///< a selected widget in such a window: Space is not a command either
  text,    ///< a text field, a dialog or an open list: no plain key is a command
};

class Commands {
 public:
  /// Throws std::logic_error if the id or one of the keys is taken: a mistake in the program.
  void add(Command command);
  const std::vector<Command>& all() const { return commands_; }
  const Command* by_id(const std::string& id) const;
  /// Runs the command of that key; false if there is none, or if the key belongs to someone else.
  bool press(const KeyPress& press, KeyOwner owner, bool repeated = false) const;
  /// Commands whose title or group contains the letters of `text` in that order, best match first; all commands if
  /// `text` is empty.
  std::vector<const Command*> find(const std::string& text) const;

 private:
  std::vector<Command> commands_;
};

}  // namespace auscult::gui
