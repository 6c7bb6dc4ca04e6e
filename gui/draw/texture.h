// What Dear ImGui's texture identifiers point at in this program. Thread rule: UI thread.
#pragma once

#include <cstdint>

#include <imgui.h>

namespace auscult::gui {

struct Texture {
  unsigned name = 0;           ///< OpenGL's
  std::uint64_t revision = 0;  ///< increases whenever the texels change
  bool opaque = false;         ///< no texel lets anything shine through

  /// Valid while the texture exists and does not move.
  ImTextureID id() const { return const_cast<Texture*>(this); }
};

}  // namespace auscult::gui
