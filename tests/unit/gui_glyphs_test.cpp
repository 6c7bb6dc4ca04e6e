// Characters that the window's fonts lack are found in what is drawn, and loaded from the fonts of this computer.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <imgui.h>

#include "gui/glyphs.h"

namespace auscult::gui {
namespace {

constexpr float kPixels = 15.0F;
// U+0378 stands for no character in any version of Unicode so far, so that no font has it.
constexpr const char* kNobodysCharacter = "\u0378";
constexpr char16_t kNobodys = 0x0378;

std::string utf8(unsigned c) {
  const auto byte = [](unsigned bits) { return static_cast<char>(bits); };
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
}

// Dear ImGui without a window, with its built-in font: Latin only.
class GlyphsTest : public ::testing::Test {
 protected:
  GlyphsTest() : context_(ImGui::CreateContext()) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {800, 600};
    io.DeltaTime = 1.0F / 60.0F;
    build();
  }
  ~GlyphsTest() override { ImGui::DestroyContext(context_); }

  void build() {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    ImFontConfig config;
    config.SizePixels = kPixels;
    font_ = atlas.AddFontDefault(&config);
    glyphs_.merge_into(atlas, 0, kPixels);
    ASSERT_TRUE(atlas.Build());
    glyphs_.mark_missing(0, *font_);
  }
  // One picture with this text; true if the next one may differ.
  Glyphs::News draw(const std::string& text) {
    ImGui::NewFrame();
    ImGui::SetNextWindowSize({780, 580});
    ImGui::Begin("Window");
    ImGui::TextWrapped("%s", text.c_str());
    width_ = ImGui::CalcTextSize(text.c_str()).x;
    ImGui::End();
    ImGui::Render();
    const Glyphs::News news = glyphs_.look_through(*ImGui::GetDrawData());
    if (news == Glyphs::News::marks) glyphs_.mark_missing(0, *font_);
    if (news == Glyphs::News::glyphs) build();
    return news;
  }
  // Pictures until nothing changes; how many.
  int settle(const std::string& text) {
    int pictures = 1;
    while (draw(text) != Glyphs::News::none && pictures < 10) ++pictures;
    return pictures;
  }
  // Whether it is drawn from the texture, as itself.
  bool has(char16_t character) const {
    const ImFontGlyph* glyph = font_->FindGlyphNoFallback(character);
    return glyph && glyph->U0 >= 0.0F && glyph->U1 > glyph->U0 && glyph->Codepoint == character;
  }

  ImGuiContext* context_;
  Glyphs glyphs_;
  ImFont* font_ = nullptr;
  float width_ = 0.0F;
};

TEST_F(GlyphsTest, OfEveryScriptAreThereThreePicturesLater) {
  FontFinder fonts;
  std::u16string expected;
  for (const char16_t c : std::u16string(u"ポプ号냉각备注ΩЖض"))
    if (fonts.find(c)) expected += c;
  if (expected.empty()) GTEST_SKIP() << "no font has any of these characters (scripts/install --tests gets one)";
  EXPECT_FALSE(has(expected.front()));
  EXPECT_LE(settle("ポンプ1号 냉각 备注 Ω Ж ض"), 5);
  for (const char16_t c : expected) EXPECT_TRUE(has(c)) << "U+" << std::hex << static_cast<unsigned>(c);
  EXPECT_EQ(settle("ポンプ1号 냉각 备注 Ω Ж ض"), 1);
}

TEST_F(GlyphsTest, AMarkIsNotSeen) {
  draw("漢");
  int marks = 0;
  const ImDrawData& picture = *ImGui::GetDrawData();
  for (int i = 0; i < picture.CmdListsCount; ++i)
    for (const ImDrawVert& vertex : picture.CmdLists[i]->VtxBuffer) {
      if (vertex.uv.x >= 0.0F && vertex.uv.y >= 0.0F) continue;
      ++marks;
      EXPECT_EQ(vertex.col & IM_COL32_A_MASK, 0U);
    }
  EXPECT_EQ(marks, 4);
}

TEST_F(GlyphsTest, ThatNoFontHasAreTheQuestionMarkAndToldOnce) {
  settle(kNobodysCharacter);
  EXPECT_EQ(glyphs_.take_unavailable(), std::u16string(1, kNobodys));
  EXPECT_EQ(font_->FindGlyph(kNobodys), font_->FindGlyph(font_->FallbackChar));
  const float question = ImGui::CalcTextSize("?").x;
  settle(kNobodysCharacter);
  EXPECT_EQ(width_, question);
  EXPECT_EQ(glyphs_.take_unavailable(), u"");
  build();  // also after a change of size
  EXPECT_EQ(settle(kNobodysCharacter), 1);
  EXPECT_EQ(glyphs_.take_unavailable(), u"");
}

TEST_F(GlyphsTest, CharactersWithoutAShapeTakeNoRoom) {
  settle("a\u200b\u200f\ufeff");
  EXPECT_EQ(width_, ImGui::CalcTextSize("a").x);
  EXPECT_EQ(glyphs_.take_unavailable(), u"");
}

TEST_F(GlyphsTest, EveryCharacterThereIsKeepsTheTextureBounded) {
  std::size_t most = 0;
  for (unsigned first = 0xA0; first < 0xFFF0; first += 1500) {
    std::string text;
    for (unsigned c = first; c < std::min(first + 1500, 0xFFF0U); ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      text += utf8(c);
      if (c % 50 == 0) text += ' ';
    }
    draw(text);
    draw(text);
    most = std::max<std::size_t>(most, static_cast<std::size_t>(font_->Glyphs.Size));
  }
  settle("漢字");
  EXPECT_LT(most, 0xFFFFU) << "an index has 16 bits";
  EXPECT_LE(ImGui::GetIO().Fonts->TexHeight, 4096);
  EXPECT_FALSE(FontFinder().find(u'漢') && !has(u'漢'));
}

TEST(FontFinderTest, FindsTheSameFaceAgainAndNoneForWhatIsNoCharacter) {
  FontFinder fonts;
  const FontFace* face = fonts.find(u'A');
  if (!face) GTEST_SKIP() << "fontconfig knows no font at all";
  EXPECT_EQ(fonts.find(u'A'), face);
  EXPECT_FALSE(face->bytes.empty());
  EXPECT_EQ(fonts.find(kNobodys), nullptr);
}

}  // namespace
}  // namespace auscult::gui
