#include "scoring/sound_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/printed.h"
#include "scoring/input_adapter.h"

namespace auscult {
namespace {

constexpr double kSilentDbfs = -80.0;     // a connected microphone in a quiet room is louder
constexpr double kAudibleDbfs = -60.0;    // a live channel beside a silent one
constexpr double kSilenceSeconds = 0.25;  // equal samples for so long do not come from a converter
constexpr double kLargeOffset = 0.02;     // of full scale
constexpr double kClippedShare = 1e-4;
constexpr float kFullScale = 1.0F - 1.0F / 32768.0F;
constexpr double kLevelSpreadDb = 20.0;

std::size_t loudest_channel(const SoundFacts& facts) {
  const auto loudest =
      std::max_element(facts.channels.begin(), facts.channels.end(),
                       [](const ChannelFacts& a, const ChannelFacts& b) { return a.level_dbfs < b.level_dbfs; });
  return static_cast<std::size_t>(loudest - facts.channels.begin());
}

// The channel whose defects count: of a mean, the loudest.
std::size_t used_channel(const SoundFacts& facts, int channel) {
  if (channel == kMeanOfChannels) return loudest_channel(facts);
  return std::min(static_cast<std::size_t>(channel), facts.channels.size() - 1);
}

void find_silence(const SoundFacts& facts, int channel, std::vector<OddSound>& odd) {
  const std::size_t loudest = loudest_channel(facts), used = used_channel(facts, channel);
  const ChannelFacts& mine = facts.channels[used];
  const bool other_lives = facts.channels[loudest].level_dbfs > kAudibleDbfs;
  const auto dead = std::find_if(facts.channels.begin(), facts.channels.end(),
                                 [](const ChannelFacts& c) { return c.level_dbfs < kSilentDbfs; });
  if (channel == kMeanOfChannels && other_lives && dead != facts.channels.end()) {
    odd.push_back(
        {SoundOddity::dead_channel,
         printed("Channel %zu is silent, channel %zu is not (%.0f dBFS): the mean of all is weakened.",
                 static_cast<std::size_t>(dead - facts.channels.begin()), loudest, facts.channels[loudest].level_dbfs),
         printed("Choose channel %zu (--channel %zu).", loudest, loudest)});
  } else if (mine.level_dbfs < kSilentDbfs && other_lives) {
    odd.push_back({SoundOddity::dead_channel,
                   printed("Channel %zu is silent (%.0f dBFS) and channel %zu is not (%.0f dBFS).", used,
                           mine.level_dbfs, loudest, facts.channels[loudest].level_dbfs),
                   printed("Choose channel %zu (--channel %zu).", loudest, loudest)});
  } else if (mine.level_dbfs < kSilentDbfs) {
    odd.push_back({SoundOddity::silent, printed("There is no sound (%.0f dBFS).", mine.level_dbfs),
                   "Check the microphone, its cable and the input level."});
  } else if (static_cast<double>(mine.longest_constant) >= kSilenceSeconds * facts.sample_rate) {
    odd.push_back({SoundOddity::digital_silence,
                   printed("For %.1f s every sample has the same value, which is a dropout and not sound.",
                           static_cast<double>(mine.longest_constant) / facts.sample_rate),
                   "Check the recorder, or cut this part out."});
  }
}

void find_distortion(const SoundFacts& facts, int channel, std::vector<OddSound>& odd) {
  const ChannelFacts& mine = facts.channels[used_channel(facts, channel)];
  const double share = static_cast<double>(mine.clipped) / static_cast<double>(facts.frames);
  if (share >= kClippedShare)
    odd.push_back({SoundOddity::clipping, printed("%.2g %% of the samples are clipped at full scale.", 100.0 * share),
                   "Lower the input level and record again."});
  if (std::abs(mine.offset) >= kLargeOffset)
    odd.push_back({SoundOddity::offset, printed("The sound has a constant offset of %.3f of full scale.", mine.offset),
                   "It is no sound and takes no part in the level; check the sensor's supply or the converter."});
}

}  // namespace

void SoundMeter::Channel::add(float sample) {
  if (!(std::abs(sample) <= kLargestSample)) return;
  run = samples > 0 && sample == last ? run + 1 : 1;
  longest_run = std::max(longest_run, run);
  // Two samples in a row: one alone may be a peak that just reaches full scale.
  if (std::abs(sample) >= kFullScale && run >= 2) clipped += run == 2 ? 2 : 1;
  last = sample;
  const auto part = static_cast<std::size_t>(samples) % kParts;
  sums[part] += static_cast<double>(sample);
  squares[part] += static_cast<double>(sample) * static_cast<double>(sample);
  ++samples;
}

// Ordinary samples are usable and differ from their predecessors: no run goes on, nothing is clipped.
bool SoundMeter::Channel::add_ordinary(const float* interleaved, std::size_t width, float scale) {
  if (samples == 0 || static_cast<std::size_t>(samples) % kParts != 0) return false;
  std::array<float, kParts> x, before;
  for (std::size_t i = 0; i < kParts; ++i) x[i] = interleaved[i * width] * scale;
  before[0] = last;
  for (std::size_t i = 1; i < kParts; ++i) before[i] = x[i - 1];
  int odd = 0;
  for (std::size_t i = 0; i < kParts; ++i) odd += !(std::abs(x[i]) <= kLargestSample) || x[i] == before[i] ? 1 : 0;
  if (odd > 0) return false;
  for (std::size_t i = 0; i < kParts; ++i) {
    sums[i] += static_cast<double>(x[i]);
    squares[i] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  run = 1;
  longest_run = std::max(longest_run, run);
  last = x.back();
  samples += static_cast<std::int64_t>(kParts);
  return true;
}

void SoundMeter::push(std::span<const float> interleaved, int channels, int sample_rate) {
  if (channels < 1) return;
  const auto width = static_cast<std::size_t>(channels);
  if (sample_rate != sample_rate_ || width != channels_.size()) {
    channels_.assign(width, {});
    sample_rate_ = sample_rate;
    frames_ = 0;
  }
  const auto scale = static_cast<float>(scale_);
  const std::size_t frames = interleaved.size() / width;
  for (std::size_t c = 0; c < width; ++c)
    for (std::size_t i = 0; i < frames;) {
      const float* from = interleaved.data() + i * width + c;
      if (i + Channel::kParts <= frames && channels_[c].add_ordinary(from, width, scale)) {
        i += Channel::kParts;
      } else {
        channels_[c].add(*from * scale);
        ++i;
      }
    }
  frames_ += static_cast<std::int64_t>(frames);
}

SoundFacts SoundMeter::facts() const {
  SoundFacts facts{sample_rate_, frames_, {}};
  for (const Channel& channel : channels_) {
    ChannelFacts& of = facts.channels.emplace_back();
    if (channel.samples == 0) continue;
    const auto n = static_cast<double>(channel.samples);
    of.offset = std::accumulate(channel.sums.begin(), channel.sums.end(), 0.0) / n;
    const double variance =
        std::accumulate(channel.squares.begin(), channel.squares.end(), 0.0) / n - of.offset * of.offset;
    // Below this only the rounding of the sums is left.
    if (variance > 1e-14 * std::max(1e-6, of.offset * of.offset)) of.level_dbfs = 10.0 * std::log10(variance);
    of.clipped = channel.clipped;
    of.longest_constant = channel.longest_run;
  }
  return facts;
}

const char* to_string(SoundOddity oddity) {
  switch (oddity) {
    case SoundOddity::silent:
      return "silent";
    case SoundOddity::dead_channel:
      return "dead_channel";
    case SoundOddity::digital_silence:
      return "digital_silence";
    case SoundOddity::offset:
      return "offset";
    case SoundOddity::clipping:
      return "clipping";
    case SoundOddity::rate:
      return "rate";
    case SoundOddity::too_short:
      return "too_short";
  }
  return "silent";
}

bool lacks_frequencies(const Model& model, int sample_rate) {
  const int learned = model.training.source_rate;
  return sample_rate > 0 && sample_rate / 2.0 < model.preset.frontend.f_max && !(learned > 0 && sample_rate >= learned);
}

std::vector<OddSound> odd_sound(const SoundFacts& facts, int channel, const Model* model) {
  std::vector<OddSound> odd;
  if (model && lacks_frequencies(*model, facts.sample_rate))
    odd.push_back({SoundOddity::rate, "The sample rate is too low for this model.",
                   printed("At %d Hz there is nothing above %g Hz, and the model analyzes up to %g Hz: scores are "
                           "unreliable. Choose a higher rate, or train again on sound of this rate.",
                           facts.sample_rate, facts.sample_rate / 2.0, model->preset.frontend.f_max)});
  if (facts.frames == 0 || facts.channels.empty()) return odd;
  find_silence(facts, channel, odd);
  find_distortion(facts, channel, odd);
  return odd;
}

void SoundReport::add(const std::string& input, const SoundFacts& facts, const std::vector<OddSound>& odd) {
  if (!facts.channels.empty()) seen_.push_back({input, facts});
  for (const OddSound& one : odd) {
    Found& found = found_[one.kind];
    if (found.count++ == 0) {
      found.input = input;
      found.odd = one;
    }
  }
}

std::vector<std::string> SoundReport::lines() const {
  std::vector<std::string> all;
  for (const auto& [kind, found] : found_) {
    std::string line = found.input + ": " + found.odd.title + " " + found.odd.advice;
    if (found.count > 1) line += " The same is true of " + std::to_string(found.count - 1) + " other recording(s).";
    all.push_back(std::move(line));
  }
  return all;
}

std::vector<std::string> SoundReport::differences(int channel) const {
  std::vector<std::string> all;
  if (seen_.empty()) return all;
  const auto spread = [&](auto value) {
    return std::minmax_element(seen_.begin(), seen_.end(),
                               [&](const Seen& a, const Seen& b) { return value(a) < value(b); });
  };
  const auto rate = [](const Seen& s) { return s.facts.sample_rate; };
  if (const auto [low, high] = spread(rate); rate(*low) != rate(*high))
    all.push_back(printed("the recordings have different sample rates: %d Hz (", rate(*low)) + low->input +
                  printed(") to %d Hz (", rate(*high)) + high->input + "); the lowest limits what the model hears");
  const auto width = [](const Seen& s) { return s.facts.channels.size(); };
  if (const auto [low, high] = spread(width); width(*low) != width(*high))
    all.push_back(printed("the recordings have different numbers of channels: %zu (", width(*low)) + low->input +
                  printed(") and %zu (", width(*high)) + high->input +
                  "); check that the channel in use is the same microphone");
  const auto level = [&](const Seen& s) { return s.facts.channels[used_channel(s.facts, channel)].level_dbfs; };
  if (const auto [low, high] = spread(level); level(*high) - level(*low) > kLevelSpreadDb)
    all.push_back(printed("the recordings have very different levels: %.0f dBFS (", level(*low)) + low->input +
                  printed(") to %.0f dBFS (", level(*high)) + high->input +
                  "); a model should learn one microphone at one position and input level");
  return all;
}

}  // namespace auscult
