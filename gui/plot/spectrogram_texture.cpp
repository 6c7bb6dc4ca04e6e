#include "gui/plot/spectrogram_texture.h"

#include <algorithm>
#include <cmath>

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

#include "gui/theme.h"

namespace auscult::gui {
namespace {

constexpr double kMostTexels = 2048;  // across the view: the pixel width of a wide screen

Colormap palette_for(const Range& decibels, ColormapName map) {
  const Colormap& colours = colormap(map);
  Colormap cells{};
  cells[kMissingCell] = palette().missing;
  for (std::size_t cell = 1; cell < cells.size(); ++cell) {
    const double position = (static_cast<double>(db_from_cell(static_cast<std::uint8_t>(cell))) - decibels.low) /
                            (decibels.high - decibels.low);
    cells[cell] = colours[static_cast<std::size_t>(std::lround(255.0 * std::clamp(position, 0.0, 1.0)))];
  }
  return cells;
}

}  // namespace

SpectrogramTexture::~SpectrogramTexture() {
  if (texture_.name != 0) glDeleteTextures(1, &texture_.name);
}

void SpectrogramTexture::allocate(int width, int rows) {
  if (texture_.name == 0) glGenTextures(1, &texture_.name);
  glBindTexture(GL_TEXTURE_2D, texture_.name);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_REPEAT);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, rows, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  texels_.resize(static_cast<std::size_t>(rows));
}

void SpectrogramTexture::update(const History& history, const TimeSpan& view, const Range& decibels, ColormapName map,
                                int rows) {
  const int bins = history.bins(spectrum_);
  if (history.empty() || bins == 0) return;
  const auto [begin, end] = columns_within(history, view);
  if (end <= begin) return;
  const double columns = std::ceil((view.end - view.begin) / history.hop_seconds()) + 2;
  const int hops = static_cast<int>(std::ceil(columns / kMostTexels));
  const int width = static_cast<int>(std::ceil(columns / hops)) + 2;
  const Look look{decibels, map, std::clamp(rows, 1, bins), width, bins, hops, history.revision(), &history};
  const std::int64_t first = begin / hops, last = (end - 1) / hops;
  const bool redraw =
      look != look_ || first < first_texel_ || first > end_texel_ || uploaded_end_ > history.end_column();
  if (redraw) {
    if (texture_.name == 0 || look.rows != look_.rows || look.width != look_.width) allocate(look.width, look.rows);
    palette_ = palette_for(decibels, map);
    look_ = look;
    first_texel_ = end_texel_ = first;
    uploaded_end_ = 0;
  }
  glBindTexture(GL_TEXTURE_2D, texture_.name);
  // The newest texel is rewritten until all of its hops have arrived.
  const bool incomplete = end_texel_ > first_texel_ && uploaded_end_ < end_texel_ * hops;
  for (std::int64_t texel = incomplete ? end_texel_ - 1 : end_texel_; texel <= last; ++texel) upload(history, texel);
  end_texel_ = std::max(end_texel_, last + 1);
  first_texel_ = std::max(first_texel_, end_texel_ - look_.width);
  uploaded_end_ = std::max(uploaded_end_, std::min(history.end_column(), end_texel_ * hops));
}

// Maximum over the hops that share a texel; empty if none of them arrived.
std::span<const std::uint8_t> SpectrogramTexture::loudest(const History& history, std::int64_t texel) {
  const std::int64_t begin = std::max(texel * look_.hops, history.first_column()),
                     end = std::min((texel + 1) * look_.hops, history.end_column());
  if (end - begin == 1)
    return history.record(begin).present ? history.cells(spectrum_, begin) : std::span<const std::uint8_t>{};
  cells_.assign(static_cast<std::size_t>(look_.bins), kMissingCell);
  bool present = false;
  for (std::int64_t column = begin; column < end; ++column) {
    if (!history.record(column).present) continue;
    present = true;
    const auto cells = history.cells(spectrum_, column);
    std::transform(cells.begin(), cells.end(), cells_.begin(), cells_.begin(),
                   [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); });
  }
  return present ? std::span<const std::uint8_t>(cells_) : std::span<const std::uint8_t>{};
}

void SpectrogramTexture::upload(const History& history, std::int64_t texel) {
  ++texture_.revision;
  colour_column(loudest(history, texel));
  glTexSubImage2D(GL_TEXTURE_2D, 0, static_cast<int>(texel % look_.width), 0, 1, look_.rows, GL_RGBA, GL_UNSIGNED_BYTE,
                  texels_.data());
}

void SpectrogramTexture::colour_column(std::span<const std::uint8_t> cells) {
  if (cells.empty()) {
    std::fill(texels_.begin(), texels_.end(), palette_[kMissingCell]);
    return;
  }
  const std::size_t rows = texels_.size();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t begin = row * cells.size() / rows, end = std::max((row + 1) * cells.size() / rows, begin + 1);
    texels_[row] = palette_[*std::max_element(cells.begin() + static_cast<std::ptrdiff_t>(begin),
                                              cells.begin() + static_cast<std::ptrdiff_t>(end))];
  }
}

void SpectrogramTexture::draw(const TimePlot& plot, const History& history) const {
  if (texture_.name == 0 || history.empty()) return;
  const auto [begin, end] = columns_within(history, plot.time);
  if (end <= begin) return;
  const double from = std::max(plot.time.begin, history.start_of(begin)),
               to = std::min(plot.time.end, history.start_of(end));
  const double around = history.hop_seconds() * look_.hops * look_.width;
  // Kept small, so that single precision suffices after days of stream time.
  const double wrap = std::floor(from / around);
  const auto u = [&](double time) { return static_cast<float>(time / around - wrap); };
  ImGui::GetWindowDrawList()->AddImage(texture_.id(), {plot.x(from), plot.min.y}, {plot.x(to), plot.max.y},
                                       {u(from), 1.0F}, {u(to), 0.0F});
}

}  // namespace auscult::gui
