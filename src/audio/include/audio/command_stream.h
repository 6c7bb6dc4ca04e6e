// Sound from another program's standard output: WAV or raw PCM, for example of ffmpeg that receives a network stream.
// Thread rule: as SampleSource.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audio/pcm_stream.h"

namespace auscult {

/// start() runs `/bin/sh -c command` in a process group of its own, with /dev/null as standard input; stop() and the
/// destructor end the group, at first with SIGTERM, within 3 s. The program's end is the end of the stream. Errors:
/// device_unavailable (it cannot be started), of read(): those of make_pcm_stream(); after an end without any sound the
/// message has the program's exit code.
std::unique_ptr<SampleSource> make_command_stream(std::string command, std::optional<RawFormat> raw);

}  // namespace auscult
