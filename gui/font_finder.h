// Fonts of this computer, by the characters that they have: fontconfig chooses, in the order that suits the user's
// language, and the file is mapped into memory. Thread rule: the main thread. Lifetime: what find() returns lives as
// long as the finder.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace auscult::gui {

struct FontFace {
  std::string file;
  int index = 0;                         ///< of the face in a collection
  std::span<const unsigned char> bytes;  ///< of the whole file
};

class FontFinder {
 public:
  FontFinder();
  ~FontFinder();
  FontFinder(const FontFinder&) = delete;
  FontFinder& operator=(const FontFinder&) = delete;

  /// The first face of outlines (TrueType or OpenType) that has this character; null if there is none. The first call
  /// asks fontconfig, which takes some 10 ms. Faces that cannot be read are passed over.
  const FontFace* find(char16_t character);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auscult::gui
