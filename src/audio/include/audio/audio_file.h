// Audio files through libsndfile: WAV (PCM 8/16/24/32, float, extensible), FLAC, Ogg, AIFF and its other formats.
// Streaming: memory use does not depend on the length. Thread rule: one object, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "auscult/error.h"
#include "base/shared_folders.h"

namespace auscult {

struct AudioFileInfo {
  int sample_rate = 0;  ///< Hz
  int channels = 0;     ///< 1-64
  /// Sample frames (one sample of every channel) that the header announces; 0: unknown (a FLAC or Ogg stream).
  /// Untrusted: never allocate by it.
  std::int64_t frames = 0;
  std::string format;  ///< "WAV (Microsoft), Signed 16 bit PCM"
  /// What is wrong with the header of a WAV file that is read all the same; empty if nothing is. Also logged once.
  std::string repair = {};
  /// "2024-01-31 08:30:00", as the recorder of a broadcast WAV wrote it, in its local time; empty without.
  std::string origination = {};
  double seconds() const { return sample_rate > 0 ? static_cast<double>(frames) / sample_rate : 0.0; }
};

class AudioFileReader {
 public:
  /// A pipe is read to its end first, into a temporary file. A WAV file with wrong sizes in its header is read as far
  /// as there is sound; info().repair says so. Errors: file_not_found, not_audio, empty_input (0 samples),
  /// truncated_audio (the file ends before its header says), bad_input (channels or rate outside 1-64 and 1-384 kHz).
  static Result<AudioFileReader> open(const std::filesystem::path& path);
  ~AudioFileReader();
  AudioFileReader(AudioFileReader&&) noexcept;
  AudioFileReader& operator=(AudioFileReader&&) noexcept;

  const AudioFileInfo& info() const;
  /// Reads up to interleaved.size() / channels sample frames; integer formats are scaled to [-1, 1). Returns the number
  /// of sample frames read, 0 at the end. Errors, after the last good sample: truncated_audio if the data end too
  /// early, not_audio if they are damaged, empty_input if there was no sample.
  Result<std::int64_t> read(std::span<float> interleaved);
  /// Jumps to a sample frame. Errors: bad_input.
  Status seek(std::int64_t frame);

 private:
  struct Impl;
  explicit AudioFileReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

enum class AudioEncoding { wav_pcm16, wav_extensible_pcm16, wav_float, flac_pcm16 };

/// Writes one file atomically: it appears, complete, when finish() succeeds.
class AudioFileWriter {
 public:
  /// Errors: write_failed, bad_input.
  static Result<AudioFileWriter> create(const std::filesystem::path& path, int sample_rate, int channels,
                                        AudioEncoding encoding, FileAccess access = FileAccess::by_umask);
  ~AudioFileWriter();
  AudioFileWriter(AudioFileWriter&&) noexcept;
  AudioFileWriter& operator=(AudioFileWriter&&) noexcept;

  /// Interleaved samples in [-1, 1]; PCM encodings clip beyond, and round to nearest. Errors: write_failed, bad_input
  /// (incomplete frames, or NaN with a PCM encoding).
  Status write(std::span<const float> interleaved);
  Status finish();

 private:
  struct Impl;
  explicit AudioFileWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// True for names that the folder search treats as audio, in any case: the usual endings of the formats that
/// AudioFileReader reads (.wav .wave .bwf .rf64 .bw64 .w64 .flac .ogg .oga .opus .aif .aiff .aifc .au .snd .caf .mp3
/// .voc .sph .nist .sds).
bool has_audio_extension(const std::filesystem::path& path);
/// True for names of sound (or film) in formats that AudioFileReader does not read: .m4a .aac .amr .wma and others.
bool has_unreadable_audio_extension(const std::filesystem::path& path);

}  // namespace auscult
