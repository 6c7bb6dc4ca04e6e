// What becomes of the events that a session reports: those of a live input go into the database, those of a recording
// are listed until the program ends; and the player for their sound. Thread rule: begin_run() and keep() from the
// worker or the UI thread, the rest from the UI thread; nothing waits for the disk or the audio system, except close().
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "audio/player.h"
#include "events/event_archive.h"

namespace auscult::gui {

class EventKeeper {
 public:
  EventKeeper();

  /// What is kept from now on belongs to a new run.
  void begin_run(std::string model_name, bool live);
  /// Adds the run and the name of its model.
  void keep(Event event);

  std::string run_name() const;
  EventArchive& archive() { return archive_; }
  Player& player() { return player_; }
  /// True when the list or what is being played has changed since the last call.
  bool poll();

  /// False when the disk or the audio system hangs and a thread was left behind.
  bool close(std::chrono::milliseconds patience);

 private:
  mutable std::mutex mutex_;
  std::string run_, model_name_;
  bool live_ = false;
  EventArchive archive_;
  Player player_;
  std::uint64_t revision_ = 0;
  PlayState played_ = PlayState::idle;
  double position_s_ = 0.0;
};

}  // namespace auscult::gui
