#include "events/event_places.h"

#include "base/xdg.h"

namespace auscult {

EventPlaces default_event_places() {
  const std::filesystem::path data = user_data_dir();
  return {.database = data / "events.db", .clips = data / "clips"};
}

}  // namespace auscult
