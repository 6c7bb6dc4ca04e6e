#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dataset/split.h"

namespace auscult {
namespace {

std::vector<Clip> any_clips() {
  const auto labels = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
  const bool dcase = *rc::gen::arbitrary<bool>();
  std::vector<Clip> clips;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Clip clip;
    clip.path = std::to_string(i) + ".wav";
    clip.label = static_cast<Label>(labels[i]);
    if (dcase) clip.split = *rc::gen::element(DcaseSplit::none, DcaseSplit::train, DcaseSplit::test);
    clips.push_back(clip);
  }
  return clips;
}

std::set<std::string> paths(const std::vector<Clip>& clips) {
  std::set<std::string> result;
  for (const Clip& clip : clips) result.insert(clip.path.string());
  return result;
}

RC_GTEST_PROP(SplitMachine, UsesEveryLabelledClipOnceAndTrainsOnNormalsOnly, ()) {
  const auto clips = any_clips();
  const bool all_normals = *rc::gen::arbitrary<bool>();
  const auto split = split_machine(clips, all_normals);
  const auto is = [](Label label) { return [label](const Clip& c) { return c.label == label; }; };
  if (!split) {
    RC_ASSERT(split.error().code == ErrorCode::not_enough_data);
    return;
  }
  RC_ASSERT(!split->train.empty());
  RC_ASSERT(std::all_of(split->train.begin(), split->train.end(), is(Label::normal)));
  RC_ASSERT(std::none_of(split->test.begin(), split->test.end(), is(Label::unknown)));
  const auto labelled =
      std::count_if(clips.begin(), clips.end(), [](const Clip& c) { return c.label != Label::unknown; });
  RC_ASSERT(split->train.size() + split->test.size() == static_cast<std::size_t>(labelled));
  auto all = paths(split->train);
  all.merge(paths(split->test));
  RC_ASSERT(all.size() == static_cast<std::size_t>(labelled));
}

RC_GTEST_PROP(SplitMachine, DoesNotDependOnTheOrderOfClips, ()) {
  auto clips = any_clips();
  const auto one = split_machine(clips);
  std::reverse(clips.begin(), clips.end());
  const auto other = split_machine(clips);
  RC_ASSERT(one.has_value() == other.has_value());
  if (one) RC_ASSERT(paths(one->train) == paths(other->train));
}

RC_GTEST_PROP(HoldOutBlock, CutsOnceAndLosesNothing, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(0, 3000);
  const double fraction = *rc::gen::inRange(0, 101) / 100.0;
  const HeldOut h = hold_out_block(count, fraction);
  std::vector<std::size_t> all = h.train;
  all.insert(all.end(), h.held_out.begin(), h.held_out.end());
  RC_ASSERT(all.size() == count);
  for (std::size_t i = 0; i < count; ++i) RC_ASSERT(all[i] == i);
  if (count >= 2) RC_ASSERT(!h.train.empty() && !h.held_out.empty());
}

}  // namespace
}  // namespace auscult
