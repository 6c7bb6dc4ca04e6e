// Feature vectors against a plain computation on the frames they are made of.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "scoring/feature_window.h"

namespace auscult {
namespace {

using Frames = std::vector<std::vector<float>>;

FrontendConfig frontend() {
  FrontendConfig config;
  config.n_mels = 3;
  return config;
}

DetectorConfig config(Representation input, int window, int step, int min_window = 0) {
  DetectorConfig c;
  c.input = input;
  c.window = window;
  c.step = step;
  c.min_window = min_window;
  return c;
}

Frames random_frames(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(-50.0F, 10.0F);
  Frames frames(count, std::vector<float>(3));
  for (auto& frame : frames)
    for (float& x : frame) x = normal(random);
  return frames;
}

std::vector<float> summary_of(const Frames& frames, std::size_t begin, std::size_t end) {
  std::vector<float> result;
  for (std::size_t bin = 0; bin < 3; ++bin) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) sum += frames[i][bin];
    result.push_back(static_cast<float>(sum / static_cast<double>(end - begin)));
  }
  for (std::size_t bin = 0; bin < 3; ++bin) {
    double sum = 0.0;
    for (std::size_t i = begin + 1; i < end; ++i)
      sum += std::abs(static_cast<double>(frames[i][bin]) - frames[i - 1][bin]);
    result.push_back(static_cast<float>(sum / static_cast<double>(end - begin - 1)));
  }
  return result;
}

std::vector<float> stack_of(const Frames& frames, std::size_t begin, std::size_t end) {
  std::vector<float> result;
  for (std::size_t i = begin; i < end; ++i) result.insert(result.end(), frames[i].begin(), frames[i].end());
  return result;
}

std::vector<float> vector_of(const FeatureWindow& window) {
  return {window.vector().begin(), window.vector().end()};
}

TEST(FeatureWindow, GivesWindowsOfEveryStepWithTheNaiveValues) {
  const Frames frames = random_frames(50);
  for (const Representation kind : {Representation::frames, Representation::summary}) {
    for (const auto& [window, step] : {std::pair{5, 1}, {5, 3}, {4, 4}, {4, 7}, {1, 1}, {50, 16}}) {
      if (kind == Representation::summary && window == 1) continue;
      FeatureWindow features(config(kind, window, step), frontend());
      for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto begin = static_cast<int>(i) + 1 - window;
        const bool expected = begin >= 0 && begin % step == 0;
        ASSERT_EQ(features.push(frames[i]), expected) << "frame " << i << ", window " << window << ", step " << step;
        if (!expected) continue;
        const auto naive = kind == Representation::frames ? stack_of(frames, static_cast<std::size_t>(begin), i + 1)
                                                          : summary_of(frames, static_cast<std::size_t>(begin), i + 1);
        ASSERT_EQ(vector_of(features), naive) << "frame " << i << ", window " << window << ", step " << step;
      }
    }
  }
}

TEST(FeatureWindow, OfOneFrameHasNoChange) {
  FeatureWindow features(config(Representation::summary, 1, 1), frontend());
  const Frames frames = random_frames(1);
  ASSERT_TRUE(features.push(frames[0]));
  EXPECT_EQ(vector_of(features), (std::vector<float>{frames[0][0], frames[0][1], frames[0][2], 0.0F, 0.0F, 0.0F}));
}

TEST(FeatureWindow, DoesNotReachAcrossAReset) {
  const Frames before = random_frames(30, 1), after = random_frames(10, 2);
  FeatureWindow features(config(Representation::summary, 6, 2), frontend()),
      fresh(config(Representation::summary, 6, 2), frontend());
  for (const auto& frame : before) features.push(frame);
  features.reset();
  for (const auto& frame : after) {
    const bool complete = features.push(frame);
    ASSERT_EQ(complete, fresh.push(frame));
    if (complete) {
      EXPECT_EQ(vector_of(features), vector_of(fresh));
    }
  }
}

