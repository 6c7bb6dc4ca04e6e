// The program's icon as pixels, for the window and the task bar: assets/auscult.svg redrawn from its coordinates, so
// that neither a bitmap nor an image library has to be shipped. No Dear ImGui, no OpenGL. Thread rule: free function.
#pragma once

#include <vector>

namespace auscult::gui {

struct IconPicture {
  int size = 0;                       ///< width and height
  std::vector<unsigned char> pixels;  ///< RGBA, rows from the top, not premultiplied
};
IconPicture draw_icon(int size);

}  // namespace auscult::gui
