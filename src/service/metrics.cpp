#include "service/metrics.h"

#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "auscult/version.h"
#include "dsp/level_meter.h"

namespace auscult {
namespace {

using nlohmann::ordered_json;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kLongestPoll = 5.0;   // seconds
constexpr double kMostWaiting = 30.0;  // seconds of sound

constexpr AlarmState kStates[] = {AlarmState::warming_up, AlarmState::normal,      AlarmState::suspicious,
                                  AlarmState::alarm,      AlarmState::not_running, AlarmState::demo,
                                  AlarmState::no_signal};

ClientMetric labelled(const SourceReport& report) {
  ClientMetric metric;
  metric.label.push_back({"source", report.name});
  return metric;
}

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily result;
  result.name = name;
  result.help = help;
  result.type = type;
  return result;
}

struct Value {
  const char* name;
  const char* help;
  MetricType type;
  std::function<double(const SourceReport&)> of;
};

const std::vector<Value>& values() {
  constexpr MetricType kCounter = MetricType::Counter, kGauge = MetricType::Gauge;
  const auto count = [](std::uint64_t SourceReport::*field) {
    return [field](const SourceReport& report) { return static_cast<double>(report.*field); };
  };
  const auto gauge = [](double SourceReport::*field) {
    return [field](const SourceReport& report) { return report.*field; };
  };
  static const std::vector<Value> all = {
      {"auscult_samples_captured_total", "Sample frames received", kCounter, count(&SourceReport::captured)},
      {"auscult_samples_analyzed_total", "Sample frames analyzed", kCounter, count(&SourceReport::analyzed)},
      {"auscult_samples_lost_total", "Sample frames lost", kCounter, count(&SourceReport::lost)},
      {"auscult_samples_pending", "Sample frames received and not yet analyzed", kGauge, count(&SourceReport::pending)},
      {"auscult_gaps_total", "Places at which samples were lost", kCounter, count(&SourceReport::gaps)},
      {"auscult_reconnects_total", "Attempts to open the source again", kCounter, count(&SourceReport::reconnects)},
      {"auscult_restarts_total", "Restarts of the analysis after an error", kCounter, count(&SourceReport::restarts)},
      {"auscult_events_total", "Events that have begun", kCounter, count(&SourceReport::events)},
      {"auscult_score", "Live anomaly score (u)", kGauge, gauge(&SourceReport::score)},
      {"auscult_threshold", "Threshold of the live anomaly score (u)", kGauge, gauge(&SourceReport::threshold)},
      {"auscult_level_dbfs", "Level of the sound", kGauge, gauge(&SourceReport::level_dbfs)},
      {"auscult_load_ratio", "Share of real time that the analysis takes", kGauge, gauge(&SourceReport::load)},
      {"auscult_ring_fill_ratio", "Fill of the capture ring, 0 to 1", kGauge, gauge(&SourceReport::ring_fill)},
      {"auscult_drift_ratio", "Evidence of a slow change of normal sound, 0 to 1", kGauge, gauge(&SourceReport::drift)},
      {"auscult_drifted", "1 while a slow change of normal sound is reported", kGauge,
       [](const SourceReport& report) { return report.drifted ? 1.0 : 0.0; }},
      {"auscult_up", "1 while sound arrives and is analyzed", kGauge,
       [](const SourceReport& report) { return report.source == SourceState::running ? 1.0 : 0.0; }},
      {"auscult_quiet", "1 in the source's quiet hours", kGauge,
       [](const SourceReport& report) { return report.quiet ? 1.0 : 0.0; }},
  };
  return all;
}

MetricFamily states(std::span<const SourceReport> reports) {
  MetricFamily result = family("auscult_state", "1 for the state that the source is in", MetricType::Gauge);
  for (const SourceReport& report : reports)
    for (const AlarmState state : kStates) {
      ClientMetric metric = labelled(report);
      metric.label.push_back({"state", to_string(state)});
      metric.gauge.value = report.state == state ? 1.0 : 0.0;
      result.metric.push_back(std::move(metric));
    }
  return result;
}

MetricFamily latencies(std::span<const SourceReport> reports) {
  MetricFamily result =
      family("auscult_latency_seconds", "Time from the capture of samples to their energies", MetricType::Histogram);
  for (const SourceReport& report : reports) {
    ClientMetric metric = labelled(report);
    metric.histogram.sample_count = report.latency.total();
    metric.histogram.sample_sum = report.latency.sum_s;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < report.latency.counts.size(); ++i) {
      cumulative += report.latency.counts[i];
      const double bound = i < kLatencyBounds.size() ? kLatencyBounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({cumulative, bound});
    }
    result.metric.push_back(std::move(metric));
  }
  return result;
}

