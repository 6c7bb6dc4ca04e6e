// From recordings to a calibrated model: what is used, what is held out, what is refused.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <gtest/gtest.h>

#include "dataset/split.h"
#include "scoring/clip_score.h"
#include "support/tiny_model.h"
#include "training/train_job.h"

namespace auscult {
namespace {

using test::machine_sound;
using test::Samples;

std::string bytes_of(const Model& model) {
  const test::TempDir folder;
  EXPECT_TRUE(save_model(model, folder / "m.safetensors"));
  return test::read_file(folder / "m.safetensors");
}

TEST(TrainModel, IsRepeatedByItsSeedWhateverTheNumberOfThreads) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  TrainRequest request = test::tiny_request(folder.path());
  const auto once = train_model(request), again = train_model(request);
  ASSERT_TRUE(once && again);
  EXPECT_TRUE(bytes_of(*once->model) == bytes_of(*again->model));
  request.threads = 2;
  const auto wide = train_model(request);
  ASSERT_TRUE(wide);
  EXPECT_TRUE(bytes_of(*once->model) == bytes_of(*wide->model));
  request.seed = 2;
  const auto other = train_model(request);
  ASSERT_TRUE(other);
  EXPECT_FALSE(bytes_of(*once->model) == bytes_of(*other->model));
}

TEST(TrainModel, SavedAndLoadedScoresBitForBit) {
  const test::TempDir folder;
  ASSERT_TRUE(save_model(*test::tiny_model(), folder / "m.safetensors"));
  const auto loaded = load_model(folder / "m.safetensors");
  ASSERT_TRUE(loaded) << to_message(loaded.error());
  test::write_sound(folder / "a.wav", machine_sound(4.0, {.seed = 33, .fault = 0.01}));
  ScoreFileOptions options;
  options.keep_steps = options.controls = true;
  const auto a = score_file(test::tiny_model(), folder / "a.wav", options),
             b = score_file(*loaded, folder / "a.wav", options);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->score, b->score);
  EXPECT_EQ(a->untrained_score, b->untrained_score);
  ASSERT_EQ(a->steps.size(), b->steps.size());
  for (std::size_t i = 0; i < a->steps.size(); ++i) {
    ASSERT_EQ(a->steps[i].energies.dagmm, b->steps[i].energies.dagmm);
    ASSERT_EQ(a->steps[i].energies.joint, b->steps[i].energies.joint);
    ASSERT_EQ(a->steps[i].u, b->steps[i].u);
  }
}

TEST(TrainModel, DescribesWhatItLearnedFrom) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 10, 3.0);
  TrainRequest request = test::tiny_request(folder.path());
  request.machine = "6dB/pump/id_00";
  const auto outcome = train_model(request);
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  const Model& model = *outcome->model;
  EXPECT_EQ(model.training.machine, "6dB/pump/id_00");
  EXPECT_EQ(model.training.clips, 10);
  EXPECT_EQ(model.training.held_out_clips, 4) << "a fifth would be two: four are what a calibration needs";
  EXPECT_NEAR(model.training.seconds, 30.0, 1e-6);
  EXPECT_EQ(model.training.source_rate, 16000);
  EXPECT_EQ(model.training.file_digests.size(), 10U);
  EXPECT_TRUE(std::is_sorted(model.training.file_digests.begin(), model.training.file_digests.end()));
  EXPECT_EQ(model.training.digest.size(), 32U);
  EXPECT_LT(model.level.off_dbfs, model.level.low_dbfs);
  EXPECT_LE(model.level.low_dbfs, model.level.high_dbfs);
  EXPECT_GT(model.clip_threshold, 0.0);
  EXPECT_GT(model.live_threshold(), 0.0);
  ASSERT_EQ(outcome->reports.size(), 2U);
  for (const TrainingReport& report : outcome->reports) EXPECT_GT(report.rows, 16);
  EXPECT_TRUE(outcome->skipped.empty());
}

TEST(TrainModel, CutsOneLongRecordingIntoPiecesAndHoldsOutItsEnd) {
  const test::TempDir folder;
  test::write_sound(folder / "hour.wav", machine_sound(100.0), 16000, 1, AudioEncoding::wav_pcm16);
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_EQ(outcome->model->training.clips, 10);
  EXPECT_EQ(outcome->model->training.held_out_clips, 4);
  EXPECT_NEAR(outcome->model->training.seconds, 100.0, 1e-6);
  EXPECT_EQ(outcome->model->training.file_digests.size(), 1U);
}

