#include "gui/batch/score_list.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numeric>
#include <utility>

#include "base/csv.h"

namespace auscult::gui {
namespace {

Label label_from_text(const std::string& text) {
  if (text == "normal") return Label::normal;
  if (text == "abnormal" || text == "anomaly") return Label::abnormal;
  return Label::unknown;
}

// Unique across all lists, because one list may replace another.
std::uint64_t next_revision() {
  static std::uint64_t last = 0;
  return ++last;
}

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// Position of a column in a header, or npos.
std::size_t column_of(const std::vector<std::string>& header, const char* name) {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? std::string::npos : static_cast<std::size_t>(found - header.begin());
}

}  // namespace

void ScoreList::begin(const std::vector<Clip>& clips) {
  *this = ScoreList{};
  revision_ = names_revision_ = next_revision();
  files_.reserve(clips.size());
  for (const Clip& clip : clips) files_.push_back({clip.path, clip.label, std::nullopt, {}});
  if (clips.empty()) return;
  shared_ = clips.front().path.parent_path();
  for (const Clip& clip : clips) {
    const auto [end, other] = std::mismatch(shared_.begin(), shared_.end(), clip.path.begin(), clip.path.end());
    std::filesystem::path common;
    for (auto part = shared_.begin(); part != end; ++part) common /= *part;
    shared_ = common;
  }
}

std::string ScoreList::name_of(const ScoredFile& file) const {
  const std::string name = file.path.lexically_relative(shared_).string();
  return name.empty() ? file.path.string() : name;
}

void ScoreList::set_score(std::size_t index, double score) {
  if (!std::isfinite(score)) return set_error(index, "no score");
  ScoredFile& file = files_.at(index);
  file.score = score;
  ++done_;
  revision_ = next_revision();
  if (file.label == Label::normal) normal_.push_back(score);
  if (file.label == Label::abnormal) abnormal_.push_back(score);
}

void ScoreList::set_error(std::size_t index, std::string error) {
  files_.at(index).error = std::move(error);
  ++done_;
  revision_ = next_revision();
}

bool ScoreList::has_labels() const {
  return !normal_.empty() && !abnormal_.empty();
}

std::vector<std::size_t> ScoreList::order(ScoreOrder by) const {
  std::vector<std::size_t> order(files_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score_of = [&](std::size_t i) {
    return files_[i].score.value_or(-std::numeric_limits<double>::infinity());
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return by == ScoreOrder::score ? score_of(a) > score_of(b) : files_[a].path < files_[b].path;
  });
  return order;
}

std::size_t ScoreList::flagged(double threshold) const {
  return static_cast<std::size_t>(std::count_if(files_.begin(), files_.end(),
                                                [&](const ScoredFile& f) { return f.score && *f.score > threshold; }));
}

Separation ScoreList::separation(double threshold) const {
  return {normal_.size(), abnormal_.size(), confusion_at(normal_, abnormal_, threshold)};
}

Ranking ScoreList::ranking() const {
  return {roc_curve(normal_, abnormal_), roc_auc(normal_, abnormal_), partial_auc(normal_, abnormal_)};
}

ClassHistogram ScoreList::histogram(std::size_t bins, double threshold) const {
  ClassHistogram histogram;
  histogram.normal.assign(bins, 0.0);
  histogram.abnormal = histogram.unknown = histogram.normal;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const ScoredFile& file : files_) {
    if (!file.score) continue;
    low = std::min(low, *file.score);
    high = std::max(high, *file.score);
  }
  if (!(low <= high) || bins == 0) return histogram;
  histogram.low = std::min(low, 0.0);
  // Faults may score a hundred times the threshold; the range of the normal recordings is what matters.
  const double normals = normal_.empty() ? high : *std::max_element(normal_.begin(), normal_.end());
  histogram.high = std::max(std::min(high, std::max(4.0 * threshold, 1.2 * normals)), histogram.low + 1e-6);
  const double width = (histogram.high - histogram.low) / static_cast<double>(bins);
  for (const ScoredFile& file : files_) {
    if (!file.score) continue;
    const double place =
        (*file.score - histogram.low) / width;  // not a number where scores exceed what a double divides
    const auto bin = place < static_cast<double>(bins - 1) ? static_cast<std::size_t>(place) : bins - 1;
    auto& counts = file.label == Label::normal     ? histogram.normal
                   : file.label == Label::abnormal ? histogram.abnormal
                                                   : histogram.unknown;
    counts[bin] += 1.0;
  }
  return histogram;
}

std::string ScoreList::csv(double threshold, ScoreOrder by) const {
  std::string text = "file,label,score,threshold,decision,error\n";
  for (const std::size_t i : order(by)) {
    const ScoredFile& file = files_[i];
    text += csv_path(file.path.string()) + ',' + (file.label == Label::unknown ? "" : to_string(file.label)) + ',';
    text +=
        file.score ? exact(*file.score) + ',' + exact(threshold) + ',' + (*file.score > threshold ? "1" : "0") : ",,";
    text += ',' + csv_field(file.error) + '\n';
  }
  return text;
}

Result<ScoreList> read_scores(const std::filesystem::path& csv) {
  std::ifstream stream(csv);
  if (!stream)
    return fail(ErrorCode::file_not_found, "the scores cannot be read", csv.string(),
                "name a CSV file written by `auscult score`");
  const auto damaged = [&](std::size_t line, const std::string& why) {
    return fail(ErrorCode::bad_input, "line " + std::to_string(line) + " of the scores " + why, csv.string(),
                "name a CSV file written by `auscult score`: file,score,...");
  };
  std::string line;
  std::getline(stream, line);
  const auto header = split_csv_line(line);
  const std::size_t file_at = column_of(header, "file"), score_at = column_of(header, "score"),
                    label_at = column_of(header, "label");
  if (file_at == std::string::npos || score_at == std::string::npos)
    return damaged(1, "lacks the columns file and score");
  std::vector<Clip> clips;
  std::vector<double> scores;
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const auto fields = split_csv_line(line);
    if (fields.size() <= std::max(file_at, score_at)) return damaged(number, "is too short");
    Clip& clip = clips.emplace_back();
    clip.path = fields[file_at];
    clip.label = label_at < fields.size() ? label_from_text(fields[label_at]) : label_from_names(clip.path);
    char* end = nullptr;
    const std::string& text = fields[score_at];
    scores.push_back(std::strtod(text.c_str(), &end));
    if (text.empty())
      scores.back() = std::numeric_limits<double>::quiet_NaN();
    else if (*end != '\0' || !std::isfinite(scores.back()))
      return damaged(number, "has a score that is not a number");
  }
  if (clips.empty()) return damaged(2, "is missing: the file contains no scores");
  ScoreList list;
  list.begin(clips);
  for (std::size_t i = 0; i < clips.size(); ++i) list.set_score(i, scores[i]);
  return list;
}

}  // namespace auscult::gui
