// Which parts of a picture must be drawn again.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "gui/draw/damage.h"

namespace auscult::gui {
namespace {

constexpr int kTile = Damage::kTile;
constexpr int kWidth = 20 * kTile - 7, kHeight = 10 * kTile - 3;

struct Thing {
  PixelBox box;
  std::uint64_t content = 0;
};

std::vector<PixelBox> picture(Damage& damage, const std::vector<Thing>& things, int width = kWidth) {
  damage.begin(width, kHeight);
  for (const Thing& thing : things) damage.add(thing.box, thing.content);
  return damage.finish();
}

constexpr PixelBox kWhole{0, 0, kWidth, kHeight};
const Thing kBackground{kWhole, 1}, kCard{{40, 40, 100, 60}, 2}, kLine{{0, 200, kWidth, 201}, 3};

TEST(Damage, FirstPictureIsDrawnCompletely) {
  Damage damage;
  EXPECT_EQ(picture(damage, {}), std::vector{kWhole});
}

TEST(Damage, SamePictureHasNone) {
  Damage damage;
  picture(damage, {kBackground, kCard});
  EXPECT_EQ(picture(damage, {kBackground, kCard}), std::vector<PixelBox>{});
}

TEST(Damage, OfAChangeIsTheTilesThatItTouches) {
  Damage damage;
  picture(damage, {kBackground, kCard, kLine});
  const Thing other{kCard.box, 4};
  EXPECT_EQ(picture(damage, {kBackground, other, kLine}), (std::vector<PixelBox>{{32, 32, 128, 64}}));
  EXPECT_EQ(picture(damage, {kBackground, kLine}), (std::vector<PixelBox>{{32, 32, 128, 64}})) << "removed";
  EXPECT_EQ(picture(damage, {kBackground}), (std::vector<PixelBox>{{0, 192, kWidth, 224}}));
}

TEST(Damage, DependsOnTheOrder) {
  Damage damage;
  picture(damage, {kCard, kBackground});
  EXPECT_EQ(picture(damage, {kBackground, kCard}), (std::vector<PixelBox>{{32, 32, 128, 64}}));
}

TEST(Damage, OfAnotherSizeIsEverything) {
  Damage damage;
  picture(damage, {kBackground});
  EXPECT_EQ(picture(damage, {kBackground}, kWidth + 1), (std::vector<PixelBox>{{0, 0, kWidth + 1, kHeight}}));
  EXPECT_TRUE(picture(damage, {kBackground}, kWidth + 1).empty());
  damage.invalidate();
  EXPECT_EQ(picture(damage, {kBackground}, kWidth + 1), (std::vector<PixelBox>{{0, 0, kWidth + 1, kHeight}}));
}

TEST(Damage, OutsideThePictureIsIgnored) {
  Damage damage;
  picture(damage, {});
  EXPECT_TRUE(
      picture(damage, {{{-90, -90, 0, 0}, 1}, {{kWidth, 0, kWidth + 50, 40}, 2}, {{60, 60, 50, 90}, 3}}).empty());
  EXPECT_EQ(picture(damage, {{{-90, -90, 1, 1}, 1}}), (std::vector<PixelBox>{{0, 0, kTile, kTile}}));
}

TEST(Damage, BoxesAreFewAndCoverEveryChange) {
  std::mt19937 random(5);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  Damage damage;
  std::vector<Thing> things(40);
  for (int round = 0; round < 300; ++round) {
    const std::vector<Thing> before = things;
    for (int change = below(25); change > 0; --change) {
      const int x = below(kWidth), y = below(kHeight);
      things[static_cast<std::size_t>(below(40))] = {{x, y, x + 1 + below(50), y + 1 + below(50)}, random()};
    }
    const auto boxes = picture(damage, things);
    ASSERT_LE(boxes.size(), Damage::kMostBoxes);
    std::vector<PixelBox> touched;
    for (std::size_t i = 0; i < things.size(); ++i)
      if (things[i].content != before[i].content) touched.insert(touched.end(), {things[i].box, before[i].box});
    for (const PixelBox& box : touched)
      for (int y = box.top; y < std::min(box.bottom, kHeight); ++y)
        for (int x = box.left; x < std::min(box.right, kWidth); x += 7)
          ASSERT_TRUE(std::any_of(boxes.begin(), boxes.end(),
                                  [&](const PixelBox& one) {
                                    return one.contains({x, y, x + 1, y + 1});
                                  }))
              << round << ": " << x << ", " << y;
  }
}

}  // namespace
}  // namespace auscult::gui
