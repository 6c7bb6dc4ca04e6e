#include "live_end.h"

#include <cstdio>
#include <cstdlib>

#include "audio/portaudio_source.h"

namespace auscult::cli {

void close_and_report(EventArchive& archive) {
  archive.close();
  const auto listing = archive.listing();
  for (const auto& problem : {listing->notice, listing->waiting > 0 ? listing->trouble : std::nullopt})
    if (problem) std::fprintf(stderr, "auscult: warning: %s\n", to_message(*problem).c_str());
}

int leave(int code) {
  if (!portaudio_hangs()) return code;
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace auscult::cli
