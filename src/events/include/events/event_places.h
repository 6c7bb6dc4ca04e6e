// Default locations of events. Thread rule: pure functions of the environment.
#pragma once

#include <filesystem>

namespace auscult {

struct EventPlaces {
  std::filesystem::path database;  ///< events.db
  std::filesystem::path clips;     ///< folder of the events' sound
};
/// Below user_data_dir().
EventPlaces default_event_places();

}  // namespace auscult
