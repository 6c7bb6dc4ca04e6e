#include "gui/draw/draw_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>

namespace auscult::gui {
namespace {

// A primitive below this area costs less in the more general fill than the change to another one.
constexpr std::int64_t kSmallArea = 1024;
// Only larger ones are looked at for being hidden or for hiding others.
constexpr std::int64_t kLargeArea = 4096;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

std::uint64_t pair_of(float a, float b) {
  return static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(a)) << 32 | std::bit_cast<std::uint32_t>(b);
}

std::uint64_t mixed(std::uint64_t hash, const ImDrawVert& v) {
  return mixed(mixed(mixed(hash, pair_of(v.pos.x, v.pos.y)), pair_of(v.uv.x, v.uv.y)), v.col);
}

bool same(ImVec2 a, ImVec2 b) {
  return a.x == b.x && a.y == b.y;
}

bool opaque(const ImDrawVert& vertex) {
  return (vertex.col & IM_COL32_A_MASK) == IM_COL32_A_MASK;
}

// The six indices that Dear ImGui emits for an upright rectangle: corners clockwise from the first.
bool is_rectangle(const std::uint32_t* at, const std::vector<ImDrawVert>& vertices) {
  if (at[3] != at[0] || at[4] != at[2]) return false;
  const ImVec2 a = vertices[at[0]].pos, b = vertices[at[1]].pos, c = vertices[at[2]].pos, d = vertices[at[5]].pos;
  return a.y == b.y && b.x == c.x && c.y == d.y && d.x == a.x;
}

int pixel(float at) {
  return static_cast<int>(std::clamp(at, -1e6F, 1e6F));
}

struct Extent {
  float left = 1e9F, top = 1e9F, right = -1e9F, bottom = -1e9F;
  void add(ImVec2 at) {
    left = std::min(left, at.x), right = std::max(right, at.x);
    top = std::min(top, at.y), bottom = std::max(bottom, at.y);
  }
  PixelBox touched() const {
    return {pixel(std::floor(left)), pixel(std::floor(top)), pixel(std::ceil(right)), pixel(std::ceil(bottom))};
  }
  PixelBox covered() const {
    return {pixel(std::ceil(left)), pixel(std::ceil(top)), pixel(std::floor(right)), pixel(std::floor(bottom))};
  }
};

// Both fills give the same picture, and the primitive is too small for the difference in price to matter.
bool may_join(Fill fill, const PixelBox& box, const Draw& into) {
  if (fill == into.fill) return true;
  if (box.area() >= kSmallArea) return false;
  if (into.fill == Fill::textured_blended) return fill == Fill::solid || fill == Fill::solid_blended;
  return into.fill == Fill::solid_blended && fill == Fill::solid;
}

}  // namespace

void DrawPlan::read(const ImDrawData& data, ImVec2 white, Damage& damage) {
  offset_ = data.DisplayPos;
  scale_ = data.FramebufferScale;
  white_ = white;
  vertices_.clear();
  read_indices_.clear();
  indices_.clear();
  commands_.clear();
  primitives_.clear();
  covers_.clear();
  draws_.clear();
  for (int l = 0; l < data.CmdListsCount; ++l) {
    const ImDrawList& list = *data.CmdLists[l];
    const auto base = static_cast<std::uint32_t>(vertices_.size());
    vertices_.insert(vertices_.end(), list.VtxBuffer.begin(), list.VtxBuffer.end());
    for (const ImDrawCmd& command : list.CmdBuffer)
      if (!command.UserCallback && command.ElemCount > 0) read_command(list, command, base, damage);
  }
}

ImVec2 DrawPlan::to_pixels(ImVec2 at) const {
  return {(at.x - offset_.x) * scale_.x, (at.y - offset_.y) * scale_.y};
}

