// Sounds of a small imaginary machine, and WAV files of them. Test-only, header-only; needs auscult_audio.
#pragma once

#include <cmath>
#include <filesystem>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "audio/audio_file.h"

namespace auscult::test {

using Samples = std::vector<float>;

struct SoundOptions {
  unsigned seed = 1;
  int rate = 16000;
  double gain = 1.0;
  double fault = 0.0;  ///< amplitude of a whine at 3 kHz, from fault_begin_s to fault_end_s
  double fault_begin_s = 0.0;
  double fault_end_s = 1e9;
};

/// A hum at 120 Hz and its harmonics in noise; with `fault`, a whine.
inline Samples machine_sound(double seconds, const SoundOptions& options = {}) {
  std::mt19937 random(options.seed);
  std::normal_distribution<double> normal(0.0, 0.03);
  Samples samples(static_cast<std::size_t>(seconds * options.rate));
  const double phase = std::uniform_real_distribution<double>(0.0, 6.0)(random);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / options.rate;
    double x = normal(random);
    for (int harmonic = 1; harmonic <= 3; ++harmonic)
      x += 0.05 / harmonic * std::sin(2.0 * std::numbers::pi * 120.0 * harmonic * t + phase);
    if (t >= options.fault_begin_s && t < options.fault_end_s)
      x += options.fault * std::sin(2.0 * std::numbers::pi * 3000.0 * t);
    samples[i] = static_cast<float>(options.gain * x);
  }
  return samples;
}

/// One channel carries `samples`, the others independent noise.
inline Samples in_channel(const Samples& samples, int channels, int channel) {
  std::mt19937 random(77);
  std::normal_distribution<float> normal(0.0F, 0.1F);
  Samples out;
  out.reserve(samples.size() * static_cast<std::size_t>(channels));
  for (const float x : samples)
    for (int c = 0; c < channels; ++c) out.push_back(c == channel ? x : normal(random));
  return out;
}

inline void write_sound(const std::filesystem::path& path, const Samples& samples, int rate = 16000, int channels = 1,
                        AudioEncoding encoding = AudioEncoding::wav_float) {
  std::filesystem::create_directories(path.parent_path());
  auto writer = AudioFileWriter::create(path, rate, channels, encoding);
  if (!writer || !writer->write(samples) || !writer->finish())
    throw std::runtime_error("cannot write " + path.string());
}

/// `count` normal recordings 00.wav, 01.wav, ... in `folder`.
inline void write_normal_clips(const std::filesystem::path& folder, int count, double seconds = 3.0, unsigned seed = 1,
                               double fault = 0.0) {
  for (int i = 0; i < count; ++i)
    write_sound(folder / ((i < 10 ? "0" : "") + std::to_string(i) + ".wav"),
                machine_sound(seconds, {.seed = seed + static_cast<unsigned>(i), .fault = fault}));
}

/// A preset that trains in a fraction of a second: both kinds of detector, small networks, few steps.
inline std::string tiny_preset_json() {
  return R"({"name": "tiny", "description": "for tests",
    "frontend": {"n_mels": 16},
    "detectors": [
      {"name": "frames", "input": "frames", "window": 5, "step": 1, "max_training_rows": 400,
       "dagmm": {"network": {"hidden": [8], "latent": 2, "estimation": [4], "components": 2}, "mixture": {"em_steps": 3}, "schedule": {"batch_size": 64, "epochs": 3}}},
      {"name": "summary", "input": "summary", "window": 31, "step": 8, "min_window": 16, "members": 2,
       "dagmm": {"network": {"hidden": [8], "latent": 2, "estimation": [4], "components": 2}, "mixture": {"em_steps": 3}, "schedule": {"batch_size": 32, "epochs": 3}}}]})";
}

}  // namespace auscult::test
