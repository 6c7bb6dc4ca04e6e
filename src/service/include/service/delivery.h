// Events and states on their way out of the service: to a broker (MQTT) and to a web address. Thread rule: start,
// event, states, stop and destroy on one thread; reports() from any between start() and stop().
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/fleet.h"
#include "service/mqtt_publisher.h"
#include "service/service_config.h"
#include "service/webhook.h"

namespace auscult {

/// How one receiver gets its events.
struct DeliveryReport {
  std::string to;             ///< "mqtt" or "webhook"
  bool up = false;            ///< connected; of a webhook: the last attempt did not fail
  std::uint64_t waiting = 0;  ///< events that it has not acknowledged
  std::uint64_t dropped = 0;  ///< events that it will never get
  std::string trouble;        ///< why it is not up
};

class Delivery {
 public:
  /// `data`: folder in which the events wait (outbox/ and webhook/). Errors: those of MqttPublisher::start() and
  /// Webhook::start().
  Status start(const ServiceConfig& config, const std::filesystem::path& data);
  /// An event when it begins or has ended, as JSON.
  void event(const std::string& source, const std::string& json);
  /// To be called once a second: publishes states that have changed, and all of them once a minute.
  void states(const std::vector<SourceReport>& reports);
  /// Tries for some seconds to deliver what waits. Returns what then waits for the next start.
  std::vector<DeliveryReport> stop();

  std::vector<DeliveryReport> reports() const;

 private:
  std::unique_ptr<MqttPublisher> mqtt_;  // null: not configured
  std::unique_ptr<Webhook> webhook_;     // null: not configured
  std::map<std::string, std::pair<AlarmState, SourceState>> published_;
  std::uint64_t seconds_ = 0;
};

}  // namespace auscult
