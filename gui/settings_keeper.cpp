#include "gui/settings_keeper.h"

#include <utility>

namespace auscult::gui {

using Clock = std::chrono::steady_clock;

void SettingsKeeper::keep(const Settings& settings) {
  if (settings != wanted_) {
    wanted_ = settings;
    changed_ = Clock::now();
  }
  if (wanted_ != kept_ && !writing_.valid() && Clock::now() - changed_ >= kPause) write();
}

void SettingsKeeper::write() {
  kept_ = wanted_;
  writing_ = std::async(std::launch::async, [file = file_, settings = wanted_] { return file.save(settings); });
}

std::optional<std::string> SettingsKeeper::failure() {
  if (!writing_.valid() || writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
  const Status written = std::exchange(writing_, {}).get();
  if (written) return std::nullopt;
  return to_message(written.error());
}

void SettingsKeeper::finish(const Settings& settings) {
  if (writing_.valid()) writing_.wait();
  writing_ = {};
  if (settings == kept_) return;
  wanted_ = settings;
  write();
  writing_.wait();
}

}  // namespace auscult::gui
