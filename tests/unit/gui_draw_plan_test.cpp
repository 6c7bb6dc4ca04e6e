// Drawing only what changed, cheaply, gives the same picture as drawing everything as Dear ImGui asks for. A small
// rasterizer stands in for OpenGL.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include <gtest/gtest.h>
#include <imgui_internal.h>  // ImDrawListSharedData

#include "gui/draw/draw_plan.h"

namespace auscult::gui {
namespace {

constexpr int kWidth = 300, kHeight = 200;
using Pixel = std::array<double, 3>;
using Canvas = std::vector<Pixel>;

double channel(ImU32 color, int shift) {
  return (color >> shift & 255U) / 255.0;
}

// Which side of the edge a-b the point is on; pixels on the edge belong to one of the two triangles that share it.
bool inside(ImVec2 a, ImVec2 b, double x, double y) {
  const double side = (static_cast<double>(b.x) - a.x) * (y - a.y) - (static_cast<double>(b.y) - a.y) * (x - a.x);
  const bool upper_left = a.y == b.y ? b.x > a.x : b.y < a.y;
  return side > 0.0 || (side == 0.0 && upper_left);
}

// All vertices of a triangle have the same color here. A texture's texels are its revision, in gray.
void fill_triangle(Canvas& canvas, std::array<ImDrawVert, 3> v, Fill fill, const Texture& texture,
                   const PixelBox& clip) {
  const auto area =
      (v[1].pos.x - v[0].pos.x) * (v[2].pos.y - v[0].pos.y) - (v[1].pos.y - v[0].pos.y) * (v[2].pos.x - v[0].pos.x);
  if (area < 0) std::swap(v[1], v[2]);
  const bool textured = fill == Fill::image || fill == Fill::textured_blended;
  const bool white = v[0].uv.x < 0.0F || !textured;
  const double light = white ? 1.0 : static_cast<double>(texture.revision % 16) / 16.0;
  const double alpha = fill == Fill::solid || fill == Fill::image ? 1.0 : channel(v[0].col, IM_COL32_A_SHIFT);
  const PixelBox box = intersection(clip, {0, 0, kWidth, kHeight});
  for (int y = box.top; y < box.bottom; ++y)
    for (int x = box.left; x < box.right; ++x) {
      const double px = x + 0.5, py = y + 0.5;
      if (!inside(v[0].pos, v[1].pos, px, py) || !inside(v[1].pos, v[2].pos, px, py) ||
          !inside(v[2].pos, v[0].pos, px, py))
        continue;
      Pixel& pixel = canvas[static_cast<std::size_t>(y * kWidth + x)];
      for (int c = 0; c < 3; ++c)
        pixel[static_cast<std::size_t>(c)] +=
            alpha * (light * channel(v[0].col, 8 * c) - pixel[static_cast<std::size_t>(c)]);
    }
}

// Everything, in order, with texture and blending.
Canvas drawn_as_asked(const ImDrawData& data) {
  Canvas canvas(static_cast<std::size_t>(kWidth) * kHeight);
  for (int l = 0; l < data.CmdListsCount; ++l)
    for (const ImDrawCmd& command : data.CmdLists[l]->CmdBuffer) {
      const ImVec4& r = command.ClipRect;
      const PixelBox clip{static_cast<int>(r.x), static_cast<int>(r.y), static_cast<int>(r.z), static_cast<int>(r.w)};
      for (unsigned i = 0; i < command.ElemCount; i += 3) {
        std::array<ImDrawVert, 3> v;
        for (unsigned k = 0; k < 3; ++k) {
          const ImDrawIdx at = data.CmdLists[l]->IdxBuffer[static_cast<int>(command.IdxOffset + i + k)];
          v[k] = data.CmdLists[l]->VtxBuffer[static_cast<int>(command.VtxOffset + at)];
        }
        fill_triangle(canvas, v, Fill::textured_blended, *static_cast<const Texture*>(command.GetTexID()), clip);
      }
    }
  return canvas;
}

void execute(const DrawPlan& plan, Canvas& canvas) {
  for (const Draw& draw : plan.draws())
    for (std::size_t i = draw.first; i < draw.first + draw.count; i += 3) {
      std::array<ImDrawVert, 3> v;
      for (std::size_t k = 0; k < 3; ++k) v[k] = plan.vertices()[plan.indices()[i + k]];
      fill_triangle(canvas, v, draw.fill, *draw.texture, draw.scissor);
    }
}

class DrawPlans : public ::testing::Test {
 protected:
  DrawPlans() {
    shared_.ClipRectFullscreen = {0, 0, kWidth, kHeight};
    shared_.TexUvWhitePixel = white_;
    begin();
  }
  const ImVec2 white_{-1.0F, -1.0F};
  void begin() {
    list_._ResetForNewFrame();
    list_.PushClipRectFullScreen();
    list_.PushTextureID(font_.id());
    list_.AddRectFilled({0, 0}, {kWidth, kHeight}, IM_COL32(20, 30, 40, 255));
  }
  const ImDrawData& data() {
#if IMGUI_VERSION_NUM >= 18980
    data_.CmdLists.resize(0);
    data_.CmdLists.push_back(&list_);
#else
    lists_[0] = &list_;
    data_.CmdLists = lists_;
#endif
    data_.CmdListsCount = 1;
    data_.DisplaySize = {kWidth, kHeight};
    data_.FramebufferScale = {1, 1};
    return data_;
  }
  std::vector<PixelBox> read() {
    damage_.begin(kWidth, kHeight);
    plan_.read(data(), white_, damage_);
    return damage_.finish();
  }
  std::vector<Fill> fills_of_everything() {
    read();
    plan_.add_box({0, 0, kWidth, kHeight});
    std::vector<Fill> fills;
    for (const Draw& draw : plan_.draws()) fills.push_back(draw.fill);
    return fills;
  }

