#include "model/standardization.h"

#include <cstddef>

namespace auscult {

std::vector<double> standard_scores(std::span<const float> rows, std::span<const double> mean,
                                    std::span<const double> deviation) {
  const std::size_t n = mean.size();
  std::vector<double> scores(rows.size());
  for (std::size_t begin = 0; begin < rows.size(); begin += n)
    for (std::size_t i = 0; i < n; ++i)
      scores[begin + i] = standard_score(static_cast<double>(rows[begin + i]), mean[i], deviation[i]);
  return scores;
}

}  // namespace auscult
