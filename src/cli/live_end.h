// How programs that monitor live input end. Thread rule: the main thread.
#pragma once

#include "events/event_archive.h"

namespace auscult::cli {

/// Ends the archive's thread, and warns of events that could not be stored and of a list that was set aside.
void close_and_report(EventArchive& archive);

/// Returns `code`, unless an audio device hangs: it never releases its thread, and the process ends here.
int leave(int code);

}  // namespace auscult::cli