TEST(TrainModel, LeavesOutBadFilesAndSaysWhich) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  test::write_file(folder / "normal" / "text.wav", "no sound at all");
  test::write_file(folder / "normal" / "empty.wav", "");
  const std::string whole = test::read_file(folder / "normal" / "00.wav");
  test::write_file(folder / "normal" / "cut.wav", whole.substr(0, whole.size() / 2));
  // A truncated FLAC file can be opened, and fails where it ends.
  test::write_sound(folder / "x.flac", machine_sound(3.0, {.seed = 80}), 16000, 1, AudioEncoding::flac_pcm16);
  const std::string flac = test::read_file(folder / "x.flac");
  std::filesystem::remove(folder / "x.flac");
  test::write_file(folder / "normal" / "05_cut.flac", flac.substr(0, flac.size() / 2));
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  std::vector<std::string> names;
  for (const SkippedFile& file : outcome->skipped) names.push_back(file.path.filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"05_cut.flac", "cut.wav", "empty.wav", "text.wav"}));
  EXPECT_EQ(outcome->model->training.clips, 12);
}

TEST(TrainModel, UsesCompressedRecordingsWhoseHeaderTellsNoLength) {
  const test::TempDir folder;
  for (unsigned i = 0; i < 12; ++i) {
    const auto path = folder / ("c" + std::to_string(10 + i) + ".flac");
    test::write_sound(path, machine_sound(3.0, {.seed = 1 + i}), 16000, 1, AudioEncoding::flac_pcm16);
    std::string bytes = test::read_file(path);
    bytes[21] = static_cast<char>(bytes[21] & 0xF0);  // STREAMINFO's 36 bits of total samples: 0 means unknown
    for (std::size_t at = 22; at < 26; ++at) bytes[at] = 0;
    test::write_file(path, bytes);
  }
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_NEAR(outcome->model->training.seconds, 36.0, 0.01);
}

TEST(TrainModel, DecodesEachFileOnce) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 11, 3.0);
  test::write_sound(folder / "normal" / "compressed.flac", machine_sound(3.0, {.seed = 20}), 16000, 1,
                    AudioEncoding::flac_pcm16);
  test::write_sound(folder / "normal" / "long.wav", machine_sound(40.0, {.seed = 21}), 16000, 1,
                    AudioEncoding::wav_pcm16);
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_EQ(outcome->model->training.clips, 12 + 4);
  EXPECT_EQ(outcome->decoded_frames, (12 * 3 + 40) * 16000);
}

TEST(TrainModel, NeedsNoFileOnceItHasReadThemAll) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  const auto undisturbed = train_model(test::tiny_request(folder.path()));
  bool removed = false;
  const auto remove = [&](const Progress& progress) {
    if (progress.stage != "reading" && !std::exchange(removed, true)) std::filesystem::remove_all(folder / "normal");
  };
  const auto outcome = train_model(test::tiny_request(folder.path()), {remove, nullptr});
  ASSERT_TRUE(undisturbed && outcome) << to_message(outcome.error());
  EXPECT_TRUE(removed);
  EXPECT_TRUE(bytes_of(*undisturbed->model) == bytes_of(*outcome->model));
}

TEST(TrainModel, AFileThatFailsHalfwayLeavesNothingBehind) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  const auto without = train_model(test::tiny_request(folder.path()));
  test::write_sound(folder / "x.flac", machine_sound(3.0, {.seed = 80}), 16000, 1, AudioEncoding::flac_pcm16);
  const std::string flac = test::read_file(folder / "x.flac");
  std::filesystem::remove(folder / "x.flac");
  test::write_file(folder / "normal" / "05_cut.flac", flac.substr(0, flac.size() / 2));
  const auto with = train_model(test::tiny_request(folder.path()));
  ASSERT_TRUE(without && with);
  EXPECT_EQ(with->skipped.size(), 1U);
  EXPECT_EQ(with->model->training.file_digests, without->model->training.file_digests);
  EXPECT_EQ(with->model->training.seconds, without->model->training.seconds);
  EXPECT_EQ(with->model->training.held_out_seconds, without->model->training.held_out_seconds);
  EXPECT_EQ(with->model->level.low_dbfs, without->model->level.low_dbfs);
  EXPECT_EQ(with->model->level.high_dbfs, without->model->level.high_dbfs);
  EXPECT_EQ(with->model->level.off_dbfs, without->model->level.off_dbfs);
}

