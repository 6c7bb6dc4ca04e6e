#include "service/service_manager.h"

#include <ctime>

#include <systemd/sd-daemon.h>

namespace auscult {

void notify_ready(const std::string& status) {
  (void)sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = static_cast<long long>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
  (void)sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void notify_stopping() {
  (void)sd_notify(0, "STOPPING=1");
}

void notify_status(const std::string& status, bool alive) {
  (void)sd_notify(0, ("STATUS=" + status + (alive ? "\nWATCHDOG=1" : "")).c_str());
}

}  // namespace auscult