TEST(FeatureWindow, AShortStreamGivesOneValueAtItsEndWhereAllowed) {
  const Frames frames = random_frames(20);
  for (int count = 0; count <= 20; ++count) {
    FeatureWindow features(config(Representation::summary, 12, 4, 8), frontend());
    bool any = false;
    for (int i = 0; i < count; ++i) any = features.push(frames[static_cast<std::size_t>(i)]) || any;
    EXPECT_EQ(any, count >= 12);
    const bool expected = count >= 8 && count < 12;
    ASSERT_EQ(features.finish(), expected) << count;
    if (expected) {
      EXPECT_EQ(vector_of(features), summary_of(frames, 0, static_cast<std::size_t>(count)));
    }
    EXPECT_FALSE(features.finish()) << "only once";
  }
}

TEST(FeatureWindow, StackedFramesNeedTheirWholeWindow) {
  const Frames frames = random_frames(4);
  FeatureWindow features(config(Representation::frames, 5, 1, 2), frontend());
  for (const auto& frame : frames) EXPECT_FALSE(features.push(frame));
  EXPECT_FALSE(features.finish());
}

TEST(FeatureWindow, PatchesAndFlattenedMelsAreFramesInOrder) {
  const Frames frames = random_frames(30);
  for (const Representation kind : {Representation::patch, Representation::mel}) {
    FeatureWindow features(config(kind, 12, 5), frontend());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const bool expected = i >= 11 && (i - 11) % 5 == 0;
      ASSERT_EQ(features.push(frames[i]), expected) << i;
      if (expected) {
        EXPECT_EQ(vector_of(features), stack_of(frames, i - 11, i + 1));
      }
    }
    EXPECT_FALSE(features.finish());
  }
}

// Samples 0, 1, 2, ... in pieces; the window that each frame brings, by its first sample.
std::vector<std::pair<int, float>> windows_of(int total, int window, int step, int piece, bool twice = false) {
  FrontendConfig small = frontend();
  small.n_fft = 16;
  small.hop_length = 8;
  FeatureWindow features(config(Representation::waveform, window, step), small);
  std::vector<std::pair<int, float>> found;
  for (int pass = 0; pass < (twice ? 2 : 1); ++pass) {
    features.reset();
    found.clear();
    int frames = 0;
    const auto take = [&](int frame) {
      EXPECT_EQ(features.vector().size(), static_cast<std::size_t>(window));
      for (int i = 0; i < window; ++i)
        EXPECT_EQ(features.vector()[static_cast<std::size_t>(i)], features.vector()[0] + static_cast<float>(i));
      found.emplace_back(frame, features.vector()[0]);
    };
    for (int begin = 0; begin < total; begin += piece) {
      std::vector<float> samples;
      for (int i = begin; i < std::min(begin + piece, total); ++i) samples.push_back(static_cast<float>(i));
      features.push_samples(samples);
      const int end = std::min(begin + piece, total);
      for (; 16 + frames * 8 <= end; ++frames)
        if (features.push({})) take(frames);
    }
    if (features.finish()) take(-1);
  }
  return found;
}

TEST(FeatureWindow, OfSamplesComesWithTheFirstFrameThatEndsWithItOrLater) {
  using Windows = std::vector<std::pair<int, float>>;
  // Frames end at 16, 24, 32, ...; windows of 20 every 8 end at 20, 28, 36, ...
  EXPECT_EQ(windows_of(48, 20, 8, 8), (Windows{{1, 0.0F}, {2, 8.0F}, {3, 16.0F}, {4, 24.0F}}));
  EXPECT_EQ(windows_of(19, 20, 8, 8), Windows{});
  EXPECT_EQ(windows_of(20, 20, 8, 8), (Windows{{-1, 0.0F}})) << "the stream ended before the frame";
  EXPECT_EQ(windows_of(60, 16, 20, 8), (Windows{{0, 0.0F}, {3, 20.0F}, {5, 40.0F}})) << "steps longer than the window";
  for (const int piece : {1, 3, 8}) {
    EXPECT_EQ(windows_of(1000, 100, 100, piece), windows_of(1000, 100, 100, 8));
    EXPECT_EQ(windows_of(1000, 50, 11, piece, true), windows_of(1000, 50, 11, 8)) << "also after a reset";
  }
}

}  // namespace
}  // namespace auscult
