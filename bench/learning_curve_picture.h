// A picture of learning curves: one panel per group of machines, one line per score. Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

namespace auscult::bench {

struct CurveLine {
  std::string score;
  std::vector<double> values;  ///< one per amount of sound; NaN: none
  bool control = false;        ///< drawn thinner
};

struct CurvePanel {
  std::string title;
  std::vector<CurveLine> lines;
};

/// An SVG with the amounts of sound (minutes, ascending) on a logarithmic axis and values of .5-1 on the other.
std::string to_svg(const std::vector<double>& minutes, const std::vector<CurvePanel>& panels, const std::string& title);

}  // namespace auscult::bench
