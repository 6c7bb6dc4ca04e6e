// Undo and redo of the threshold. A drag is one step. Thread rule: UI thread. Units: u.
#pragma once

#include <optional>
#include <vector>

namespace auscult::gui {

class ThresholdHistory {
 public:
  /// Forgets all steps; undo ends at `value`.
  void begin(double value) { settled_ = value, undo_.clear(), redo_.clear(); }
  /// The user has released the control at `value`: one step if it differs from the last.
  void settle(double value) {
    if (value == settled_) return;
    undo_.push_back(settled_);
    redo_.clear();
    settled_ = value;
  }
  bool can_undo() const { return !undo_.empty(); }
  bool can_redo() const { return !redo_.empty(); }
  /// The value to return to; nothing if there is none.
  std::optional<double> undo() { return step(undo_, redo_); }
  std::optional<double> redo() { return step(redo_, undo_); }

 private:
  std::optional<double> step(std::vector<double>& from, std::vector<double>& to) {
    if (from.empty()) return std::nullopt;
    to.push_back(settled_);
    settled_ = from.back();
    from.pop_back();
    return settled_;
  }
  double settled_ = 0.0;
  std::vector<double> undo_, redo_;
};

}  // namespace auscult::gui
