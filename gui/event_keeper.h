// Stores the events that a session reports: those of a live input in the database, those of a recording in memory until
// the program ends. Also owns the player for their sound. Thread rule: begin_run() and keep() from the worker or the UI
// thread, the rest from the UI thread; nothing except close() waits for the disk or the audio system.
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

  /// Events kept from now on belong to a new run.
  void begin_run(std::string model_name, bool live);
  /// Adds the run and the name of its model.
  void keep(Event event);

  std::string run_name() const;
  EventArchive& archive() { return archive_; }
  Player& player() { return player_; }
  /// True if the list or the playback has changed since the last call.
  bool poll();

  /// False if the disk or the audio system hangs and a thread was abandoned.
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
