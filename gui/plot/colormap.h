// Color maps for spectrograms: 256 colors each, dark for quiet, as RGBA bytes. Thread rule: immutable after first use.
#pragma once

#include <array>
#include <cstdint>

namespace auscult::gui {

enum class ColormapName { viridis, magma, inferno, turbo, grey };
inline constexpr std::array<ColormapName, 5> kColormaps = {
    ColormapName::viridis, ColormapName::magma, ColormapName::inferno, ColormapName::turbo, ColormapName::grey};
const char* to_string(ColormapName name);

/// 0xAABBGGRR, the format of Dear ImGui and of GL_RGBA bytes on little-endian machines.
using Colormap = std::array<std::uint32_t, 256>;
const Colormap& colormap(ColormapName name);

}  // namespace auscult::gui
