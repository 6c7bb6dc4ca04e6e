// A training program that is killed, missing, unresponsive or prints nonsense; disks that cannot be written: each ends
// in a clear message and a way to continue, and no provisional file is left.
#include <signal.h>
#include <unistd.h>

#include "gui/learn/learn_job.h"
#include "support/learner.h"
#include "support/ordinary_user.h"
#include "support/wait.h"

namespace auscult::gui {
namespace {

using test::Learner;

void expect_failed(Learner& learner, const std::string& word) {
  learner.job().record("pump", 180.0);
  learner.hear(180.0);
  learner.look();
  ASSERT_TRUE(learner.reaches(LearnStage::failed)) << to_string(learner.job().stage());
  ASSERT_TRUE(learner.job().error());
  EXPECT_NE(to_message(*learner.job().error()).find(word), std::string::npos) << to_message(*learner.job().error());
  EXPECT_FALSE(learner.job().error()->hint.empty());
  EXPECT_EQ(learner.files_in(learner / "data/models"), 0);
  EXPECT_TRUE(std::filesystem::exists(learner.job().folder() / "part_0001.wav")) << "the recording is kept";
}

TEST(LearnJobFault, TrainingThatIsKilledCanBeTriedAgain) {
  Learner learner("echo half > \"$4\"\nkill -9 $$\n");
  expect_failed(learner, "signal 9");
  ASSERT_TRUE(learner.job().may_train_again());
  test::write_file(learner / "trainer.sh", test::good_trainer(learner / "arguments"));
  learner.job().train();
  EXPECT_TRUE(learner.reaches(LearnStage::review));
  EXPECT_NE(learner.arguments().find("--device"), std::string::npos) << "it is still known what was recorded";
}

TEST(LearnJobFault, MissingTrainerIsNamed) {
  Learner learner;
  learner.hooks.trainer = {"/nowhere/auscult"};
  expect_failed(learner, "/nowhere/auscult");
}

TEST(LearnJobFault, WordsOfTheTrainingReachTheUser) {
  Learner learner(
      "echo '{\"stage\":\"reading\",\"done\":1,\"total\":2}' >&2\n"
      "echo '{\"stage\":\"error\",\"code\":\"not_enough_data\",\"what\":\"there is too little normal sound\","
      "\"context\":\"pump\",\"hint\":\"record more normal sound\"}' >&2\n"
      "printf 'auscult: error: pump: there is too little normal sound\\n  record more normal sound\\n' >&2\nexit 3\n");
  expect_failed(learner, "there is too little normal sound");
  EXPECT_EQ(learner.job().error()->code, ErrorCode::not_enough_data);
  EXPECT_EQ(learner.job().error()->hint, "record more normal sound");
}

TEST(LearnJobFault, ReportThatCannotBeReadIsNoModel) {
  Learner learner("echo model > \"$4\"\necho 'live_threshold: 3'\n");
  expect_failed(learner, "report cannot be read");
}

TEST(LearnJobFault, CancelEndsATrainingThatDoesNotListen) {
  Learner learner(
      "trap '' TERM\necho half > \"$4\"\necho '{\"stage\":\"training\",\"done\":1,\"total\":9}' >&2\nwhile :; do sleep "
      "1; done\n");
  learner.job().record("pump", 180.0);
  learner.hear(180.0);
  learner.look();
  ASSERT_TRUE(test::eventually([&] {
    learner.job().poll();
    return learner.job().progress().fraction() > 0.0;
  }));
  learner.job().cancel();
  EXPECT_EQ(learner.job().stage(), LearnStage::cancelled) << "the user does not wait";
  EXPECT_TRUE(test::eventually([&] {
    learner.job().poll();
    return learner.files_in(learner / "data/models") == 0;
  })) << "killed and cleared away";
  EXPECT_TRUE(learner.job().may_train_again());
}

TEST(LearnJobFault, LeavingTheProgramEndsTheTraining) {
  Learner learner("echo $$ > \"$(dirname \"$0\")/pid\"\nwhile :; do sleep 1; done\n");
  learner.job().record("pump", 180.0);
  learner.hear(180.0);
  learner.look();
  std::string pid;
  ASSERT_TRUE(test::eventually([&] {
    if (std::filesystem::exists(learner / "pid")) pid = test::read_file(learner / "pid");
    return pid.ends_with('\n');
  }));
  ASSERT_GT(std::stoi(pid), 0);
  learner.forget_job();
  EXPECT_NE(kill(std::stoi(pid), 0), 0) << "it is still there";
}

TEST(LearnJobFault, TrainingThatFloodsItsOutputIsReadOn) {
  Learner learner(
      "i=0; while [ $i -lt 3000 ]; do echo 'a long line of chatter that nobody asked for and that fills every pipe' "
      ">&2; i=$((i+1)); done\n" +
      test::good_trainer("/dev/null"));
  EXPECT_TRUE(learner.learns()) << to_message(*learner.job().error());
}

TEST(LearnJobFault, AFullDiskWhileRecordingUsesWhatIsThereIfItIsEnough) {
  const Error full{ErrorCode::write_failed, "cannot be written: No space left on device", "x", "free some space"};
  Learner enough;
  enough.job().record("pump", 600.0);
  enough.hear(300.0);
  enough.recorder.state = RecordingState::failed;
  enough.recorder.error = full;
  enough.look();
  EXPECT_EQ(enough.job().stage(), LearnStage::ready);
  EXPECT_EQ(enough.job().error()->what, full.what) << "and says why it is shorter";

  Learner little;
  little.job().record("pump", 600.0);
  little.hear(40.0);
  little.recorder.state = RecordingState::failed;
  little.recorder.error = full;
  little.look();
  EXPECT_EQ(little.job().stage(), LearnStage::failed);
  EXPECT_EQ(little.job().error()->what, full.what);
}

TEST(LearnJobFault, AHomeThatCannotBeWrittenIsToldBeforeRecording) {
  Learner learner;
  std::filesystem::create_directories(learner / "data");
  std::filesystem::permissions(learner / "data",
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec |
                                   std::filesystem::perms::others_read | std::filesystem::perms::others_exec);
  const test::AsOrdinaryUser nobody;
  learner.job().record("pump", 180.0);
  EXPECT_EQ(learner.job().stage(), LearnStage::failed);
  EXPECT_NE(to_message(*learner.job().error()).find("recordings"), std::string::npos);
}

TEST(LearnJobFault, WhatAWindowThatDiedLeftBehindIsClearedAway) {
  Learner learner;
  const auto models = learner / "data/models";
  std::filesystem::create_directories(models);
  test::write_file(models / ".learning-999999999.safetensors", "of a process that is no more");
  test::write_file(models / (".learning-" + std::to_string(getppid()) + ".safetensors"), "of one that works");
  test::write_file(models / "pump.safetensors", "a model");
  ASSERT_TRUE(learner.learns());
  EXPECT_FALSE(std::filesystem::exists(models / ".learning-999999999.safetensors"));
  EXPECT_EQ(learner.files_in(models), 3) << "the other window's, the model, and the one under review";
}

TEST(LearnJobFault, AModelThatCannotBeSavedStaysInReview) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  learner.save_outcome = fail(ErrorCode::write_failed, "the disk is full", "x", "free some space");
  learner.job().save("pump");
  ASSERT_TRUE(learner.reaches(LearnStage::review));
  EXPECT_EQ(learner.job().error()->what, "the disk is full");
  learner.save_outcome = {};
  learner.job().save("pump");
  EXPECT_TRUE(learner.reaches(LearnStage::saved));
}

}  // namespace
}  // namespace auscult::gui
