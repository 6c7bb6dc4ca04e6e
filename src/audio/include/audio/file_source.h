// A recording as a sample source: as fast as it is read, or paced in real time. Thread rule: as SampleSource.
#pragma once

#include <filesystem>
#include <memory>

#include "audio/sample_source.h"

namespace auscult {

struct FileSourceOptions {
  bool realtime = false;   ///< deliver at the speed of the recording, times `speed`
  double speed = 1.0;      ///< above 0; a reader that cannot keep up makes it slower
  bool loop = false;       ///< begin again at the end
  int block_frames = 512;  ///< sample frames a read
};

/// Opens on start(); info() is filled by then.
std::unique_ptr<SampleSource> make_file_source(const std::filesystem::path& path,
                                               const FileSourceOptions& options = {});

}  // namespace auscult
