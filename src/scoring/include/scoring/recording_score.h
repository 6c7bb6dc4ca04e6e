// The scores of one recording from one pass over it: of the whole recording, of equal spans of it, and the alarms that
// the live monitor raises on the same sound. Thread rule: score_recording() from any number of threads with one shared
// model; a RecordingAccumulator belongs to one thread. Units: seconds of the recording, u.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "auscult/error.h"
#include "detect/event_detector.h"
#include "scoring/clip_score.h"
#include "scoring/step_spool.h"

namespace auscult {

/// A part of a recording, without its start and with its end. It pools the energies whose windows end in the span; a
/// window may begin before it.
struct SpanScore {
  double start_s = 0.0, end_s = 0.0;
  std::optional<ClipScore> score;     ///< nothing if no detector produced an energy here (a gap)
  int events = 0;                     ///< those that begin here
  std::vector<StepRange> steps = {};  ///< of each detector, in RecordingScore::spool
};

struct RecordingScore {
  ClipScore whole;
  std::vector<SpanScore> spans;           ///< without gaps between them, in order; empty unless every_s was given
  std::vector<Detection> events;          ///< ended; those of the model's live policy, as the live monitor raises them
  std::shared_ptr<StepSpool> spool = {};  ///< every energy, with ScoreFileOptions::spool_steps; else null
};

/// The events in whose time every decision is normal: that of each span that they touch, or of the whole recording if
/// there are no spans.
std::vector<Detection> events_called_normal(const RecordingScore& recording);

/// Takes the hops of one recording.
class RecordingAccumulator {
 public:
  /// `model` must outlive it. `every_s`: length of the spans, above 0; none if there should be no spans.
  /// Steps are kept in memory (`keep_steps`), in `spool` (if not null) or not at all.
  RecordingAccumulator(const Model& model, std::optional<double> every_s, bool keep_steps,
                       std::shared_ptr<StepSpool> spool = nullptr);
  void add(const Hop& hop);
  /// False until a detector has produced an energy.
  bool any() const { return whole_.any(); }
  /// At the end of the recording, once. The last span ends there, and is left out if it is shorter than the others and
  /// has no score.
  RecordingScore finish(double seconds);

 private:
  void add_to_span(const Hop& hop);
  void close_span(double end_s);
  void close_spans(double seconds);
  double span_start() const { return static_cast<double>(spans_.size()) * *every_s_; }
  double span_end() const { return static_cast<double>(spans_.size() + 1) * *every_s_; }

  const Model* model_;
  std::optional<double> every_s_;
  bool keep_steps_;
  ClipAccumulator whole_, span_;
  std::vector<StepEnergy> steps_, span_steps_;
  std::vector<SpanScore> spans_;
  EventDetector detector_;
  std::vector<Detection> events_;
  std::shared_ptr<StepSpool> spool_;
  std::vector<StepRange> spooled_;  // where the current span begins in it
};

/// Steps (on request) are in the spans if there are any, else in `whole`. Errors: as score_file().
Result<RecordingScore> score_recording(const std::shared_ptr<const Model>& model, const std::filesystem::path& path,
                                       const ScoreFileOptions& options = {});

}  // namespace auscult
