#include "gui/batch/score_view.h"

namespace auscult::gui {

const std::vector<std::size_t>& ScoreView::order(const ScoreList& list, ScoreOrder by) {
  const std::uint64_t revision = by == ScoreOrder::name ? list.names_revision() : list.revision();
  return order_.get({revision, by}, [&] { return list.order(by); });
}

const Ranking& ScoreView::ranking(const ScoreList& list) {
  return ranking_.get(list.revision(), [&] { return list.ranking(); });
}

const AtThreshold& ScoreView::at(const ScoreList& list, double threshold) {
  return at_.get({list.revision(), threshold}, [&] {
    return AtThreshold{list.flagged(threshold), list.separation(threshold), list.histogram(kBins, threshold)};
  });
}

}  // namespace auscult::gui
