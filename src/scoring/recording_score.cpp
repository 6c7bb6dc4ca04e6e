#include "scoring/recording_score.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

namespace auscult {
namespace {

// Hops end at sums of whole samples; a boundary is a multiple of a decimal number.
constexpr double kRounding = 1e-9;  // s

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

tl::unexpected<Error> no_energy(const Scorer& scorer, const std::filesystem::path& path) {
  const InputCounts input = scorer.features().input();
  if (input.invalid > 0) return tl::unexpected(no_usable_sound(input, path.string()));
  const std::string needed = seconds_text(shortest_clip_seconds(scorer.model().preset));
  return fail(ErrorCode::too_short,
              "is too short: it has " + seconds_text(scorer.features().seconds()) + ", the model needs " + needed,
              path.string(), "use a longer recording");
}

}  // namespace

RecordingAccumulator::RecordingAccumulator(const Model& model, std::optional<double> every_s, bool keep_steps,
                                           std::shared_ptr<StepSpool> spool)
    : model_(&model),
      every_s_(every_s),
      keep_steps_(keep_steps),
      whole_(model),
      span_(model),
      detector_(model.preset.policy),
      spool_(std::move(spool)) {
  if (spool_) spooled_ = spool_->all();
}

void RecordingAccumulator::add(const Hop& hop) {
  whole_.add(hop);
  const auto detection = detector_.push({.time_s = hop.time_s,
                                         .fused = hop.fused,
                                         .leading_detector = hop.leading_detector.value_or(0),
                                         .judged = hop.judged()});
  if (detection && detection->ended) events_.push_back(*detection);
  if (every_s_) add_to_span(hop);
  if (spool_)
    for (const StepEnergy& step : hop.fresh) spool_->push(step);
  else if (!every_s_ && keep_steps_)
    steps_.insert(steps_.end(), hop.fresh.begin(), hop.fresh.end());
}

void RecordingAccumulator::add_to_span(const Hop& hop) {
  while (hop.time_s > span_end() + kRounding) close_span(span_end());
  span_.add(hop);
  if (keep_steps_) span_steps_.insert(span_steps_.end(), hop.fresh.begin(), hop.fresh.end());
}

void RecordingAccumulator::close_span(double end_s) {
  SpanScore span{.start_s = span_start(), .end_s = end_s, .score = std::nullopt};
  if (span_.any()) {
    span.score = span_.result();
    span.score->steps = std::exchange(span_steps_, {});
    span.score->seconds = end_s - span.start_s;
  }
  if (spool_) {
    std::vector<StepRange> now = spool_->all();
    for (std::size_t d = 0; d < now.size(); ++d) span.steps.push_back({spooled_[d].last, now[d].last});
    spooled_ = std::move(now);
  }
  spans_.push_back(std::move(span));
  span_.clear();
}

void RecordingAccumulator::close_spans(double seconds) {
  while (seconds >= span_end() - kRounding) close_span(span_end());
  if (span_.any()) close_span(seconds);
  for (const Detection& event : events_) {
    const auto span = std::find_if(spans_.begin(), spans_.end(),
                                   [&](const SpanScore& s) { return event.start_s <= s.end_s + kRounding; });
    if (!spans_.empty()) ++(span == spans_.end() ? spans_.back() : *span).events;
  }
}

RecordingScore RecordingAccumulator::finish(double seconds) {
  if (const auto last = detector_.finish()) events_.push_back(*last);
  if (every_s_) close_spans(seconds);
  RecordingScore result{.whole = whole_.result(), .spans = std::move(spans_), .events = std::move(events_)};
  result.whole.steps = std::move(steps_);
  result.spool = std::move(spool_);
  result.whole.seconds = seconds;
  return result;
}

std::vector<Detection> events_called_normal(const RecordingScore& recording) {
  const auto shown = [&](const Detection& event) {
    if (recording.spans.empty()) return recording.whole.anomalous;
    return std::any_of(recording.spans.begin(), recording.spans.end(), [&](const SpanScore& span) {
      return span.score && span.score->anomalous && event.start_s <= span.end_s && event.end_s > span.start_s;
    });
  };
  std::vector<Detection> hidden;
  std::copy_if(recording.events.begin(), recording.events.end(), std::back_inserter(hidden),
               [&](const Detection& event) { return !shown(event); });
  return hidden;
}

Result<RecordingScore> score_recording(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                                       const ScoreFileOptions& options) {
  Scorer scorer(model, {.mode = ScorerMode::batch,
                        .controls = options.controls,
                        .why = options.why,
                        .parts = options.parts,
                        .channel = options.channel,
                        .scale = options.scale});
  std::shared_ptr<StepSpool> spool;
  if (options.spool_steps)
    spool = std::make_shared<StepSpool>(model->detectors.size(), options.why && options.spool_why);
  RecordingAccumulator accumulator(*model, options.every_s, options.keep_steps, spool);
  AUSCULT_TRY(score_through(
      scorer, path, [&](const Hop& hop) { accumulator.add(hop); }, options.cancel, options.progress));
  if (spool) AUSCULT_TRY(spool->status());
  if (!accumulator.any()) return no_energy(scorer, path);
  RecordingScore result = accumulator.finish(scorer.features().seconds());
  result.whole.source_rate = scorer.features().input_rate();
  result.whole.sound = scorer.features().facts();
  result.whole.odd = odd_sound(result.whole.sound, options.channel.value_or(model->preset.channel), model.get());
  result.whole.invalid_samples = scorer.features().input().invalid;
  return result;
}

Result<ClipScore> score_file(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                             const ScoreFileOptions& options) {
  AUSCULT_TRY_ASSIGN(RecordingScore score, score_recording(model, path, options));
  return std::move(score.whole);
}

}  // namespace auscult
