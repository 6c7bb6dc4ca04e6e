// Draws Dear ImGui's draw lists with OpenGL 3.3, and only what differs from the picture before where that is possible.
// Replaces Dear ImGui's own OpenGL backend, whose price per pixel is too high without graphics hardware.
// Thread rule: UI thread with a current OpenGL context, for construction and destruction too.
#pragma once

#include <functional>
#include <string>

#include "gui/draw/draw_plan.h"
#include "gui/draw/texture.h"

namespace auscult::gui {

class Renderer {
 public:
  Renderer() = default;
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// Compiles the shaders and learns whether `swap`, which presents the back buffer, keeps its content. It presents a
  /// few black pictures. Returns an error text; empty if all is well.
  std::string open(const std::function<void()>& swap);
  /// Uploads the fonts of Dear ImGui's atlas. Call it whenever they change.
  void upload_fonts();
  /// Draws a picture of that size (framebuffer pixels) into the back buffer. False if it is the same as the picture
  /// before, so that there is nothing to present. `whole`: in any case, all of it.
  bool draw(const ImDrawData& data, int width, int height, bool whole);
  /// The next picture is drawn completely: the window's content was lost.
  void invalidate() { damage_.invalidate(); }

 private:
  void make_buffers();
  void execute(const Draw& draw, int height) const;

  Texture fonts_;
  Damage damage_;
  DrawPlan plan_;
  bool keeps_picture_ = false;  // after a swap the back buffer still holds the picture that was presented
  unsigned vertex_array_ = 0, vertex_buffer_ = 0, index_buffer_ = 0;
  unsigned solid_program_ = 0, textured_program_ = 0;
  int solid_view_ = -1, textured_view_ = -1;  // uniforms
};

}  // namespace auscult::gui
