// Turns Dear ImGui's draw lists into as little work for the rasterizer as possible: only what touches the damaged parts
// of a picture, without texture lookups and blending where a primitive needs none, and without what is painted over.
// On a processor without graphics hardware nearly all of a picture's time is spent per pixel. Calls no OpenGL.
// Thread rule: UI thread. Units: framebuffer pixels, from the upper left corner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <imgui.h>

#include "gui/draw/damage.h"
#include "gui/draw/texture.h"

namespace auscult::gui {

/// How pixels are computed, cheapest first.
enum class Fill {
  solid,            ///< the vertex color, opaque
  solid_blended,    ///< the vertex color
  image,            ///< an opaque texture times an opaque vertex color
  textured_blended  ///< texture times vertex color; correct for everything whose texture is the font's
};

/// A range of DrawPlan::indices() that is drawn at once.
struct Draw {
  Fill fill = Fill::textured_blended;
  const Texture* texture = nullptr;
  PixelBox scissor;
  std::size_t first = 0, count = 0;
};

class DrawPlan {
 public:
  /// Reads a picture and notes its content in `damage` (between its begin() and finish()). `white` is the font
  /// texture's coordinate of an opaque white texel, which Dear ImGui uses for everything without a texture. User
  /// callbacks are not supported.
  void read(const ImDrawData& data, ImVec2 white, Damage& damage);
  /// Appends what is drawn inside the box, in the picture's order. Drawing it over whatever the box contains yields the
  /// picture, provided that the picture has an opaque background.
  void add_box(const PixelBox& box);

  /// Positions are Dear ImGui's.
  const std::vector<ImDrawVert>& vertices() const { return vertices_; }
  const std::vector<std::uint32_t>& indices() const { return indices_; }
  const std::vector<Draw>& draws() const { return draws_; }

 private:
  struct Command {
    const Texture* texture;
    PixelBox clip;
  };
  // A triangle, or two that form an upright rectangle.
  struct Primitive {
    std::uint32_t index, count, command;  // into read_indices_, commands_
    Fill fill;
    PixelBox box;      // every pixel it may touch
    PixelBox covered;  // pixels it certainly covers with an opaque color; empty if unknown
  };
  void read_command(const ImDrawList& list, const ImDrawCmd& command, std::uint32_t base, Damage& damage);
  Primitive primitive_at(std::uint32_t index, bool rectangle) const;
  ImVec2 to_pixels(ImVec2 at) const;
  bool hidden(std::size_t primitive, const PixelBox& visible) const;

  ImVec2 offset_, scale_, white_;
  std::vector<ImDrawVert> vertices_;
  std::vector<std::uint32_t> read_indices_, indices_;
  std::vector<Command> commands_;
  std::vector<Primitive> primitives_;
  std::vector<std::size_t> covers_;  // large primitives that cover what lies behind them
  std::vector<Draw> draws_;
};

}  // namespace auscult::gui
