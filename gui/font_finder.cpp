#include "gui/font_finder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string_view>
#include <utility>

#include <fontconfig/fontconfig.h>
#include <stb_truetype.h>

namespace auscult::gui {
namespace {

std::span<const unsigned char> map_file(const std::string& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat status {};
  void* bytes = MAP_FAILED;
  if (fstat(fd, &status) == 0 && status.st_size > 0)
    bytes = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (bytes == MAP_FAILED) return {};
  return {static_cast<const unsigned char*>(bytes), static_cast<std::size_t>(status.st_size)};
}

// Of outlines that Dear ImGui's rasterizer can draw.
bool has_outlines(FcPattern* font) {
  FcBool scalable = FcFalse;
  FcChar8* format = nullptr;
  if (FcPatternGetBool(font, FC_SCALABLE, 0, &scalable) != FcResultMatch || !scalable) return false;
  if (FcPatternGetString(font, FC_FONTFORMAT, 0, &format) != FcResultMatch) return false;
  const std::string_view name = reinterpret_cast<const char*>(format);
  return name == "TrueType" || name == "CFF";
}

bool has_character(FcPattern* font, char16_t character) {
  FcCharSet* characters = nullptr;
  return FcPatternGetCharSet(font, FC_CHARSET, 0, &characters) == FcResultMatch &&
         FcCharSetHasChar(characters, character);
}

}  // namespace

struct FontFinder::Impl {
  FcConfig* config = nullptr;
  FcFontSet* fonts = nullptr;  // the best one first
  std::map<std::string, std::span<const unsigned char>> files;
  std::map<std::pair<std::string, int>, FontFace> faces;

  ~Impl() {
    for (const auto& [name, bytes] : files)
      if (!bytes.empty()) munmap(const_cast<unsigned char*>(bytes.data()), bytes.size());
    if (fonts) FcFontSetDestroy(fonts);
    if (config) FcConfigDestroy(config);
  }

  void look() {
    config = FcInitLoadConfigAndFonts();
    if (!config) return;
    FcPattern* wanted = FcNameParse(reinterpret_cast<const FcChar8*>("sans-serif"));
    FcConfigSubstitute(config, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);  // with the language of the locale, which decides between Chinese and Japanese forms
    FcResult result = FcResultNoMatch;
    fonts = FcFontSort(config, wanted, FcTrue, nullptr, &result);
    FcPatternDestroy(wanted);
  }

  const FontFace* face_of(FcPattern* font, char16_t character) {
    FcChar8* file = nullptr;
    int index = 0;
    if (FcPatternGetString(font, FC_FILE, 0, &file) != FcResultMatch) return nullptr;
    FcPatternGetInteger(font, FC_INDEX, 0, &index);
    index &= 0xFFFF;  // the rest selects an instance of a variable font
    const std::string name = reinterpret_cast<const char*>(file);
    const auto [entry, is_new] = files.try_emplace(name);
    if (is_new) entry->second = map_file(name);
    const auto bytes = entry->second;
    if (bytes.empty()) return nullptr;
    // What the rasterizer cannot read must not reach it: it ends the program.
    stbtt_fontinfo info{};
    const int offset = stbtt_GetFontOffsetForIndex(bytes.data(), index);
    if (offset < 0 || !stbtt_InitFont(&info, bytes.data(), offset) || stbtt_FindGlyphIndex(&info, character) == 0)
      return nullptr;
    return &faces.try_emplace({name, index}, FontFace{name, index, bytes}).first->second;
  }
};

FontFinder::FontFinder() = default;
FontFinder::~FontFinder() = default;

const FontFace* FontFinder::find(char16_t character) {
  if (!impl_) {
    impl_ = std::make_unique<Impl>();
    impl_->look();
  }
  if (!impl_->fonts) return nullptr;
  for (int i = 0; i < impl_->fonts->nfont; ++i) {
    FcPattern* font = impl_->fonts->fonts[i];
    if (!has_outlines(font) || !has_character(font, character)) continue;
    if (const FontFace* face = impl_->face_of(font, character)) return face;
  }
  return nullptr;
}

}  // namespace auscult::gui
