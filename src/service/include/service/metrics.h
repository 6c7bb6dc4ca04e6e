// What the service tells about itself: Prometheus' text format, health, and a JSON status. Pure functions of reports.
// Thread rule: any thread.
#pragma once

#include <span>
#include <string>

#include "service/delivery.h"
#include "service/fleet.h"

namespace auscult {

/// Prometheus' text format 0.0.4. Names and labels: docs/serve.md.
std::string to_prometheus(std::span<const SourceReport> reports, std::span<const DeliveryReport> deliveries = {});

/// {"version", "sources": [{"name", "model", "state", "source", "message", "score", "threshold", ...}], "deliveries":
/// [{"to", "up", "waiting", "dropped", "trouble"}]}, one line.
std::string to_status_json(std::span<const SourceReport> reports, std::span<const DeliveryReport> deliveries = {});

/// One source of it: {"name", "model", "state", ...}.
std::string to_state_json(const SourceReport& report);

/// Whether the service does its work: it has polled in the last five seconds, and no source has more than thirty
/// seconds of sound that wait to be analyzed.
struct Health {
  bool healthy = true;
  std::string reason;  ///< why not
};
Health health_of(std::span<const SourceReport> reports, double seconds_since_poll);

}  // namespace auscult
