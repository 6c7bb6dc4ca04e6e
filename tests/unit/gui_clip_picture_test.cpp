#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "gui/clip_picture.h"
#include "support/files.h"
#include "support/wait.h"

namespace auscult::gui {
namespace {

using namespace std::chrono_literals;

// Silence, then a tone from the middle on.
void write_tone(const std::filesystem::path& path, double hz, double seconds, int rate = 16000) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * rate));
  for (std::size_t i = samples.size() / 2; i < samples.size(); ++i)
    samples[i] = static_cast<float>(0.5 * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  auto writer = AudioFileWriter::create(path, rate, 1, AudioEncoding::flac_pcm16);
  ASSERT_TRUE(writer && writer->write(samples) && writer->finish());
}

TEST(ClipImage, ShowsAToneAtItsPitchAndTime) {
  const test::TempDir folder;
  write_tone(folder / "tone.flac", 2000.0, 4.0);
  const auto image = analyse_clip(folder / "tone.flac");
  ASSERT_TRUE(image) << to_message(image.error());
  const History& history = (*image)->history;
  EXPECT_DOUBLE_EQ((*image)->seconds, 4.0);
  EXPECT_DOUBLE_EQ((*image)->nyquist_hz, 8000.0);
  EXPECT_EQ(history.first_column(), 1) << "as in the plots, a frame is drawn where it ends";
  EXPECT_EQ(history.end_column(), 125);  // 64000 / 512
  const auto bin = static_cast<std::size_t>(2000.0 / 8000.0 * 512.0);
  const auto db = [&](double time, std::size_t b) {
    return db_from_cell(history.cells(Spectrum::linear, history.column_at(time))[b]);
  };
  EXPECT_LT(db(1.0, bin), -90.0F);
  EXPECT_GT(db(3.0, bin), 20.0F);
  EXPECT_LT(db(3.0, bin + 50), db(3.0, bin) - 60.0F);
}

TEST(ClipImage, ShowsSlowAndFastSensorsAtTheSameSpeed) {
  const test::TempDir folder;
  for (const int rate : {1000, 192000}) {
    write_tone(folder / "tone.flac", 0.3 * rate, 4.0, rate);
    const auto image = analyse_clip(folder / "tone.flac");
    ASSERT_TRUE(image) << to_message(image.error());
    const History& history = (*image)->history;
    EXPECT_DOUBLE_EQ((*image)->nyquist_hz, rate / 2.0);
    EXPECT_EQ(history.end_column(), 125) << rate;
    const auto cells = history.cells(Spectrum::linear, 100);
    const auto loudest = std::max_element(cells.begin(), cells.end()) - cells.begin();
    EXPECT_NEAR(static_cast<double>(loudest) / static_cast<double>(cells.size() - 1), 0.6, 0.02) << rate;
  }
}

TEST(ClipImage, AFileThatIsNoSoundIsAnError) {
  const test::TempDir folder;
  test::write_file(folder / "x.flac", "no sound");
  EXPECT_FALSE(analyse_clip(folder / "x.flac"));
}

TEST(ClipPicture, GivesThePictureThatWasAskedForLast) {
  const test::TempDir folder;
  write_tone(folder / "a.flac", 500.0, 2.0);
  write_tone(folder / "b.flac", 500.0, 3.0);
  ClipPicture picture;
  const auto wait = [&] {
    return test::eventually([&] {
      picture.poll();
      return picture.get() != nullptr;
    });
  };
  EXPECT_FALSE(picture.get());
  picture.request(folder / "a.flac");
  picture.request(folder / "nowhere.flac");
  picture.request(folder / "b.flac");
  ASSERT_TRUE(wait());
  EXPECT_DOUBLE_EQ(picture.get()->seconds, 3.0);
  picture.request(folder / "a.flac");
  EXPECT_FALSE(picture.get()) << "never another event's sound";
  ASSERT_TRUE(wait());
  EXPECT_DOUBLE_EQ(picture.get()->seconds, 2.0);
}

}  // namespace
}  // namespace auscult::gui
