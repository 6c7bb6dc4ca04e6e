#include "gui/glyphs.h"

#include <algorithm>
#include <array>
#include <utility>

namespace auscult::gui {
namespace {

// A mark is a glyph whose texture coordinates lie outside the texture: u is -(slot + 1); v is -(character + 1), or
// -(page + 1) below all characters. Both are whole numbers, which floats hold exactly.
constexpr unsigned kPageSize = 256, kPages = 0x10000 / kPageSize;
constexpr unsigned kFirstPageMark = 0x10000;
constexpr float kMostPixels = 8e6F;  // of the glyphs of one font, in the texture
constexpr std::size_t kFewestGlyphs = 400, kMostGlyphs = 3000;
constexpr std::size_t kMostPages = 100;  // an index of a glyph has 16 bits

constexpr std::array<std::pair<unsigned, unsigned>, 2> kWithout = {{{0xD800, 0xF8FF}, {0xFFF0, 0xFFFF}}};  // no text
// Format characters: they are not seen.
constexpr std::array<std::pair<unsigned, unsigned>, 6> kInvisible = {
    {{0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0x00AD, 0x00AD}}};

template <typename Ranges>
bool in(const Ranges& ranges, unsigned character) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& range) { return character >= range.first && character <= range.second; });
}

constexpr ImWchar kNoGlyph = 0xFFFF;
constexpr unsigned kFirstMarked = 0xA0;  // below are ASCII and control characters

ImWchar add_glyph(ImFont& font, unsigned character, float advance, float u, float v) {
  ImFontGlyph glyph{};
  glyph.Codepoint = character;
  glyph.Visible = advance > 0.0F;
  glyph.AdvanceX = advance;
  glyph.X1 = advance;
  glyph.Y1 = font.FontSize;
  glyph.U0 = glyph.U1 = u;
  glyph.V0 = glyph.V1 = v;
  font.Glyphs.push_back(glyph);
  return static_cast<ImWchar>(font.Glyphs.Size - 1);
}

bool is_mark_of_page(const ImFont& font, ImWchar index) {
  return index != kNoGlyph && font.Glyphs[index].U0 < 0.0F &&
         font.Glyphs[index].V0 < -static_cast<float>(kFirstPageMark);
}
bool is_mark(const ImFont& font, ImWchar index) {
  return index != kNoGlyph && font.Glyphs[index].U0 < 0.0F;
}

}  // namespace

Glyphs::Slot& Glyphs::slot(std::size_t number) {
  if (slots_.size() <= number) slots_.resize(number + 1);
  return slots_[number];
}

void Glyphs::merge_into(ImFontAtlas& atlas, std::size_t slot_number, float pixels) {
  if (slot_number == 0) ranges_.clear();
  Slot& font = slot(slot_number);
  font.pixels = pixels;
  std::map<const FontFace*, ImFontGlyphRangesBuilder> of_face;
  for (const auto& [character, face] : font.glyphs) of_face[face].AddChar(character);
  for (auto& [face, builder] : of_face) {
    ranges_.emplace_back();
    builder.BuildRanges(&ranges_.back());
    ImFontConfig config;
    config.MergeMode = true;
    config.FontNo = face->index;
    config.FontDataOwnedByAtlas = false;  // it reads the mapped file
    config.OversampleH = 1;               // such glyphs are wide; a third of the texture
    atlas.AddFontFromMemoryTTF(const_cast<unsigned char*>(face->bytes.data()), static_cast<int>(face->bytes.size()),
                               pixels, &config, ranges_.back().Data);
  }
}

void Glyphs::mark_missing(std::size_t slot_number, ImFont& font) {
  const float u = -1.0F - static_cast<float>(slot_number);
  font.GrowIndex(0x10000);
  ImWchar invisible = kNoGlyph;
  for (unsigned page = 0; page < kPages; ++page) {
    ImWchar shared = kNoGlyph;
    const bool own = pages_.count(page) > 0;
    for (unsigned c = page * kPageSize; c < (page + 1) * kPageSize; ++c) {
      ImWchar& index = font.IndexLookup[static_cast<int>(c)];
      float& advance = font.IndexAdvanceX[static_cast<int>(c)];
      const bool known = unavailable_.count(static_cast<char16_t>(c)) > 0;
      if (known && is_mark(font, index)) index = kNoGlyph;
      if (index == kNoGlyph) advance = font.FallbackAdvanceX;
      if (known || c < kFirstMarked || in(kWithout, c)) continue;
      if (index != kNoGlyph && !(own && is_mark_of_page(font, index))) continue;
      if (in(kInvisible, c)) {
        if (invisible == kNoGlyph) invisible = add_glyph(font, c, 0.0F, 0.0F, 0.0F);
        index = invisible;
      } else if (own) {
        index = add_glyph(font, c, font.FontSize, u, -1.0F - static_cast<float>(c));
      } else {
        if (shared == kNoGlyph)
          shared = add_glyph(font, c, font.FontSize, u, -1.0F - static_cast<float>(kFirstPageMark + page));
        index = shared;
      }
      advance = font.Glyphs[index].AdvanceX;
    }
  }
  font.FallbackGlyph = font.FindGlyphNoFallback(font.FallbackChar);  // the glyphs may have moved in memory
}

// Whether there is a glyph to load.
bool Glyphs::want(std::size_t slot_number, char16_t character, std::set<char16_t>& in_picture) {
  Slot& font = slot(slot_number);
  in_picture.insert(character);
  if (font.glyphs.count(character) > 0) return false;
  const FontFace* face = finder_.find(character);
  if (!face) {
    if (unavailable_.insert(character).second) untold_ += character;
    return false;
  }
  font.glyphs[character] = face;
  // Those that were drawn before come back when they are drawn again.
  const auto most = static_cast<std::size_t>(kMostPixels / std::max(1.0F, font.pixels * font.pixels));
  if (font.glyphs.size() > std::clamp(most, kFewestGlyphs, kMostGlyphs))
    std::erase_if(font.glyphs, [&](const auto& entry) { return in_picture.count(entry.first) == 0; });
  return true;
}

Glyphs::News Glyphs::look_through(const ImDrawData& picture) {
  News news = News::none;
  std::map<std::size_t, std::set<char16_t>> seen;
  for (int i = 0; i < picture.CmdListsCount; ++i) {
    for (ImDrawVert& vertex : picture.CmdLists[i]->VtxBuffer) {
      if (vertex.uv.x > -0.5F) continue;
      vertex.col &= ~static_cast<ImU32>(IM_COL32_A_MASK);
      const auto number = static_cast<std::size_t>(-1.0F - vertex.uv.x);
      const auto mark = static_cast<unsigned>(-1.0F - vertex.uv.y);
      if (mark >= kFirstPageMark) {
        if (pages_.size() == kMostPages) {
          pages_.clear();
          news = News::glyphs;
        }
        if (pages_.insert(mark - kFirstPageMark).second) news = std::max(news, News::marks);
        continue;
      }
      const auto character = static_cast<char16_t>(mark);
      const bool first = seen[number].count(character) == 0;
      if (!first) continue;
      const std::size_t without = unavailable_.size();
      if (want(number, character, seen[number])) news = News::glyphs;
      if (unavailable_.size() > without) news = std::max(news, News::marks);
    }
  }
  return news;
}

std::u16string Glyphs::take_unavailable() {
  return std::exchange(untold_, {});
}

}  // namespace auscult::gui
