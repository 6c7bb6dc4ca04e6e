#include "gui/plot/spectrogram_texture.h"

#include <algorithm>
#include <cmath>

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

#include "gui/theme.h"

namespace auscult::gui {
namespace {

Colormap palette_for(const Range& decibels, ColormapName map) {
  const Colormap& colours = colormap(map);
  Colormap palette{};
  palette[kMissingCell] = colour::kMissing;
  for (std::size_t cell = 1; cell < palette.size(); ++cell) {
    const double position = (static_cast<double>(db_from_cell(static_cast<std::uint8_t>(cell))) - decibels.low) / (decibels.high - decibels.low);
    palette[cell] = colours[static_cast<std::size_t>(std::lround(255.0 * std::clamp(position, 0.0, 1.0)))];
  }
  return palette;
}

}  // namespace

SpectrogramTexture::~SpectrogramTexture() {
  if (texture_ != 0) glDeleteTextures(1, &texture_);
}

void SpectrogramTexture::allocate(int width, int rows) {
  if (texture_ == 0) glGenTextures(1, &texture_);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_REPEAT);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, rows, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  texels_.resize(static_cast<std::size_t>(rows));
}

void SpectrogramTexture::update(const History& history, const Range& decibels, ColormapName map, int rows) {
  const int bins = history.bins(spectrum_);
  if (history.empty() || bins == 0) return;
  Look look{decibels, map, std::clamp(rows, 1, bins), history.capacity(), bins, history.revision(), &history};
  const bool anew = look != look_ || uploaded_end_ > history.end_column();
  if (anew) {
    if (texture_ == 0 || look.rows != look_.rows || look.width != look_.width) allocate(look.width, look.rows);
    palette_ = palette_for(decibels, map);
    look_ = look;
    uploaded_end_ = 0;
  }
  glBindTexture(GL_TEXTURE_2D, texture_);
  for (std::int64_t column = std::max(uploaded_end_, history.first_column()); column < history.end_column(); ++column) upload(history, column);
  uploaded_end_ = history.end_column();
}

void SpectrogramTexture::upload(const History& history, std::int64_t column) {
  colour_column(history.cells(spectrum_, column), history.record(column).present);
  glTexSubImage2D(GL_TEXTURE_2D, 0, static_cast<int>(column % look_.width), 0, 1, look_.rows, GL_RGBA, GL_UNSIGNED_BYTE, texels_.data());
}

void SpectrogramTexture::colour_column(std::span<const std::uint8_t> cells, bool present) {
  if (!present) {
    std::fill(texels_.begin(), texels_.end(), palette_[kMissingCell]);
    return;
  }
  const std::size_t rows = texels_.size();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t begin = row * cells.size() / rows, end = std::max((row + 1) * cells.size() / rows, begin + 1);
    texels_[row] = palette_[*std::max_element(cells.begin() + static_cast<std::ptrdiff_t>(begin), cells.begin() + static_cast<std::ptrdiff_t>(end))];
  }
}

void SpectrogramTexture::draw(const TimePlot& plot, const History& history) const {
  if (texture_ == 0 || history.empty()) return;
  const auto [begin, end] = visible_columns(plot, history);
  if (end <= begin) return;
  const double from = std::max(plot.time.begin, history.start_of(begin)), to = std::min(plot.time.end, history.start_of(end));
  const double texels = history.hop_seconds() * look_.width;
  // Kept small, so that single precision suffices after days of stream time.
  const double wrap = std::floor(from / texels);
  const auto u = [&](double time) { return static_cast<float>(time / texels - wrap); };
  ImGui::GetWindowDrawList()->AddImage(reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(texture_)), {plot.x(from), plot.min.y},
                                       {plot.x(to), plot.max.y}, {u(from), 1.0F}, {u(to), 0.0F});
}

}  // namespace auscult::gui
