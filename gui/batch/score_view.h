// What is drawn of a list of scored recordings: table order, ROC, counts at the threshold. A picture is drawn up to 30
// times a second, too often to sort 10,000 recordings each time, so results are cached until the list, the order or the
// threshold changes. Ownership: refers to no list; what it returns is valid until the next call of the same function.
// No Dear ImGui. Thread rule: UI thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "gui/batch/score_list.h"

namespace auscult::gui {

/// What depends on the threshold.
struct AtThreshold {
  std::size_t flagged = 0;
  Separation separation;
  ClassHistogram histogram;
};

class ScoreView {
 public:
  static constexpr std::size_t kBins = 40;

  /// As ScoreList::order().
  const std::vector<std::size_t>& order(const ScoreList& list, ScoreOrder by);
  const Ranking& ranking(const ScoreList& list);
  const AtThreshold& at(const ScoreList& list, double threshold);

 private:
  // A cached value and the key it was computed from.
  template <class Key, class Value>
  struct Kept {
    std::optional<Key> key;
    Value value;
    template <class Make>
    const Value& get(const Key& wanted, Make make) {
      if (key != wanted) value = make();
      key = wanted;
      return value;
    }
  };
  Kept<std::pair<std::uint64_t, ScoreOrder>, std::vector<std::size_t>> order_;
  Kept<std::uint64_t, Ranking> ranking_;
  Kept<std::pair<std::uint64_t, double>, AtThreshold> at_;
};

}  // namespace auscult::gui
