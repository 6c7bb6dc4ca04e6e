#include "gui/event_keeper.h"

#include <cmath>
#include <utility>

#include "app/places.h"
#include "base/log.h"

namespace auscult::gui {

EventKeeper::EventKeeper() : archive_(default_data_places().event_database()) {}

void EventKeeper::begin_run(std::string model_name, bool live) {
  const std::lock_guard lock(mutex_);
  run_ = new_run_name();
  model_name_ = std::move(model_name);
  live_ = live;
}

void EventKeeper::keep(Event event) {
  const std::lock_guard lock(mutex_);
  event.ref.run = run_;
  event.model_name = model_name_;
  // A microphone picks up loudspeakers, which matters when the event is judged later.
  if (live_ && !event.ended && player_.status().state == PlayState::playing)
    event.note = "Began while the sound of an event was being played.";
  live_ ? archive_.store(std::move(event)) : archive_.hold(std::move(event));
}

std::string EventKeeper::run_name() const {
  const std::lock_guard lock(mutex_);
  return run_;
}

bool EventKeeper::poll() {
  const auto listing = archive_.listing();
  const PlayerStatus playing = player_.status();
  const bool news =
      listing->revision != revision_ || playing.state != played_ || std::abs(playing.position_s - position_s_) >= 0.1;
  if (!news) return false;
  if (listing->revision != revision_)
    log(LogLevel::debug, "events listed: " + std::to_string(listing->matching) +
                             ", not on the disk: " + std::to_string(listing->waiting));
  if (playing.state != played_) log(LogLevel::debug, std::string("playing: ") + to_string(playing.state));
  revision_ = listing->revision;
  played_ = playing.state;
  position_s_ = playing.position_s;
  return true;
}

bool EventKeeper::close(std::chrono::milliseconds patience) {
  const auto begin = std::chrono::steady_clock::now();
  player_.stop();
  const bool stored = archive_.close(patience);
  const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  return player_.close(std::max(patience - used, std::chrono::milliseconds(50))) && stored;
}

}  // namespace auscult::gui
