// The folder of the events' sound: private, and emptied from its beginning whatever the clock does.
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "events/clip_store.h"
#include "support/draws.h"
#include "support/events.h"
#include "support/files.h"
#include "support/other_user.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::int64_t kHourMs = 3'600'000;

struct ClipStoreTest : ::testing::Test {
  /// Noise, so that FLAC cannot make it small: about 32 kB.
  static std::vector<float> sound() {
    std::vector<float> samples(16000);
    test::Draws draws(7);
    for (float& x : samples) x = draws();
    return samples;
  }
  fs::path name(int event, std::int64_t at_ms) const {
    return folder / "clips" / event_clip_name(test::kFirstEventMs + at_ms, event);
  }
  std::set<fs::path> kept() const {
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder / "clips")) files.insert(entry.path());
    return files;
  }
  test::TempDir folder;
};

TEST_F(ClipStoreTest, ItsSoundIsForTheOwnerAlone) {
  const test::UsualUmask usual;
  ClipStore store(folder / "clips");
  ASSERT_TRUE(store.write(name(1, 0), sound(), 16000));
  EXPECT_EQ(test::mode_of(name(1, 0)), 0600U);
  EXPECT_EQ(test::mode_of(folder / "clips"), 0700U);
}

TEST_F(ClipStoreTest, TheOldestGoesFirst) {
  ClipStore store(folder / "clips", 80'000);
  for (int event = 1; event <= 4; ++event) ASSERT_TRUE(store.write(name(event, event * kHourMs), sound(), 16000));
  EXPECT_EQ(kept(), (std::set<fs::path>{name(3, 3 * kHourMs), name(4, 4 * kHourMs)}));
}

// Names carry the time of the clock, which was an hour ahead for the first two events.
TEST_F(ClipStoreTest, TheNewestStaysAfterTheClockHasBeenSetBack) {
  ClipStore store(folder / "clips", 80'000);
  const auto ahead = fs::file_time_type::clock::now() + 1h;
  for (int event = 1; event <= 2; ++event) {
    ASSERT_TRUE(store.write(name(event, kHourMs + event), sound(), 16000));
    fs::last_write_time(name(event, kHourMs + event), ahead + event * 1s);
  }
  ASSERT_TRUE(store.write(name(3, 3), sound(), 16000));
  EXPECT_EQ(kept(), (std::set<fs::path>{name(2, kHourMs + 2), name(3, 3)}));
  ASSERT_TRUE(store.write(name(4, 4), sound(), 16000));
  EXPECT_EQ(kept(), (std::set<fs::path>{name(3, 3), name(4, 4)})) << "in the order in which they were written";
}

// A monitor that runs for months keeps thousands of clips. With this number of other clips a write took more than 2
// MiB.
TEST_F(ClipStoreTest, TheNumberOfClipsCostsLittleMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps what has been freed";
#endif
  const auto most_kib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  ClipStore store(folder / "clips");
  ASSERT_TRUE(store.write(name(1, 0), sound(), 16000));
  for (int i = 0; i < 5000; ++i) test::write_file(name(2 + i, 1000 * i), "");
  const long before = most_kib();
  ASSERT_TRUE(store.write(name(9999, 2 * kHourMs), sound(), 16000));
  EXPECT_LT(most_kib() - before, 2048) << "KiB";
}

TEST_F(ClipStoreTest, TheLastClipStaysHoweverLargeAndOtherFilesToo) {
  ClipStore store(folder / "clips", 1);
  test::write_file(folder / "clips" / "notes.txt", "mine");
  ASSERT_TRUE(store.write(name(1, 1), sound(), 16000));
  ASSERT_TRUE(store.write(name(2, 2), sound(), 16000));
  EXPECT_EQ(kept(), (std::set<fs::path>{name(2, 2), folder / "clips" / "notes.txt"}));
}

}  // namespace
}  // namespace auscult