struct DeliveryValue {
  const char* name;
  const char* help;
  MetricType type;
  double (*of)(const DeliveryReport&);
};

constexpr DeliveryValue kDeliveryValues[] = {
    {"auscult_delivery_up", "1 while the receiver takes events", MetricType::Gauge,
     [](const DeliveryReport& report) { return report.up ? 1.0 : 0.0; }},
    {"auscult_delivery_waiting", "Events that the receiver has not acknowledged", MetricType::Gauge,
     [](const DeliveryReport& report) { return static_cast<double>(report.waiting); }},
    {"auscult_delivery_dropped_total", "Events that the receiver will never get", MetricType::Counter,
     [](const DeliveryReport& report) { return static_cast<double>(report.dropped); }},
};

void add_deliveries(std::span<const DeliveryReport> reports, std::vector<MetricFamily>& families) {
  for (const DeliveryValue& value : kDeliveryValues) {
    if (reports.empty()) return;
    MetricFamily& added = families.emplace_back(family(value.name, value.help, value.type));
    for (const DeliveryReport& report : reports) {
      ClientMetric metric;
      metric.label.push_back({"to", report.to});
      (value.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value.of(report);
      added.metric.push_back(std::move(metric));
    }
  }
}

MetricFamily build_info() {
  MetricFamily result = family("auscult_build_info", "The program's version", MetricType::Gauge);
  ClientMetric metric;
  metric.label.push_back({"version", AUSCULT_VERSION_STRING});
  metric.gauge.value = 1.0;
  result.metric.push_back(std::move(metric));
  return result;
}

}  // namespace

std::string to_prometheus(std::span<const SourceReport> reports, std::span<const DeliveryReport> deliveries) {
  std::vector<MetricFamily> families;
  for (const Value& value : values()) {
    MetricFamily& added = families.emplace_back(family(value.name, value.help, value.type));
    for (const SourceReport& report : reports) {
      ClientMetric metric = labelled(report);
      (value.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value.of(report);
      added.metric.push_back(std::move(metric));
    }
  }
  families.push_back(states(reports));
  families.push_back(latencies(reports));
  add_deliveries(deliveries, families);
  families.push_back(build_info());
  return prometheus::TextSerializer().Serialize(families);
}

namespace {

ordered_json json_of(const SourceReport& report) {
  return {{"name", report.name},
          {"model", report.model},
          {"state", to_string(report.state)},
          {"source", to_string(report.source)},
          {"message", report.message},
          {"quiet", report.quiet},
          {"finished", report.finished},
          {"score", report.score},
          {"threshold", report.threshold},
          {"level_dbfs", report.level_dbfs},
          {"time", report.stream_time_s},
          {"sample_rate", report.sample_rate},
          {"captured", report.captured},
          {"analyzed", report.analyzed},
          {"lost", report.lost},
          {"gaps", report.gaps},
          {"reconnects", report.reconnects},
          {"restarts", report.restarts},
          {"events", report.events},
          {"drift", report.drift},
          {"drifted", report.drifted},
          {"load", report.load}};
}

std::string line_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string to_state_json(const SourceReport& report) {
  return line_of(json_of(report));
}

std::string to_status_json(std::span<const SourceReport> reports, std::span<const DeliveryReport> deliveries) {
  ordered_json sources = ordered_json::array(), receivers = ordered_json::array();
  for (const SourceReport& report : reports) sources.push_back(json_of(report));
  for (const DeliveryReport& report : deliveries)
    receivers.push_back({{"to", report.to},
                         {"up", report.up},
                         {"waiting", report.waiting},
                         {"dropped", report.dropped},
                         {"trouble", report.trouble}});
  return line_of({{"type", "status"},
                  {"version", AUSCULT_VERSION_STRING},
                  {"sources", std::move(sources)},
                  {"deliveries", std::move(receivers)}});
}

Health health_of(std::span<const SourceReport> reports, double seconds_since_poll) {
  if (seconds_since_poll > kLongestPoll) return {false, "the service has not looked at its sources for seconds"};
  for (const SourceReport& report : reports)
    if (static_cast<double>(report.pending) > kMostWaiting * report.sample_rate)
      return {false, report.name + ": half a minute of sound waits to be analyzed"};
  return {};
}

}  // namespace auscult
