// Events to a web address (libcurl): one POST when an event begins and one when it has ended. An event stays in the
// outbox until the receiver has answered 2xx, over failures and restarts of either side; it may arrive twice then, with
// the same "run", "id" and "edge". Thread rule: notify and destroy on one thread; the rest from any. Transfers have a
// thread of their own, so that a slow receiver holds up nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "auscult/error.h"
#include "service/service_config.h"

namespace auscult {

/// "sha256=" and the HMAC-SHA256 of `body` (RFC 2104) in lower-case hexadecimal.
std::string webhook_signature(const std::string& secret, const std::string& body);

class Webhook {
 public:
  /// `outbox`: folder of the messages that wait. After a failure the next attempt follows after `first_pause`, then
  /// twice that, up to a minute, or after what the receiver asks for (Retry-After, at most ten minutes). Errors:
  /// write_failed, file_not_found (the certificate or the secret).
  static Result<std::unique_ptr<Webhook>> start(const WebhookConfig& config, const std::filesystem::path& outbox,
                                                std::chrono::milliseconds first_pause = std::chrono::seconds(1));
  /// Tries for two seconds to deliver what waits.
  virtual ~Webhook() = default;

  /// Puts the event into the outbox and returns.
  virtual void notify(const std::string& json) = 0;

  virtual std::size_t waiting() const = 0;      ///< events that the receiver has not accepted
  virtual std::uint64_t delivered() const = 0;  ///< since the start
  virtual std::uint64_t dropped() const = 0;    ///< for which the outbox had no room, or that the receiver refused
  virtual std::string trouble() const = 0;      ///< why the last attempt failed; empty: it did not
};

}  // namespace auscult
