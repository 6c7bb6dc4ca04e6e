#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "scoring/sound_report.h"
#include "support/sounds.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::Samples;

std::vector<SoundOddity> kinds(const std::vector<OddSound>& odd) {
  std::vector<SoundOddity> all;
  for (const OddSound& one : odd) all.push_back(one.kind);
  return all;
}

SoundFacts facts_of(const Samples& interleaved, int channels = 1, int rate = 16000) {
  SoundMeter meter;
  meter.push(interleaved, channels, rate);
  return meter.facts();
}

Samples stereo(const Samples& left, const Samples& right) {
  Samples both;
  for (std::size_t i = 0; i < left.size(); ++i) both.insert(both.end(), {left[i], right[i]});
  return both;
}

// Triangular dither of one bit: what a channel without a microphone delivers.
Samples dither(std::size_t count) {
  Samples samples(count);
  for (std::size_t i = 0; i < count; ++i) samples[i] = static_cast<float>(static_cast<int>(i % 3) - 1) / 32768.0F;
  return samples;
}

TEST(OddSound, FindsNothingInAMachineAtAnyUsualLevel) {
  for (const double gain : {0.01, 0.1, 1.0, 4.0})
    EXPECT_TRUE(odd_sound(facts_of(machine_sound(3.0, {.gain = gain})), 0, nullptr).empty()) << gain;
}

TEST(OddSound, NamesADeadChannelAndTheLiveOneBesideIt) {
  const Samples machine = machine_sound(2.0);
  const SoundFacts facts = facts_of(stereo(dither(machine.size()), machine), 2);
  const auto odd = odd_sound(facts, 0, nullptr);
  ASSERT_EQ(kinds(odd), std::vector{SoundOddity::dead_channel});
  EXPECT_NE(odd.front().title.find("Channel 0 is silent"), std::string::npos) << odd.front().title;
  EXPECT_NE(odd.front().advice.find("--channel 1"), std::string::npos) << odd.front().advice;
  EXPECT_TRUE(odd_sound(facts, 1, nullptr).empty()) << "the live channel is fine";
  EXPECT_EQ(kinds(odd_sound(facts, kMeanOfChannels, nullptr)), std::vector{SoundOddity::dead_channel});
}

TEST(OddSound, TellsSilenceFromADropout) {
  EXPECT_EQ(kinds(odd_sound(facts_of(dither(32000)), 0, nullptr)), std::vector{SoundOddity::silent});
  EXPECT_EQ(kinds(odd_sound(facts_of(Samples(32000, 0.0F)), 0, nullptr)), std::vector{SoundOddity::silent});
  Samples dropout = machine_sound(3.0);
  std::fill(dropout.begin() + 16000, dropout.begin() + 24000, 0.0F);
  const auto odd = odd_sound(facts_of(dropout), 0, nullptr);
  ASSERT_EQ(kinds(odd), std::vector{SoundOddity::digital_silence});
  EXPECT_NE(odd.front().title.find("0.5 s"), std::string::npos) << odd.front().title;
}

TEST(OddSound, FindsAnOffsetAndKeepsItOutOfTheLevel) {
  Samples samples = machine_sound(3.0);
  const double level = facts_of(samples).channels[0].level_dbfs;
  for (float& x : samples) x += 0.2F;
  const SoundFacts facts = facts_of(samples);
  EXPECT_EQ(kinds(odd_sound(facts, 0, nullptr)), std::vector{SoundOddity::offset});
  EXPECT_NEAR(facts.channels[0].level_dbfs, level, 0.01);
  EXPECT_EQ(kinds(odd_sound(facts_of(Samples(32000, 0.2F)), 0, nullptr)),
            (std::vector{SoundOddity::silent, SoundOddity::offset}));
}

TEST(OddSound, FindsClippingButNotASinglePeak) {
  Samples samples = machine_sound(3.0, {.gain = 20.0});
  for (float& x : samples) x = std::clamp(x, -1.0F, 1.0F);
  EXPECT_EQ(kinds(odd_sound(facts_of(samples), 0, nullptr)), std::vector{SoundOddity::clipping});
  Samples peak = machine_sound(3.0);
  peak[1000] = 1.0F;
  EXPECT_TRUE(odd_sound(facts_of(peak), 0, nullptr).empty());
}

TEST(OddSound, IsTheSameInWhateverPiecesTheSoundArrives) {
  const Samples samples = stereo(machine_sound(1.0), machine_sound(1.0, {.seed = 2, .gain = 1e-6}));
  SoundMeter meter;
  for (std::size_t i = 0; i < samples.size(); i += 14)
    meter.push(std::span(samples).subspan(i, std::min<std::size_t>(14, samples.size() - i)), 2, 16000);
  const SoundFacts whole = facts_of(samples, 2), pieces = meter.facts();
  EXPECT_EQ(pieces.frames, whole.frames);
  for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(pieces.channels[c].level_dbfs, whole.channels[c].level_dbfs);
}

TEST(OddSound, ComparesTheRateWithTheModel) {
  Model model;
  model.preset.frontend.f_max = 8000.0;
  model.training.source_rate = 16000;
  EXPECT_EQ(kinds(odd_sound(facts_of(machine_sound(2.0, {.rate = 8000}), 1, 8000), 0, &model)),
            std::vector{SoundOddity::rate});
  EXPECT_TRUE(odd_sound(facts_of(machine_sound(2.0)), 0, &model).empty());
}

TEST(SoundReport, NamesTheFirstOfEachKindAndCountsTheOthers) {
  SoundReport report;
  for (const char* file : {"a.wav", "b.wav", "c.wav"}) {
    const SoundFacts facts = facts_of(dither(16000));
    report.add(file, facts, odd_sound(facts, 0, nullptr));
  }
  ASSERT_EQ(report.lines().size(), 1U);
  EXPECT_EQ(report.lines().front().rfind("a.wav: ", 0), 0U) << report.lines().front();
  EXPECT_NE(report.lines().front().find("2 other recording(s)"), std::string::npos) << report.lines().front();
}

TEST(SoundReport, FindsDifferentRatesChannelsAndLevelsInOneSet) {
  SoundReport report;
  report.add("a.wav", facts_of(machine_sound(1.0)), {});
  EXPECT_TRUE(report.differences(0).empty());
  report.add("quiet.wav", facts_of(machine_sound(1.0, {.gain = 0.05})), {});
  ASSERT_EQ(report.differences(0).size(), 1U);
  EXPECT_NE(report.differences(0).front().find("quiet.wav"), std::string::npos);
  report.add("slow.wav", facts_of(machine_sound(1.0, {.rate = 8000}), 1, 8000), {});
  report.add("wide.wav", facts_of(stereo(machine_sound(1.0), machine_sound(1.0)), 2), {});
  EXPECT_EQ(report.differences(0).size(), 3U);
}

}  // namespace
}  // namespace auscult
