// A spectrogram as a ring texture: a texel column for each hop of the view, or for a few hops where the view is long,
// written in place and wrapped by the texture unit while drawing. While the view follows, new hops upload one column
// each; the view is coloured anew when it moves to what is not in the texture, or when zoom, range, colour map or
// height change. Thread rule: UI thread with a current OpenGL context.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

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

  /// Brings the texture up to what the plot shows. `rows` is the plot's height in pixels: where bins or hops share a
  /// texel the loudest is shown, so that no narrow line and no short sound is lost.
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
  unsigned texture_ = 0;
  Look look_;
  std::int64_t first_texel_ = 0, end_texel_ = 0;  // of stream time, look_.hops hops each, that the texture holds
  std::int64_t uploaded_end_ = 0;                 // column up to which the last one is complete
  std::array<std::uint32_t, 256> palette_{};      // cell to colour under the current range and map
  std::vector<std::uint8_t> cells_;
  std::vector<std::uint32_t> texels_;
};

}  // namespace auscult::gui
