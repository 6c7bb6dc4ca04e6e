#include "gui/draw/renderer.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#define GL_GLEXT_PROTOTYPES
#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

namespace auscult::gui {
namespace {

// view: scale and offset from Dear ImGui's positions to OpenGL's.
constexpr const char* kVertexShader = R"(#version 330 core
uniform vec4 view;
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 texel;
layout(location = 2) in vec4 color;
out vec2 at;
out vec4 tint;
void main() {
  at = texel;
  tint = color;
  gl_Position = vec4(position * view.xy + view.zw, 0.0, 1.0);
}
)";
constexpr const char* kTexturedShader = R"(#version 330 core
uniform sampler2D image;
in vec2 at;
in vec4 tint;
out vec4 pixel;
void main() { pixel = tint * texture(image, at); }
)";
constexpr const char* kSolidShader = R"(#version 330 core
in vec4 tint;
out vec4 pixel;
void main() { pixel = tint; }
)";

unsigned compiled(GLenum kind, const char* source, std::string& problem) {
  const unsigned shader = glCreateShader(kind);
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  int fine = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &fine);
  char text[256] = "";
  if (!fine) glGetShaderInfoLog(shader, sizeof text, nullptr, text), problem = std::string("a shader fails: ") + text;
  return shader;
}

unsigned linked(const char* fragment_shader, std::string& problem) {
  const unsigned program = glCreateProgram(), vertex = compiled(GL_VERTEX_SHADER, kVertexShader, problem),
                 fragment = compiled(GL_FRAGMENT_SHADER, fragment_shader, problem);
  glAttachShader(program, vertex);
  glAttachShader(program, fragment);
  glLinkProgram(program);
  glDeleteShader(vertex);
  glDeleteShader(fragment);
  int fine = 0;
  glGetProgramiv(program, GL_LINK_STATUS, &fine);
  if (!fine && problem.empty()) problem = "the shaders cannot be linked";
  return program;
}

bool without_graphics_hardware() {
  const auto* name = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  if (!name) return false;
  return std::strstr(name, "llvmpipe") || std::strstr(name, "softpipe") || std::strstr(name, "Software Rasterizer");
}

// OpenGL leaves the back buffer's content undefined after a swap. Software rasterizers copy it to the window and keep
// it, except where they rotate several buffers, which this sees. Graphics hardware gains nothing from partial drawing.
bool swap_keeps_picture(const std::function<void()>& swap) {
  if (!without_graphics_hardware()) return false;
  for (int i = 1; i <= 4; ++i) {
    glClearColor(static_cast<float>(i) / 255.0F, 0.0F, 0.0F, 1.0F);
    glClear(GL_COLOR_BUFFER_BIT);
    swap();
    unsigned char pixel[4] = {};
    glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
    if (pixel[0] != i) return false;
  }
  return true;
}

const void* offset(std::size_t bytes) {
  return reinterpret_cast<const void*>(bytes);
}

}  // namespace

Renderer::~Renderer() {
  if (fonts_.name != 0) glDeleteTextures(1, &fonts_.name);
  if (solid_program_ != 0) glDeleteProgram(solid_program_);
  if (textured_program_ != 0) glDeleteProgram(textured_program_);
  if (vertex_array_ != 0) glDeleteVertexArrays(1, &vertex_array_);
  const unsigned buffers[] = {vertex_buffer_, index_buffer_};
  if (vertex_buffer_ != 0) glDeleteBuffers(2, buffers);
}

std::string Renderer::open(const std::function<void()>& swap) {
  std::string problem;
  solid_program_ = linked(kSolidShader, problem);
  textured_program_ = linked(kTexturedShader, problem);
  if (!problem.empty()) return problem;
  solid_view_ = glGetUniformLocation(solid_program_, "view");
  textured_view_ = glGetUniformLocation(textured_program_, "view");
  make_buffers();
  glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  keeps_picture_ = swap_keeps_picture(swap);
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
  ImGui::GetIO().BackendRendererName = "auscult";
  return {};
}

void Renderer::make_buffers() {
  glGenVertexArrays(1, &vertex_array_);
  glGenBuffers(1, &vertex_buffer_);
  glGenBuffers(1, &index_buffer_);
  glBindVertexArray(vertex_array_);
  glBindBuffer(GL_ARRAY_BUFFER, vertex_buffer_);
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, index_buffer_);
  for (const unsigned attribute : {0U, 1U, 2U}) glEnableVertexAttribArray(attribute);
  glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, pos)));
  glVertexAttribPointer(1, 2, GL_FLOAT, GL_FALSE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, uv)));
  glVertexAttribPointer(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(ImDrawVert), offset(offsetof(ImDrawVert, col)));
}

void Renderer::upload_fonts() {
  unsigned char* texels = nullptr;
  int width = 0, height = 0;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.GetTexDataAsRGBA32(&texels, &width, &height);
  if (fonts_.name == 0) glGenTextures(1, &fonts_.name);
  glBindTexture(GL_TEXTURE_2D, fonts_.name);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, texels);
  ++fonts_.revision;
  atlas.SetTexID(fonts_.id());
}

bool Renderer::draw(const ImDrawData& data, int width, int height, bool whole) {
  if (width <= 0 || height <= 0) return false;
  if (whole) damage_.invalidate();
  damage_.begin(width, height);
  plan_.read(data, ImGui::GetIO().Fonts->TexUvWhitePixel, damage_);
  const std::vector<PixelBox> boxes = damage_.finish();
  if (boxes.empty()) return false;
  if (keeps_picture_)
    for (const PixelBox& box : boxes) plan_.add_box(box);
  else
    plan_.add_box({0, 0, width, height});

  glViewport(0, 0, width, height);
  const float x = 2.0F / data.DisplaySize.x, y = -2.0F / data.DisplaySize.y;
  for (const auto& [program, view] : {std::pair{solid_program_, solid_view_}, {textured_program_, textured_view_}}) {
    glUseProgram(program);
    glUniform4f(view, x, y, -1.0F - x * data.DisplayPos.x, 1.0F - y * data.DisplayPos.y);
  }
  glBindVertexArray(vertex_array_);
  glBindBuffer(GL_ARRAY_BUFFER, vertex_buffer_);
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(plan_.vertices().size() * sizeof(ImDrawVert)),
               plan_.vertices().data(), GL_STREAM_DRAW);
  glBufferData(GL_ELEMENT_ARRAY_BUFFER, static_cast<GLsizeiptr>(plan_.indices().size() * sizeof(std::uint32_t)),
               plan_.indices().data(), GL_STREAM_DRAW);
  glEnable(GL_SCISSOR_TEST);
  for (const Draw& draw : plan_.draws()) execute(draw, height);
  glDisable(GL_SCISSOR_TEST);
  return true;
}

void Renderer::execute(const Draw& draw, int height) const {
  const bool blended = draw.fill == Fill::solid_blended || draw.fill == Fill::textured_blended;
  const bool textured = draw.fill == Fill::image || draw.fill == Fill::textured_blended;
  blended ? glEnable(GL_BLEND) : glDisable(GL_BLEND);
  glUseProgram(textured ? textured_program_ : solid_program_);
  if (textured) glBindTexture(GL_TEXTURE_2D, draw.texture->name);
  const PixelBox& box = draw.scissor;
  glScissor(box.left, height - box.bottom, box.right - box.left, box.bottom - box.top);
  glDrawElements(GL_TRIANGLES, static_cast<GLsizei>(draw.count), GL_UNSIGNED_INT,
                 offset(draw.first * sizeof(std::uint32_t)));
}

}  // namespace auscult::gui
