// Events and states to an MQTT broker (libmosquitto). An event stays in the outbox until the broker has acknowledged
// it, over lost connections and restarts of either side; it may arrive twice then, with the same "run" and "id".
// Thread rule: publish and destroy on one thread; the rest from any. The connection has a
// thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "auscult/error.h"
#include "service/service_config.h"

namespace auscult {

class MqttPublisher {
 public:
  /// Connects in the background, and again whenever the connection is lost: after 1 s, then 2 s, up to a minute
  /// (`first_pause`, for tests). `outbox`: folder of the messages that wait. Errors: write_failed, file_not_found (the
  /// certificate or the password file).
  static Result<std::unique_ptr<MqttPublisher>> start(const MqttConfig& config, const std::filesystem::path& outbox,
                                                      std::chrono::milliseconds first_pause = std::chrono::seconds(1));
  /// Tries for two seconds to deliver what waits, and says `offline`.
  virtual ~MqttPublisher() = default;

  /// TOPIC/NODE/SOURCE/event, at least once.
  virtual void publish_event(const std::string& source, const std::string& json) = 0;
  /// TOPIC/NODE/SOURCE/state, retained: only the latest counts. Also announces a source to Home Assistant, if
  /// configured.
  virtual void publish_state(const std::string& source, const std::string& json) = 0;

  virtual bool connected() const = 0;
  virtual std::size_t waiting() const = 0;    ///< events that the broker has not acknowledged
  virtual std::uint64_t dropped() const = 0;  ///< events for which the outbox had no room
  virtual std::string trouble() const = 0;    ///< why there is no connection; empty if there is one
};

}  // namespace auscult
