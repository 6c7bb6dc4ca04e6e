#include "monitor/mismatch.h"

#include <cmath>
#include <cstdio>

namespace auscult {
namespace {

// A mean over seconds varies less than the frames whose range the model keeps: what lies this far outside is another
// place.
constexpr double kLevelMarginDb = 6.0;

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

void compare_level(const LevelRange& learned, double level, std::vector<Mismatch>& found) {
  if (level < static_cast<double>(learned.off_dbfs)) return;  // the machine is off
  const double below = static_cast<double>(learned.low_dbfs) - kLevelMarginDb - level,
               above = level - static_cast<double>(learned.high_dbfs) - kLevelMarginDb;
  const std::string range = text("The model learned %.0f to %.0f dBFS, now it is %.0f dBFS. ",
                                 static_cast<double>(learned.low_dbfs), static_cast<double>(learned.high_dbfs), level);
  if (below > 0)
    found.push_back({MismatchKind::too_quiet, "It is much quieter than when the model learned.",
                     range + "Was the microphone moved, or the input turned down? Put it back, or learn again."});
  if (above > 0)
    found.push_back({MismatchKind::too_loud, "It is much louder than when the model learned.",
                     range + "Was the microphone moved, or the input turned up? Put it back, or learn again."});
}

}  // namespace

const char* to_string(MismatchKind kind) {
  switch (kind) {
    case MismatchKind::device:
      return "device";
    case MismatchKind::rate:
      return "rate";
    case MismatchKind::channels:
      return "channels";
    case MismatchKind::too_quiet:
      return "too_quiet";
    case MismatchKind::too_loud:
      return "too_loud";
  }
  return "device";
}

std::vector<Mismatch> mismatches(const Model& model, const SourceInfo& source, std::optional<double> level_dbfs) {
  std::vector<Mismatch> found;
  if (model.purpose == Purpose::demo) return found;
  const TrainingInfo& learned = model.training;
  if (source.live && !learned.device.empty() && !source.name.empty() && learned.device != source.name)
    found.push_back({MismatchKind::device, "This is another microphone than the one the model learned with.",
                     "It learned with \"" + learned.device + "\" and now hears \"" + source.name +
                         "\". Microphones colour sound differently: choose the old one, or learn again."});
  if (level_dbfs && std::isfinite(*level_dbfs)) compare_level(model.level, *level_dbfs, found);
  if (learned.source_rate > 0 && source.sample_rate > 0 && learned.source_rate != source.sample_rate)
    found.push_back({MismatchKind::rate, "The input runs at another sample rate than when the model learned.",
                     text("It learned at %d Hz and now hears %d Hz. The highest frequencies may differ: choose the old "
                          "rate, or learn again.",
                          learned.source_rate, source.sample_rate)});
  if (source.live && !learned.device.empty() && learned.source_channels > 0 && source.channels > 0 &&
      learned.source_channels != source.channels)
    found.push_back(
        {MismatchKind::channels, "The input has another number of channels than when the model learned.",
         text(
             "It had %d and now has %d. The channel that is heard may be another microphone: check it, or learn again.",
             learned.source_channels, source.channels)});
  return found;
}

}  // namespace auscult
