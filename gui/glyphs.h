// Characters that the window's own fonts do not have, loaded when they are first drawn: every character without a glyph
// is drawn as a mark, marks are found in the finished picture before it is presented, and the next picture has the
// glyphs of a font that has them (gui/font_finder.h). Dear ImGui 1.86 loads no glyphs by itself, and all of Chinese,
// Japanese and Korean would be too much. Basic Multilingual Plane only, without shaping: Arabic is shown letter by
// letter, from left to right. Thread rule: the main thread. Units: framebuffer pixels.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <imgui.h>

#include "gui/font_finder.h"

namespace auscult::gui {

class Glyphs {
 public:
  /// Right after `slot`'s font was added to the atlas: merges the glyphs into it that were found to be needed. Slots
  /// count from 0.
  void merge_into(ImFontAtlas& atlas, std::size_t slot, float pixels);
  /// After the atlas was built: gives the characters that the font does not have their marks.
  void mark_missing(std::size_t slot, ImFont& font);

  enum class News {
    none,
    marks,   ///< call mark_missing() for every font
    glyphs,  ///< build the atlas anew
  };
  /// Finds the marks in a picture before it is presented, and makes them invisible.
  News look_through(const ImDrawData& picture);
  /// Characters, new since the last call, that no font of this computer has: they are shown as "?".
  std::u16string take_unavailable();

 private:
  struct Slot {
    std::map<char16_t, const FontFace*> glyphs;  // that are needed
    float pixels = 0.0F;
  };
  Slot& slot(std::size_t number);
  bool want(std::size_t slot_number, char16_t character, std::set<char16_t>& in_picture);

  FontFinder finder_;
  std::vector<Slot> slots_;
  std::set<unsigned> pages_;  // of 256 characters that have marks of their own; the others share one a page
  std::set<char16_t> unavailable_;
  std::u16string untold_;
  std::deque<ImVector<ImWchar>> ranges_;  // of the fonts in the atlas, which keeps pointers to them
};

}  // namespace auscult::gui
