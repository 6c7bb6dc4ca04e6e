// Events for tests of storing and showing them. Test-only, header-only.
#pragma once

#include <string>

#include "events/event.h"

namespace auscult::test {

inline constexpr std::int64_t kFirstEventMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

/// Event number `id` of a run: a minute after the previous one, ended, 2 s long, with a peak of `id`.
inline Event event_record(std::int64_t id, std::string run = "run1") {
  Event record;
  record.ref = {std::move(run), id};
  record.ended = true;
  record.start_s = 60.0 * static_cast<double>(id);
  record.end_s = record.start_s + 2.0;
  record.peak_score = static_cast<double>(id);
  record.peak_s = record.start_s + 1.0;
  record.threshold = 0.5;
  record.detector = "summary";
  record.bands = {{2600.0, 3500.0, 0.75}, {100.0, 200.0, 0.125}};
  record.wall_time_ms = kFirstEventMs + 60'000 * id;
  record.source = "default";
  record.model_name = "pump";
  record.model_digest = "00ff";
  return record;
}

}  // namespace auscult::test
