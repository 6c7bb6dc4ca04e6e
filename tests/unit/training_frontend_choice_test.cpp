// The frontend of a new model follows the sample rates of its recordings.
#include <gtest/gtest.h>

#include "dataset/index.h"
#include "frontend_choice.h"
#include "support/files.h"
#include "support/sounds.h"
#include "support/tiny_model.h"

namespace auscult {
namespace {

class FrontendChoice : public testing::Test {
 protected:
  FrontendChoice() {
    request_.preset = *load_preset("monitor");
    request_.band = Band::standard;
  }

  void add_recordings(int rate, std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i)
      material_.files.push_back(
          {.path = std::to_string(rate) + "_" + std::to_string(i) + ".wav", .digest = "", .sample_rate = rate});
  }
  Status choose() {
    request_.on_fit = [this](const FrontendFit& fit) { reported_ = fit; };
    return choose_frontend(material_, request_);
  }
  const FrontendConfig& frontend() const { return request_.preset.frontend; }

  TrainingMaterial material_;
  TrainRequest request_;
  std::optional<FrontendFit> reported_;
};

TEST_F(FrontendChoice, ThePresetsFrontendSuitsItsOwnRateAndFasterRecordings) {
  add_recordings(16000);
  add_recordings(192000);
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend(), FrontendConfig{});
  EXPECT_FALSE(reported_) << "nothing to report";
}

TEST_F(FrontendChoice, SlowRecordingsAreAnalyzedAtTheirOwnRate) {
  add_recordings(2000, 3);
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend().sample_rate, 2000);
  EXPECT_EQ(frontend().f_max, 1000.0);
  ASSERT_TRUE(reported_);
  EXPECT_EQ(reported_->frontend, frontend());
  EXPECT_EQ(reported_->recordings, 3U);
  EXPECT_EQ(reported_->faster, 0U);
}

TEST_F(FrontendChoice, TheLowestOfSeveralRatesDecides) {
  add_recordings(16000, 2);
  add_recordings(4000);
  add_recordings(8000);
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend().sample_rate, 4000);
  EXPECT_EQ(reported_->slowest, "4000_0.wav");
  EXPECT_EQ(reported_->faster, 3U);
  EXPECT_EQ(reported_->recordings, 4U);
}

TEST_F(FrontendChoice, UnusableAndAddedRecordingsDoNotDecide) {
  add_recordings(16000, 1);
  add_recordings(2000, 2);
  material_.files[1].usable = false;
  material_.files[2].added = true;
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend().sample_rate, 16000);
}

TEST_F(FrontendChoice, ASlowInputDecidesWhateverTheRateOfItsRecordings) {
  add_recordings(16000, 2);
  request_.live.sample_rate = 8000;
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend().sample_rate, 8000);
}

TEST_F(FrontendChoice, TheHighBandReachesAsFarAsTheRecordings) {
  request_.band = Band::high;
  for (const auto& [rate, high] : {std::pair{384000, 192000}, {192000, 192000}, {176400, 96000}, {96000, 96000}}) {
    request_.preset.frontend = {};
    add_recordings(rate);
    ASSERT_TRUE(choose());
    EXPECT_EQ(frontend().sample_rate, high) << rate;
    EXPECT_EQ(frontend().f_max, high / 2.0) << rate;
  }
}

TEST_F(FrontendChoice, TheHighBandNeedsFastRecordings) {
  request_.band = Band::high;
  add_recordings(192000, 2);
  add_recordings(48000);
  const Status chosen = choose();
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, ErrorCode::bad_input);
  EXPECT_NE(chosen.error().what.find("48000 Hz"), std::string::npos) << chosen.error().what;
  EXPECT_EQ(chosen.error().context, "48000_0.wav") << "which recording is too slow";
  EXPECT_NE(chosen.error().hint.find("--band high"), std::string::npos);
  EXPECT_EQ(frontend(), FrontendConfig{});
}

TEST_F(FrontendChoice, WithoutABandThePresetIsUsedAsItIs) {
  request_.band.reset();
  add_recordings(2000);
  ASSERT_TRUE(choose());
  EXPECT_EQ(frontend(), FrontendConfig{});
}

TEST_F(FrontendChoice, WindowsInSamplesKeepTheirDuration) {
  request_.preset = *load_preset("course-audio");
  add_recordings(8000);
  ASSERT_TRUE(choose());
  EXPECT_EQ(request_.preset.detectors[0].window, 40000);
  EXPECT_EQ(request_.preset.detectors[0].step, 40000);
}

TEST_F(FrontendChoice, NamesAPresetThatNeedsMoreBandsThanThereAre) {
  request_.preset = *load_preset("course-cnn-mel");
  add_recordings(1000);
  const Status chosen = choose();
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, ErrorCode::bad_input);
  EXPECT_NE(chosen.error().what.find("course-cnn-mel cannot be used at 1000 Hz"), std::string::npos);
}

TEST(TrainModelRates, AModelOfASlowSensorHearsAFaultBelowHalfItsRate) {
  const test::TempDir folder;
  for (int i = 0; i < 10; ++i)
    test::write_sound(folder / ("normal/" + std::to_string(i) + ".wav"),
                      test::machine_sound(3.0, {.seed = static_cast<unsigned>(i), .rate = 4000}), 4000);
  TrainRequest request = test::tiny_request(folder / "normal");
  request.band = Band::standard;
  const auto outcome = train_model(request);
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  const FrontendConfig& frontend = outcome->model->preset.frontend;
  EXPECT_EQ(frontend.sample_rate, 4000);
  EXPECT_EQ(outcome->model->training.source_rate, 4000);
  EXPECT_EQ(frontend.frames_in(4000 * 10), FrontendConfig{}.frames_in(16000 * 10)) << "windows last as long as ever";
}

}  // namespace
}  // namespace auscult