TEST(TrainModel, SaysHowMuchThereIsAndHowMuchIsNeeded) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 5);
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(outcome.error().what.find("5 clip(s), 15 s"), std::string::npos) << outcome.error().what;
  EXPECT_NE(outcome.error().what.find("8 clips"), std::string::npos) << outcome.error().what;
}

TEST(TrainModel, OfCopiesOfOneRecordingSaysThatTheyCountOnce) {
  const test::TempDir folder;
  for (int i = 0; i < 10; ++i) test::write_sound(folder / (std::to_string(i) + ".wav"), Samples(32000, 0.1F));
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::not_enough_data);
  EXPECT_NE(outcome.error().what.find("9 more are copies"), std::string::npos) << outcome.error().what;
}

TEST(TrainModel, OfClipsWithoutUsableSamplesSaysThat) {
  const test::TempDir folder;
  for (int i = 0; i < 10; ++i)
    test::write_sound(folder / (std::to_string(i) + ".wav"),
                      Samples(32000 + static_cast<std::size_t>(i), std::numeric_limits<float>::quiet_NaN()));
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_samples) << to_message(outcome.error());
}

TEST(TrainModel, OfNothingButBadFilesGivesTheFirstOnesError) {
  const test::TempDir folder;
  for (int i = 0; i < 3; ++i) test::write_file(folder / (std::to_string(i) + ".wav"), "no sound");
  const auto outcome = train_model(test::tiny_request(folder.path()));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::not_audio);
}

TEST(TrainModel, OfSilenceEndsInAModelOrANamedError) {
  const test::TempDir folder;
  for (int i = 0; i < 10; ++i) test::write_sound(folder / (std::to_string(i) + ".wav"), Samples(48000, 0.0F));
  const auto outcome = train_model(test::tiny_request(folder.path()));
  if (!outcome) {
    EXPECT_NE(outcome.error().code, ErrorCode::internal) << to_message(outcome.error());
  } else {
    EXPECT_TRUE(std::isfinite(outcome->model->live_threshold()));
    EXPECT_FALSE(bytes_of(*outcome->model).empty());
  }
}

TEST(TrainModel, CanBeCancelledAtEveryStage) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  int total = 0;
  ASSERT_TRUE(train_model(test::tiny_request(folder.path()), {[&](const Progress&) { ++total; }, nullptr}));
  ASSERT_GT(total, 20);
  for (int stop_after = 0; stop_after < total - 1; stop_after += std::max(1, total / 12)) {
    CancelFlag cancel;
    int seen = 0;
    if (stop_after == 0) cancel.request();
    const auto outcome = train_model(test::tiny_request(folder.path()), {[&](const Progress&) {
                                                                           if (++seen == stop_after) cancel.request();
                                                                         },
                                                                         &cancel});
    ASSERT_FALSE(outcome) << "after report " << stop_after << " of " << total;
    EXPECT_EQ(outcome.error().code, ErrorCode::cancelled);
  }
}

TEST(TrainModel, TakesIntegerScaledFloatsWithAScale) {
  const test::TempDir folder;
  for (unsigned i = 0; i < 10; ++i) {
    Samples samples = machine_sound(3.0, {.seed = 1 + i});
    for (float& x : samples) x *= 32768.0F;
    test::write_sound(folder / (std::to_string(i) + ".wav"), samples);
  }
  TrainRequest request = test::tiny_request(folder.path());
  request.scale = 1.0 / 32768.0;
  const auto outcome = train_model(request);
  ASSERT_TRUE(outcome) << to_message(outcome.error());
  EXPECT_LT(outcome->model->level.high_dbfs, 0.0F);
}

TEST(TrainModel, ReportsProgressOfEveryStage) {
  const test::TempDir folder;
  test::write_normal_clips(folder / "normal", 12);
  std::vector<std::string> stages;
  ASSERT_TRUE(train_model(test::tiny_request(folder.path()), {[&](const Progress& p) {
                                                                if (stages.empty() || stages.back() != p.stage)
                                                                  stages.push_back(p.stage);
                                                                EXPECT_LE(p.done, p.total) << p.stage;
                                                              },
                                                              nullptr}));
  EXPECT_GE(stages.size(), 4U);
  EXPECT_EQ(stages.front(), "reading");
}

}  // namespace
}  // namespace auscult
