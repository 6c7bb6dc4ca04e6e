// A spectrogram as a ring texture: one texel column per hop, or per several hops in a long view, written in place and
// wrapped by the texture unit while drawing. A view that follows uploads one column per new hop. The whole view is
// recolored when it moves outside the texture, or when zoom, range, color map or height change. Thread rule: UI thread
// with a current OpenGL context.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gui/draw/texture.h"
#include "gui/history.h"
#include "gui/plot/auto_range.h"
#include "gui/plot/colormap.h"
#include "gui/plot/time_plot.h"

namespace auscult::gui {

class SpectrogramTexture {
 public:
  explicit SpectrogramTexture(Spectrum spectrum) : spectrum_(spectrum) {}
  ~SpectrogramTexture();
  SpectrogramTexture(const SpectrogramTexture&) = delete;
  SpectrogramTexture& operator=(const SpectrogramTexture&) = delete;

  /// Updates the texture to what the plot shows. `rows` is the plot's height in pixels. Where bins or hops share a
  /// texel the loudest is shown, so that narrow lines and short sounds remain visible.
  void update(const History& history, const TimeSpan& view, const Range& decibels, ColormapName map, int rows);
  void draw(const TimePlot& plot, const History& history) const;

 private:
  struct Look {
    Range decibels;
    ColormapName map = ColormapName::viridis;
    int rows = 0, width = 0, bins = 0, hops = 1;
    std::uint64_t revision = 0;
    const void* history = nullptr;
    bool operator==(const Look&) const = default;
  };
  void allocate(int width, int rows);
  void upload(const History& history, std::int64_t texel);
  std::span<const std::uint8_t> loudest(const History& history, std::int64_t texel);
  void colour_column(std::span<const std::uint8_t> cells);

  Spectrum spectrum_;
  Texture texture_{.opaque = true};  // the color maps are
  Look look_;
  std::int64_t first_texel_ = 0, end_texel_ = 0;  // range of stream time in the texture, in units of look_.hops hops
  std::int64_t uploaded_end_ = 0;                 // column up to which the last texel is complete
  std::array<std::uint32_t, 256> palette_{};      // cell to color under the current range and map
  std::vector<std::uint8_t> cells_;
  std::vector<std::uint32_t> texels_;
};

}  // namespace auscult::gui