  ImDrawListSharedData shared_;
  ImDrawList list_{&shared_};
  ImDrawList* lists_[1];
  ImDrawData data_;
  Texture font_{.name = 1, .revision = 3}, picture_{.name = 2, .revision = 5, .opaque = true};
  Damage damage_;
  DrawPlan plan_;
};

TEST_F(DrawPlans, UseTheCheapestFill) {
  list_.AddRectFilled({10, 10}, {100, 100}, IM_COL32(255, 0, 0, 255));
  EXPECT_EQ(fills_of_everything(), std::vector{Fill::solid});
  list_.AddRectFilled({10, 10}, {100, 100}, IM_COL32(255, 0, 0, 100));
  list_.AddImage(picture_.id(), {20, 20}, {280, 180});
  EXPECT_EQ(fills_of_everything(), (std::vector{Fill::solid, Fill::solid_blended, Fill::image}));
  list_.AddImage(picture_.id(), {20, 20}, {280, 180}, {0, 0}, {1, 1}, IM_COL32(255, 255, 255, 128));
  EXPECT_EQ(fills_of_everything().back(), Fill::textured_blended);
}

TEST_F(DrawPlans, LeaveOutWhatIsPaintedOver) {
  list_.AddRectFilled({10, 10}, {280, 180}, IM_COL32(255, 0, 0, 255));
  list_.AddImage(picture_.id(), {10, 10}, {280, 180});
  EXPECT_EQ(fills_of_everything(), (std::vector{Fill::solid, Fill::image}));
  EXPECT_EQ(plan_.draws()[0].count, 6U) << "only the background";
  list_.AddRectFilled({0, 0}, {kWidth, kHeight}, IM_COL32(9, 9, 9, 255));
  EXPECT_EQ(fills_of_everything(), std::vector{Fill::solid});
}

TEST_F(DrawPlans, SeeNewTexels) {
  list_.AddImage(picture_.id(), {70, 70}, {90, 90});
  read();
  EXPECT_TRUE(read().empty());
  ++picture_.revision;
  EXPECT_EQ(read(), (std::vector<PixelBox>{{64, 64, 96, 96}}));
}

TEST_F(DrawPlans, SeeAnotherClip) {
  const auto clipped = [&](float right) {
    begin();
    list_.PushClipRect({0, 0}, {right, 40});
    list_.AddRectFilled({0, 0}, {200, 40}, IM_COL32(1, 2, 3, 255));
    list_.PopClipRect();
    return read();
  };
  clipped(100);
  EXPECT_TRUE(clipped(100).empty());
  EXPECT_FALSE(clipped(101).empty());
}

TEST_F(DrawPlans, OfTheChangesGiveTheWholePicture) {
  std::mt19937 random(11);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  // Things at places with and without fractions, some larger than what is looked at for being hidden.
  struct Thing {
    int kind = 0;
    ImVec2 from, to;
    ImU32 color = 0;
    PixelBox clip;
  };
  const auto place = [&](int limit) { return static_cast<float>(below(limit)) + 0.25F * static_cast<float>(below(2)); };
  const auto some_thing = [&] {
    Thing thing{below(4), {place(kWidth), place(kHeight)}, {}, 0, {0, 0, kWidth, kHeight}};
    thing.to = {thing.from.x + 1 + place(200), thing.from.y + 1 + place(150)};
    thing.color = IM_COL32(below(256), below(256), below(256), below(2) == 0 ? 255 : 30 + below(200));
    if (below(3) == 0) thing.clip = {below(100), below(100), 150 + below(150), 100 + below(100)};
    return thing;
  };
  std::vector<Thing> things(12);
  for (Thing& thing : things) thing = some_thing();
  Canvas canvas(static_cast<std::size_t>(kWidth) * kHeight);
  std::int64_t redrawn = 0;
  for (int round = 0; round < 40; ++round) {
    if (below(3) == 0) ++picture_.revision;
    if (below(2) == 0) things[static_cast<std::size_t>(below(12))] = some_thing();
    begin();
    for (const Thing& t : things) {
      list_.PushClipRect({static_cast<float>(t.clip.left), static_cast<float>(t.clip.top)},
                         {static_cast<float>(t.clip.right), static_cast<float>(t.clip.bottom)});
      if (t.kind == 0) list_.AddImage(picture_.id(), t.from, t.to, {0, 0}, {1, 1}, t.color);
      if (t.kind == 1) list_.AddTriangleFilled(t.from, t.to, {t.from.x, t.to.y}, t.color);
      if (t.kind >= 2) list_.AddRectFilled(t.from, t.to, t.color);
      list_.PopClipRect();
    }
    for (const PixelBox& box : read()) plan_.add_box(box), redrawn += box.area();
    execute(plan_, canvas);
    const Canvas whole = drawn_as_asked(data());
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c)
        ASSERT_NEAR(canvas[i][c], whole[i][c], 1e-12) << round << ": " << i % kWidth << ", " << i / kWidth;
  }
  EXPECT_LT(redrawn, 35 * kWidth * kHeight) << "not everything was drawn every time";
}

}  // namespace
}  // namespace auscult::gui
