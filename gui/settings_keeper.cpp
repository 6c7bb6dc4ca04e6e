#include "gui/settings_keeper.h"

#include <utility>

namespace auscult::gui {

using Clock = std::chrono::steady_clock;

void SettingsKeeper::keep(const Settings& settings) {
  if (settings != wanted_) {
    wanted_ = settings;
    changed_ = Clock::now();
  }
  if (wanted_ != kept_ && !outcome_ && Clock::now() - changed_ >= kPause) write();
}

void SettingsKeeper::write() {
  kept_ = wanted_;
  outcome_ = std::make_shared<Status>();
  const Status started = writer_.start(
      [file = file_, settings = wanted_, outcome = outcome_](std::stop_token) { *outcome = file.save(settings); });
  if (!started) *outcome_ = started;
}

std::optional<std::string> SettingsKeeper::failure() {
  if (!outcome_ || writer_.running()) return std::nullopt;
  const auto outcome = std::exchange(outcome_, nullptr);
  if (const auto failure = writer_.failure()) return to_message(*failure);
  const Status& written = *outcome;
  if (written) return std::nullopt;
  return to_message(written.error());
}

void SettingsKeeper::finish(const Settings& settings) {
  writer_.join();
  outcome_.reset();
  if (settings == kept_) return;
  wanted_ = settings;
  write();
  writer_.join();
}

}  // namespace auscult::gui
