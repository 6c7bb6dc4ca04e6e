// The frontend and the level meter allocate nothing after construction. (A separate program, because it replaces the
// global allocation functions.)
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include <gtest/gtest.h>

#include "dsp/level_meter.h"
#include "dsp/log_mel_frontend.h"

namespace {

std::atomic<long> g_allocations{0};

void* counted(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace auscult {
namespace {

long allocations_of_frontend(int n_fft) {
  FrontendConfig config;
  config.n_fft = n_fft;
  config.hop_length = n_fft / 2;
  config.n_mels = 8;
  EXPECT_TRUE(validate(config));
  const std::vector<float> samples(10'000, 0.25F);
  LogMelFrontend frontend(config);
  LevelMeter meter;
  long frames = 0;
  const long before = g_allocations;
  frontend.push(samples, [&](const FrameView&) { ++frames; });
  frontend.reset(20'000);
  frontend.push(samples, [&](const FrameView&) { ++frames; });
  meter.push(samples);
  meter.take();
  const long during = g_allocations - before;
  EXPECT_GT(frames, 2);
  return during;
}

TEST(LogMelFrontendAllocation, TheCounterSeesAllocations) {
  const long before = g_allocations;
  const std::vector<int> memory(100);
  EXPECT_EQ(g_allocations - before, 1);
}

TEST(LogMelFrontendAllocation, TheFrontendAllocatesNothingAfterConstruction) {
  EXPECT_EQ(allocations_of_frontend(1024), 0);
}

TEST(LogMelFrontendAllocation, NorWithAnFftOfLargePrimeFactors) {
  EXPECT_EQ(allocations_of_frontend(2 * 509), 0);
}

}  // namespace
}  // namespace auscult
