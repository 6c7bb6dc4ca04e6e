#include "dataset/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace auscult {
namespace {

std::vector<Clip> select(const std::vector<Clip>& clips, auto&& wanted) {
  std::vector<Clip> result;
  std::copy_if(clips.begin(), clips.end(), std::back_inserter(result), wanted);
  return result;
}

bool is_normal(const Clip& clip) {
  return clip.label == Label::normal;
}

bool is_abnormal(const Clip& clip) {
  return clip.label == Label::abnormal;
}

Split dcase_split(const std::vector<Clip>& clips) {
  Split split;
  split.protocol = "dcase";
  split.train = select(clips, [](const Clip& c) { return is_normal(c) && c.split != DcaseSplit::test; });
  split.test =
      select(clips, [](const Clip& c) { return is_abnormal(c) || (is_normal(c) && c.split == DcaseSplit::test); });
  return split;
}

Split mimii_split(std::vector<Clip> normals, const std::vector<Clip>& abnormals) {
  const auto tested = static_cast<std::ptrdiff_t>(std::min(abnormals.size(), normals.size()));
  Split split;
  split.protocol = "mimii";
  split.test.assign(normals.begin(), normals.begin() + tested);
  split.test.insert(split.test.end(), abnormals.begin(), abnormals.end());
  split.train.assign(normals.begin() + tested, normals.end());
  return split;
}

Split everything_trains(std::vector<Clip> normals, std::vector<Clip> abnormals) {
  return {std::move(normals), std::move(abnormals), "all normals"};
}

}  // namespace

Result<Split> split_machine(const std::vector<Clip>& clips, bool all_normals) {
  std::vector<Clip> sorted = clips;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Clip& a, const Clip& b) { return a.path.native() < b.path.native(); });
  const std::vector<Clip> normals = select(sorted, is_normal), abnormals = select(sorted, is_abnormal);
  const std::string machine = clips.empty() ? std::string() : clips.front().machine_key();
  if (normals.empty())
    return fail(ErrorCode::not_enough_data, "no normal clip to train with", machine,
                "training needs recordings of normal sound: a folder normal/, DCASE names, or a plain folder of them");

  const bool dcase =
      std::any_of(sorted.begin(), sorted.end(), [](const Clip& c) { return c.split != DcaseSplit::none; });
  Split split = all_normals || (!dcase && abnormals.empty()) ? everything_trains(normals, abnormals)
                : dcase                                      ? dcase_split(sorted)
                                                             : mimii_split(normals, abnormals);
  if (split.train.empty()) {
    const std::string counts = std::to_string(normals.size()) + " normal and " + std::to_string(abnormals.size()) +
                               " abnormal clips leave none to train with";
    return fail(ErrorCode::not_enough_data, (dcase ? "all normal clips lie in the test part: " : "") + counts, machine,
                dcase ? "give the train folder too, or use --all-normals"
                      : "MIMII's protocol tests with as many normal as abnormal clips; add normal clips, or use "
                        "--all-normals");
  }
  return split;
}

HeldOut hold_out_block(std::size_t count, double fraction) {
  // Slightly below the product, so that 0.1 of 30 is 3 and not 4.
  const double wanted = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count) - 1e-9);
  std::size_t held = static_cast<std::size_t>(std::max(wanted, 0.0));
  held = count < 2 ? 0 : std::clamp<std::size_t>(held, 1, count - 1);
  HeldOut result;
  result.train.resize(count - held);
  result.held_out.resize(held);
  std::iota(result.train.begin(), result.train.end(), std::size_t{0});
  std::iota(result.held_out.begin(), result.held_out.end(), count - held);
  return result;
}

}  // namespace auscult
