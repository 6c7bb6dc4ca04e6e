// What systemd is told (sd_notify): ready, reloading, stopping, the watchdog and a line of status. Without systemd
// nothing happens. Thread rule: the main thread.
#pragma once

#include <string>

namespace auscult {

void notify_ready(const std::string& status);
void notify_reloading();
void notify_stopping();
/// A line for `systemctl status`, and a sign of life if `alive`: the unit's WatchdogSec restarts the service if that
/// does not come.
void notify_status(const std::string& status, bool alive);

}  // namespace auscult
