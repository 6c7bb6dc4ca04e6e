// What is odd about sound as it arrives, before any model judges it: a dead channel, digital silence, a constant
// offset, clipping, a rate without the frequencies of the model. FeatureStream measures it, so that training, scoring,
// live monitoring and the window all report the same. Thread rule: one object, one thread; free functions. Levels in
// dBFS without the constant offset. SoundMeter allocates only when the number of channels changes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/model.h"

namespace auscult {

struct ChannelFacts {
  double level_dbfs = -200.0;         ///< RMS without the offset; -200: constant
  double offset = 0.0;                ///< mean, 1 is full scale
  std::int64_t clipped = 0;           ///< samples in runs at full scale
  std::int64_t longest_constant = 0;  ///< samples in the longest run of equal values: digital silence
};

struct SoundFacts {
  int sample_rate = 0;      ///< Hz
  std::int64_t frames = 0;  ///< sample frames
  std::vector<ChannelFacts> channels;
  double seconds() const { return sample_rate > 0 ? static_cast<double>(frames) / sample_rate : 0.0; }
};

class SoundMeter {
 public:
  /// `scale` multiplies every sample first.
  explicit SoundMeter(double scale = 1.0) : scale_(scale) {}
  /// Starts over if the rate or the number of channels changes. Unusable samples (not finite, beyond kLargestSample)
  /// are passed over.
  void push(std::span<const float> interleaved, int channels, int sample_rate);
  SoundFacts facts() const;
  double seconds() const { return sample_rate_ > 0 ? static_cast<double>(frames_) / sample_rate_ : 0.0; }

 private:
  struct Channel {
    static constexpr std::size_t kParts = 8;
    // Of every eighth sample each, so that the additions need not wait for each other; the same for any chunking.
    std::array<double, kParts> sums{}, squares{};
    std::int64_t samples = 0, clipped = 0, run = 0, longest_run = 0;
    float last = 0.0F;
    void add(float sample);
    // Adds the next kParts samples if that needs no attention to single ones; false, without effect, otherwise.
    bool add_ordinary(const float* interleaved, std::size_t width, float scale);
  };
  double scale_;
  int sample_rate_ = 0;
  std::int64_t frames_ = 0;
  std::vector<Channel> channels_;
};

enum class SoundOddity { silent, dead_channel, digital_silence, offset, clipping, rate, too_short };
const char* to_string(SoundOddity oddity);

struct OddSound {
  SoundOddity kind = SoundOddity::silent;
  std::string title;   ///< one sentence for a banner
  std::string advice;  ///< what to do
};

/// What is odd about a recording or a stream, most serious first. `channel`: the one in use, from 0, or
/// kMeanOfChannels. `model`: also compares the rate with what it learned; null: only the sound itself.
std::vector<OddSound> odd_sound(const SoundFacts& facts, int channel, const Model* model);

/// Whether sound of this rate in Hz lacks frequencies that the model analyzes and knows from its training data; its
/// scores are unreliable then.
bool lacks_frequencies(const Model& model, int sample_rate);

/// The oddities of many recordings as few lines: of each kind, the first recording by name and the number of others;
/// for a training set, also what differs within it.
class SoundReport {
 public:
  void add(const std::string& input, const SoundFacts& facts, const std::vector<OddSound>& odd);
  /// "pump.wav: The channel in use is silent. ... (the same is true of 3 other recordings)".
  std::vector<std::string> lines() const;
  /// Different rates, numbers of channels and levels (more than 20 dB apart) in one set.
  std::vector<std::string> differences(int channel) const;

 private:
  struct Found {
    std::string input;
    OddSound odd;
    int count = 0;
  };
  struct Seen {
    std::string input;
    SoundFacts facts;
  };
  std::map<SoundOddity, Found> found_;
  std::vector<Seen> seen_;
};

}  // namespace auscult
