// The list of input devices that `auscult devices --json` prints and the window reads. The window lists devices in a
// child process because a rescan in its own process would end the capture. Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audio/portaudio_source.h"
#include "auscult/error.h"

namespace auscult {

/// One JSON object (docs/cli.md).
std::string device_list_json(std::span<const InputDevice> devices);

/// Parses it. Missing fields other than the name keep their defaults. Errors: bad_input.
Result<std::vector<InputDevice>> parse_device_list(const std::string& json);

}  // namespace auscult
