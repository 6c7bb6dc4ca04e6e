#include "events/event.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "base/clock.h"
#include "base/times.h"

namespace auscult {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(const std::string& text, const std::string& wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

template <class Value, class List>
std::optional<Value> parse(std::string_view text, const List& values) {
  for (const Value value : values)
    if (text == to_string(value)) return value;
  return std::nullopt;
}

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::unknown:
      return "unknown";
    case Verdict::confirmed:
      return "confirmed";
    case Verdict::false_alarm:
      return "false_alarm";
  }
  return "unknown";
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  return parse<Verdict>(text, std::vector{Verdict::unknown, Verdict::confirmed, Verdict::false_alarm});
}

const char* to_string(ClipState state) {
  switch (state) {
    case ClipState::none:
      return "none";
    case ClipState::pending:
      return "pending";
    case ClipState::kept:
      return "kept";
    case ClipState::removed:
      return "removed";
    case ClipState::missing:
      return "missing";
  }
  return "none";
}

std::string new_run_name() {
  return iso_time(system_ms()) + "-" + std::to_string(getpid());
}

bool matches(const Event& record, const EventFilter& filter) {
  if (filter.verdict && record.verdict != *filter.verdict) return false;
  if (filter.since_ms && record.wall_time_ms < *filter.since_ms) return false;
  if (record.peak_score < filter.minimum_peak) return false;
  const auto texts = {&record.note, &record.detector, &record.source, &record.model_name};
  return filter.text.empty() ||
         std::any_of(texts.begin(), texts.end(), [&](const std::string* text) { return contains(*text, filter.text); });
}

bool newer(const Event& a, const Event& b) {
  return std::tie(a.wall_time_ms, a.ref.run, a.ref.id) > std::tie(b.wall_time_ms, b.ref.run, b.ref.id);
}

}  // namespace auscult