void DrawPlan::read_command(const ImDrawList& list, const ImDrawCmd& command, std::uint32_t base, Damage& damage) {
  const ImVec2 low = to_pixels({command.ClipRect.x, command.ClipRect.y}),
               high = to_pixels({command.ClipRect.z, command.ClipRect.w});
  const PixelBox clip{pixel(low.x), pixel(low.y), pixel(high.x), pixel(high.y)};
  if (clip.empty()) return;
  const auto* texture = static_cast<const Texture*>(command.GetTexID());
  const std::uint64_t look =
      mixed(mixed(mixed(texture->name, texture->revision), pair_of(low.x, low.y)), pair_of(high.x, high.y));
  const std::uint32_t first = static_cast<std::uint32_t>(read_indices_.size()),
                      end = first + command.ElemCount - command.ElemCount % 3;
  for (std::uint32_t i = 0; i < command.ElemCount; ++i)
    read_indices_.push_back(base + command.VtxOffset + list.IdxBuffer[static_cast<int>(command.IdxOffset + i)]);
  commands_.push_back({texture, clip});
  for (std::uint32_t at = first; at < end;) {
    const bool rectangle = at + 6 <= end && is_rectangle(&read_indices_[at], vertices_);
    const Primitive primitive = primitive_at(at, rectangle);
    at += primitive.count;
    if (primitive.box.empty()) continue;
    std::uint64_t hash = look;
    for (std::uint32_t i = 0; i < primitive.count; ++i)
      if (i < 3 || i == 5) hash = mixed(hash, vertices_[read_indices_[primitive.index + i]]);
    damage.add(primitive.box, hash);
    if (primitive.covered.area() >= kLargeArea) covers_.push_back(primitives_.size());
    primitives_.push_back(primitive);
  }
}

DrawPlan::Primitive DrawPlan::primitive_at(std::uint32_t index, bool rectangle) const {
  const std::uint32_t count = rectangle ? 6 : 3;
  const Command& command = commands_.back();
  Extent extent;
  bool solid = true, see_through = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ImDrawVert& vertex = vertices_[read_indices_[index + i]];
    extent.add(to_pixels(vertex.pos));
    solid = solid && same(vertex.uv, white_);
    see_through = see_through || !opaque(vertex);
  }
  Fill fill = Fill::textured_blended;
  if (solid)
    fill = see_through ? Fill::solid_blended : Fill::solid;
  else if (command.texture->opaque && !see_through)
    fill = Fill::image;
  const bool covers = rectangle && (fill == Fill::solid || fill == Fill::image);
  return {index,
          count,
          static_cast<std::uint32_t>(commands_.size() - 1),
          fill,
          intersection(extent.touched(), command.clip),
          covers ? intersection(extent.covered(), command.clip) : PixelBox{}};
}

bool DrawPlan::hidden(std::size_t primitive, const PixelBox& visible) const {
  if (visible.area() < kLargeArea) return false;
  return std::any_of(std::upper_bound(covers_.begin(), covers_.end(), primitive), covers_.end(),
                     [&](std::size_t cover) { return primitives_[cover].covered.contains(visible); });
}

void DrawPlan::add_box(const PixelBox& box) {
  const std::size_t first_draw = draws_.size();
  for (std::size_t p = 0; p < primitives_.size(); ++p) {
    const Primitive& primitive = primitives_[p];
    const PixelBox visible = intersection(primitive.box, box);
    if (visible.empty() || hidden(p, visible)) continue;
    const Command& command = commands_[primitive.command];
    const PixelBox scissor = intersection(command.clip, box);
    if (draws_.size() == first_draw || draws_.back().scissor != scissor || draws_.back().texture != command.texture ||
        !may_join(primitive.fill, visible, draws_.back()))
      draws_.push_back({primitive.fill, command.texture, scissor, indices_.size(), 0});
    const auto from = read_indices_.begin() + static_cast<std::ptrdiff_t>(primitive.index);
    indices_.insert(indices_.end(), from, from + static_cast<std::ptrdiff_t>(primitive.count));
    draws_.back().count += primitive.count;
  }
}

}  // namespace auscult::gui
