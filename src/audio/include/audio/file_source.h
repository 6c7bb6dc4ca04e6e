// A recording as a sample source: as fast as it is read, or paced in real time. Thread rule: as SampleSource.
#pragma once

#include <filesystem>
#include <memory>

#include "audio/sample_source.h"

namespace auscult {

struct FileSourceOptions {
  bool realtime = false;   ///< deliver at the speed of the recording, times `speed`
  double speed = 1.0;      ///< above 0; a slow reader reduces it
  bool loop = false;       ///< start again at the end
  int block_frames = 512;  ///< sample frames per read
};

/// Opened by start(), which also fills info().
std::unique_ptr<SampleSource> make_file_source(const std::filesystem::path& path,
                                               const FileSourceOptions& options = {});

}  // namespace auscult
