#include "gui/plot/colormap.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace auscult::gui {
namespace {

struct Rgb {
  double r, g, b;
};

// Least-squares polynomials of matplotlib's viridis, magma and inferno (Nathaniel Smith and Stefan van der Walt, CC0),
// as published by Matt Zucker (CC0), and of turbo as published by Anton Mikhailov; lowest order first.
constexpr std::array<Rgb, 7> kViridis = {{{0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
                                          {0.1050930431085774, 1.404613529898575, 1.384590162594685},
                                          {-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
                                          {-4.634230498983486, -5.799100973351585, -19.33244095627987},
                                          {6.228269936347081, 14.17993336680509, 56.69055260068105},
                                          {4.776384997670288, -13.74514537774601, -65.35303263337234},
                                          {-5.435455855934631, 4.645852612178535, 26.3124352495832}}};
constexpr std::array<Rgb, 7> kMagma = {{{-0.002136485053939582, -0.000749655052795221, -0.005386127855323933},
                                        {0.2516605407371642, 0.6775232436837668, 2.494026599312351},
                                        {8.353717279216625, -3.577719514958484, 0.3144679030132573},
                                        {-27.66873308576866, 14.26473078096533, -13.64921318813922},
                                        {52.17613981234068, -27.94360607168351, 12.94416944238394},
                                        {-50.76852536473588, 29.04658282127291, 4.23415299384598},
                                        {18.65570506591883, -11.48977351997711, -5.601961508734096}}};
constexpr std::array<Rgb, 7> kInferno = {{{0.0002189403691192265, 0.001651004631001012, -0.01948089843709184},
                                          {0.1065134194856116, 0.5639564367884091, 3.932712388889277},
                                          {11.60249308247187, -3.972853965665698, -15.9423941062914},
                                          {-41.70399613139459, 17.43639888205313, 44.35414519872813},
                                          {77.162935699427, -33.40235894210092, -81.80730925738993},
                                          {-71.31942824499214, 32.62606426397723, 73.20951985803202},
                                          {25.13112622477341, -12.24266895238567, -23.07032500287172}}};
constexpr std::array<Rgb, 6> kTurbo = {{{0.13572138, 0.09140261, 0.10667330},
                                        {4.61539260, 2.19418839, 12.64194608},
                                        {-42.66032258, 4.84296658, -60.58204836},
                                        {132.13108234, -14.18503333, 110.36276771},
                                        {-152.94239396, 4.27729857, -89.90310912},
                                        {59.28637943, 2.82956604, 27.34824973}}};
constexpr std::array<Rgb, 2> kGrey = {{{0.0, 0.0, 0.0}, {1.0, 1.0, 1.0}}};

std::uint32_t byte(double channel) {
  return static_cast<std::uint32_t>(std::lround(255.0 * std::clamp(channel, 0.0, 1.0)));
}

Colormap evaluate(std::span<const Rgb> polynomial) {
  Colormap map{};
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double t = static_cast<double>(i) / 255.0;
    Rgb sum{0.0, 0.0, 0.0};
    for (auto c = polynomial.rbegin(); c != polynomial.rend(); ++c)
      sum = {sum.r * t + c->r, sum.g * t + c->g, sum.b * t + c->b};
    map[i] = 0xFF000000U | byte(sum.b) << 16U | byte(sum.g) << 8U | byte(sum.r);
  }
  return map;
}

}  // namespace

const char* to_string(ColormapName name) {
  switch (name) {
    case ColormapName::viridis:
      return "viridis";
    case ColormapName::magma:
      return "magma";
    case ColormapName::inferno:
      return "inferno";
    case ColormapName::turbo:
      return "turbo";
    case ColormapName::grey:
      return "grey";
  }
  return "";
}

const Colormap& colormap(ColormapName name) {
  static const std::array<Colormap, 5> maps = {evaluate(kViridis), evaluate(kMagma), evaluate(kInferno),
                                               evaluate(kTurbo), evaluate(kGrey)};
  return maps[static_cast<std::size_t>(name)];
}

}  // namespace auscult::gui
