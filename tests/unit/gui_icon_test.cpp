// The icon that the window shows is that of assets/auscult.svg.
#include <array>

#include <gtest/gtest.h>

#include "gui/icon.h"
#include "support/files.h"

namespace auscult::gui {
namespace {

std::array<int, 4> at(const IconPicture& icon, int x, int y) {
  const auto first = 4 * static_cast<std::size_t>(y * icon.size + x);
  return {icon.pixels[first], icon.pixels[first + 1], icon.pixels[first + 2], icon.pixels[first + 3]};
}

TEST(Icon, HasItsPartsWhereTheDrawingHasThem) {
  const IconPicture icon = draw_icon(128);
  ASSERT_EQ(icon.pixels.size(), 4U * 128 * 128);
  EXPECT_EQ(at(icon, 0, 0)[3], 0) << "the corner is round";
  EXPECT_EQ(at(icon, 64, 10), (std::array{0x17, 0x1a, 0x20, 255})) << "ground";
  EXPECT_EQ(at(icon, 19, 44), (std::array{0xff, 0xb3, 0x47, 255})) << "threshold";
  EXPECT_EQ(at(icon, 28, 44), (std::array{0x17, 0x1a, 0x20, 255})) << "its gap";
  EXPECT_EQ(at(icon, 25, 88), (std::array{0x60, 0xbe, 0xff, 255})) << "trace";
  EXPECT_EQ(at(icon, 81, 26), (std::array{0xff, 0x78, 0x70, 255})) << "alarm";
}

TEST(Icon, IsSmoothAtEverySize) {
  for (const int size : {16, 24, 32, 48, 64}) {
    const IconPicture icon = draw_icon(size);
    int between = 0;
    for (std::size_t i = 3; i < icon.pixels.size(); i += 4)
      between += icon.pixels[i] > 0 && icon.pixels[i] < 255 ? 1 : 0;
    EXPECT_GT(between, 4) << size << ": corners without steps";
    EXPECT_EQ(at(icon, size / 2, size / 2)[3], 255) << size;
  }
}

TEST(Icon, FollowsTheDrawingInAssets) {
  const std::string svg = test::read_file(test::source_dir() / "assets" / "auscult.svg");
  for (const char* part :
       {"rx=\"26\" fill=\"#171a20\"", "M14 44h100\" stroke=\"#ffb347\" stroke-width=\"4\" stroke-dasharray=\"10 8\"",
        "M14 88h22l6-10 8 18 8-14 6 6h10l7-62 9 78 6-16h18\" stroke=\"#60beff\" stroke-width=\"7\"",
        "cx=\"81\" cy=\"26\" r=\"9\" fill=\"#ff7870\""})
    EXPECT_NE(svg.find(part), std::string::npos) << "draw_icon() has other numbers than: " << part;
}

}  // namespace
}  // namespace auscult::gui
