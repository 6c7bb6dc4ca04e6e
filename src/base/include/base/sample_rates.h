// Sample rates that every part takes: audio files, rate conversion, frontends. Units: Hz.
#pragma once

namespace auscult {

/// Slow accelerometers and stethoscopes.
inline constexpr int kLowestSampleRate = 1000;
/// The fastest rate of audio converters.
inline constexpr int kHighestSampleRate = 384000;
/// What to do about another rate.
inline constexpr const char* kUsableRatesHint = "use sound recorded with 1 to 384 kHz";

}  // namespace auscult
