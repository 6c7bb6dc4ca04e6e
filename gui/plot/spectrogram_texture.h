// A spectrogram as a ring texture: one texel column a hop, written in place, wrapped by the texture unit while drawing.
// New hops upload one column each; everything is coloured anew only when range, colour map or height change.
// Thread rule: UI thread with a current OpenGL context.
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

  /// Brings the texture up to the history. `rows` is the plot's height in pixels: where bins share a row the loudest is
  /// shown, so that no narrow line is lost.
  void update(const History& history, const Range& decibels, ColormapName map, int rows);
  void draw(const TimePlot& plot, const History& history) const;

 private:
  struct Look {
    Range decibels;
    ColormapName map = ColormapName::viridis;
    int rows = 0, width = 0, bins = 0;
    std::uint64_t revision = 0;
    const void* history = nullptr;
    bool operator==(const Look&) const = default;
  };
  void allocate(int width, int rows);
  void upload(const History& history, std::int64_t column);
  void colour_column(std::span<const std::uint8_t> cells, bool present);

  Spectrum spectrum_;
  unsigned texture_ = 0;
  Look look_;
  std::int64_t uploaded_end_ = 0;
  std::array<std::uint32_t, 256> palette_{};  // cell to colour under the current range and map
  std::vector<std::uint32_t> texels_;
};

}  // namespace auscult::gui
