// The HTTP address of the service: /metrics (Prometheus), /healthz and /status (JSON). It only reads, and knows nothing
// about who asks: the address should stay local or behind a proxy. Thread rule: make, and destroy, on one thread; the
// answers are given from threads of the server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "auscult/error.h"
#include "service/service_config.h"

namespace auscult {

/// What the server answers with; called from its threads.
struct StatusPages {
  std::function<std::string()> metrics, status;
  std::function<std::string()> trouble;  ///< why the service is not healthy; empty: it is
};

class StatusServer {
 public:
  /// Errors: device_unavailable (the address is in use, or is not one of this machine).
  static Result<std::unique_ptr<StatusServer>> start(const ServiceAddress& address, StatusPages pages);
  virtual ~StatusServer() = default;
  virtual int port() const = 0;  ///< in use
};

/// The JSON of /status at an address. Errors: device_unavailable (no service answers there).
Result<std::string> fetch_status(const ServiceAddress& address);

}  // namespace auscult
