// Training a model from the first second of sound to the saved file, with a script instead of the training program.
#include <fcntl.h>

#include "gui/learn/learn_job.h"
#include "support/learner.h"

namespace auscult::gui {
namespace {

using test::Learner;

TEST(LearnJob, RecordsLearnsAndSaves) {
  Learner learner;
  EXPECT_EQ(learner.job().stage(), LearnStage::idle);
  learner.job().record("pump", 180.0);
  EXPECT_EQ(learner.job().stage(), LearnStage::recording);
  learner.hear(60.0);
  EXPECT_EQ(learner.job().stage(), LearnStage::recording);
  EXPECT_NEAR(learner.job().quality().typical_dbfs, -30.0F, 0.01F);
  learner.hear(180.0);  // it has what was asked for
  learner.look();
  EXPECT_EQ(learner.job().stage(), LearnStage::training) << "good sound is learned from without another question";
  ASSERT_TRUE(learner.reaches(LearnStage::review)) << to_message(*learner.job().error());
  EXPECT_EQ(learner.job().result().clips, 12);
  EXPECT_EQ(learner.job().progress().curves().size(), 1U);
  EXPECT_EQ(learner.job().threshold(), 8.5);
  learner.job().save("Pump 3");
  ASSERT_TRUE(learner.reaches(LearnStage::saved));
  EXPECT_EQ(learner.saved.machine, "Pump 3");
  EXPECT_EQ(learner.job().saved_model(), learner / "data/models/Pump 3.safetensors");
  EXPECT_EQ(test::read_file(learner.job().saved_model()), "model\n");
  EXPECT_EQ(learner.files_in(learner / "data/models"), 1) << "nothing provisional is left";
}

TEST(LearnJob, TellsTheTrainingWhichInputItIs) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  const std::string arguments = learner.arguments();
  for (const char* wanted :
       {"train\n", "--preset\nmonitor\n", "--json\n", "--progress\njson\n", "--end-with-stdin\n", "--device\nUSB mic\n",
        "--input-rate\n48000\n", "--input-channels\n2\n", "--input-channel\n1\n"})
    EXPECT_NE(arguments.find(wanted), std::string::npos) << wanted << " in\n" << arguments;
  EXPECT_NE(arguments.find(learner.job().folder().string()), std::string::npos);
}

TEST(LearnJob, AModelOfTheHighBandIsFollowedByAnother) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  EXPECT_EQ(learner.arguments().find("--band"), std::string::npos);
  learner.input.high_band = true;
  learner.job().reset();
  ASSERT_TRUE(learner.learns());
  EXPECT_NE(learner.arguments().find("--band\nhigh\n"), std::string::npos) << learner.arguments();
}

TEST(LearnJob, TrainsWithLowPriorityAndWithoutTheWindowsFiles) {
  Learner learner;
  test::write_file(learner / "trainer.sh",
                   "i=0; while [ \"$(nice)\" -lt 10 ] && [ $i -lt 500 ]; do sleep 0.02; i=$((i+1)); done\nnice > "
                   "\"$(dirname \"$0\")/nice\"\nls /proc/$$/fd > \"$(dirname \"$0\")/files\"\n" +
                       test::good_trainer("/dev/null"));
  const int open_file = open("/dev/zero", O_RDONLY);  // as a library would open a sound device: for children, too
  ASSERT_GT(fcntl(open_file, F_DUPFD, 50), 49);
  ASSERT_TRUE(learner.learns());
  EXPECT_GE(std::stoi(test::read_file(learner / "nice")), 10);
  EXPECT_EQ(test::read_file(learner / "files").find("50"), std::string::npos);
}

TEST(LearnJob, TwoMinutesAreEnoughAndLessIsNot) {
  Learner learner;
  learner.job().record("pump", 600.0);
  learner.hear(119.0);
  EXPECT_FALSE(learner.job().may_finish_recording());
  learner.job().finish_recording();
  learner.look();
  EXPECT_EQ(learner.job().stage(), LearnStage::recording);
  learner.hear(120.0);
  EXPECT_TRUE(learner.job().may_finish_recording());
  learner.job().finish_recording();
  learner.look();
  EXPECT_EQ(learner.job().stage(), LearnStage::training);
}

TEST(LearnJob, RecordsBetweenTwoAndThirtyMinutes) {
  Learner learner;
  learner.job().record("pump", 1.0);
  EXPECT_EQ(learner.job().target_seconds(), 120.0);
  learner.job().reset();
  learner.job().record("pump", 1e9);
  EXPECT_EQ(learner.job().target_seconds(), 1800.0);
}

TEST(LearnJob, SoundOfDoubtfulQualityWaitsForAWord) {
  Learner learner;
  learner.job().record("pump", 180.0);
  learner.hear(180.0, -120.0F);
  learner.look();
  EXPECT_EQ(learner.job().stage(), LearnStage::ready);
  EXPECT_TRUE(learner.job().quality().serious());
  learner.job().train();
  EXPECT_TRUE(learner.reaches(LearnStage::review));
}

TEST(LearnJob, LearnsFromAFolderWithoutClaimingADevice) {
  Learner learner;
  std::filesystem::create_directories(learner / "mine");
  learner.job().use_folder(learner / "mine", "pump");
  ASSERT_TRUE(learner.reaches(LearnStage::review));
  EXPECT_EQ(learner.arguments().find("--device"), std::string::npos);
  EXPECT_NE(learner.arguments().find((learner / "mine").string()), std::string::npos);
  EXPECT_FALSE(learner.job().recorded_here());
  ASSERT_TRUE(learner.job().delete_recordings());
  EXPECT_TRUE(std::filesystem::exists(learner / "mine")) << "the user's own folder is not ours to delete";
}

TEST(LearnJob, ChosenRateSetsTheThresholdAndNoFinerOneIsOffered) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  learner.job().choose_rate(0);
  EXPECT_EQ(learner.job().threshold(), 1.6);
  learner.job().choose_rate(99);
  EXPECT_EQ(learner.job().threshold(), 1.6) << "there is no such rate";
  learner.job().choose_rate(1);
  learner.job().save("pump");
  ASSERT_TRUE(learner.reaches(LearnStage::saved));
  EXPECT_EQ(learner.saved.threshold, 1.2);
}

TEST(LearnJob, NeverReplacesAModelUnasked) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  test::write_file(learner / "data/models/pump.safetensors", "another");
  EXPECT_TRUE(learner.job().target_exists("pump"));
  learner.job().save("pump");
  EXPECT_EQ(learner.job().stage(), LearnStage::review);
  EXPECT_TRUE(learner.job().error());
  EXPECT_EQ(test::read_file(learner / "data/models/pump.safetensors"), "another");
  learner.job().save("pump", LearnJob::IfTaken::replace);
  ASSERT_TRUE(learner.reaches(LearnStage::saved));
  EXPECT_EQ(test::read_file(learner / "data/models/pump.safetensors"), "model\n");
}

TEST(LearnJob, RecordingsAreKeptUntilTheyAreDeletedAndOnlyOursGo) {
  Learner learner;
  ASSERT_TRUE(learner.learns());
  learner.job().save("pump");
  ASSERT_TRUE(learner.reaches(LearnStage::saved));
  const auto folder = learner.job().folder();
  EXPECT_TRUE(folder.filename().string().starts_with("pump-20"));
  EXPECT_TRUE(std::filesystem::exists(folder / "part_0001.wav"));
  test::write_file(folder / "notes.txt", "the user's");
  EXPECT_FALSE(learner.job().delete_recordings()) << "says that something is left";
  EXPECT_FALSE(std::filesystem::exists(folder / "part_0001.wav"));
  EXPECT_EQ(test::read_file(folder / "notes.txt"), "the user's");
  std::filesystem::remove(folder / "notes.txt");
  EXPECT_TRUE(learner.job().delete_recordings());
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(LearnJob, EndsWithWhatThereIsWhenTheInputIsClosed) {
  Learner enough;
  enough.job().record("pump", 600.0);
  enough.hear(300.0);
  enough.listening = false;
  enough.look();
  EXPECT_EQ(enough.job().stage(), LearnStage::ready);

  Learner little;
  little.job().record("pump", 600.0);
  little.hear(30.0);
  little.listening = false;
  little.look();
  EXPECT_EQ(little.job().stage(), LearnStage::failed);
  EXPECT_NE(little.job().error()->what.find("30 s"), std::string::npos);
}

TEST(LearnJob, NothingIsRecordedWhereNothingIsHeard) {
  Learner learner;
  learner.listening = false;
  learner.job().record("pump", 600.0);
  EXPECT_EQ(learner.job().stage(), LearnStage::failed);
  EXPECT_FALSE(learner.job().error()->hint.empty());
}

TEST(LearnJob, NamesBecomeFileNames) {
  EXPECT_EQ(file_name_for("Pump 3"), "Pump 3");
  EXPECT_EQ(file_name_for("../../etc/passwd"), "_.._etc_passwd");
  EXPECT_EQ(file_name_for("  .hidden "), "hidden");
  EXPECT_EQ(file_name_for("a\nb\\c"), "a_b_c");
  EXPECT_EQ(file_name_for("   "), "my machine");
  EXPECT_EQ(file_name_for("Lüfter"), "Lüfter");
  const std::string cut = file_name_for(std::string(79, 'x') + "ü");
  EXPECT_EQ(cut, std::string(79, 'x')) << "never half a character";
}

TEST(LearnJob, LearnsFalseAlarmsWithTheRecordingsThatItKnows) {
  Learner learner;
  std::filesystem::create_directories(learner / "data/recordings/pump");
  test::write_file(learner / "a.flac", "sound a");
  test::write_file(learner / "b.flac", "sound b");
  learner.job().relearn(learner / "data/models/Pump 3.safetensors", "pump", {learner / "a.flac", learner / "b.flac"});
  std::filesystem::remove(learner / "b.flac");  // the room for events' sound was used up
  ASSERT_TRUE(learner.reaches(LearnStage::review)) << to_message(*learner.job().error());
  const std::string arguments = learner.arguments();
  const std::string wanted = "refit\n" + (learner / "data/models/Pump 3.safetensors").string() + "\n";
  EXPECT_EQ(arguments.rfind(wanted, 0), 0U) << arguments;
  const auto added = learner.job().relearning()->added;
  ASSERT_EQ(added.size(), 2U);
  EXPECT_EQ(test::read_file(added[1]), "sound b") << "it is held as long as it is needed";
  EXPECT_NE(arguments.find("--recordings\n" + (learner / "data/recordings").string() + "\n--add\n" + added[0].string() +
                           "\n" + added[1].string() + "\n"),
            std::string::npos)
      << arguments;
  learner.job().save("Pump 3");
  ASSERT_TRUE(learner.reaches(LearnStage::saved));
  EXPECT_EQ(learner.saved.machine, "pump") << "the machine has not changed";
  EXPECT_EQ(learner.saved.added, added);
  EXPECT_EQ(learner.saved.keep_in.parent_path(), learner / "data/recordings") << "where they are found the next time";
  EXPECT_EQ(learner.files_in(learner / "data/models"), 1) << "nothing provisional is left";
  learner.job().reset();
  EXPECT_FALSE(learner.job().relearning());
}

TEST(LearnJob, AsksWhereTheRecordingsLieThatAModelLearnedFrom) {
  Learner learner;
  test::write_file(learner / "a.flac", "sound a");
  learner.job().relearn(learner / "pump.safetensors", "pump", {learner / "a.flac"});
  EXPECT_EQ(learner.job().stage(), LearnStage::failed) << "there are no recordings at all";
  learner.job().look_also_in(learner / "nowhere");
  EXPECT_EQ(learner.job().stage(), LearnStage::failed);
  EXPECT_EQ(learner.job().error()->code, ErrorCode::file_not_found);
  std::filesystem::create_directories(learner / "mine");
  learner.job().look_also_in(learner / "mine");
  ASSERT_TRUE(learner.reaches(LearnStage::review)) << to_message(*learner.job().error());
  EXPECT_NE(learner.arguments().find("--recordings\n" + (learner / "mine").string()), std::string::npos);
  learner.job().reset();
  EXPECT_EQ(learner.files_in(learner / "data/models"), 0) << "what is given up leaves nothing";
}

TEST(LearnJob, TriesToLearnAgainAfterAFailure) {
  Learner learner("echo '{\"stage\":\"error\",\"code\":\"write_failed\",\"what\":\"no room\"}' >&2; exit 6\n");
  std::filesystem::create_directories(learner / "data/recordings/pump");
  test::write_file(learner / "a.flac", "sound a");
  learner.job().relearn(learner / "pump.safetensors", "pump", {learner / "a.flac"});
  ASSERT_TRUE(learner.reaches(LearnStage::failed));
  EXPECT_EQ(learner.job().error()->what, "no room");
  test::write_file(learner / "trainer.sh", test::good_trainer(learner / "arguments"));
  learner.job().relearn_again();
  EXPECT_TRUE(learner.reaches(LearnStage::review));
}

TEST(LearnJob, SaysWhenTheSoundOfTheFalseAlarmsIsGone) {
  Learner learner;
  std::filesystem::create_directories(learner / "data/recordings/pump");
  learner.job().relearn(learner / "pump.safetensors", "pump", {learner / "gone.flac"});
  EXPECT_EQ(learner.job().stage(), LearnStage::failed);
  EXPECT_NE(learner.job().error()->what.find("cannot copy the sound"), std::string::npos);
}

TEST(LearnJob, WithoutFalseAlarmsThereIsNothingToLearnAgain) {
  Learner learner;
  learner.job().relearn(learner / "pump.safetensors", "pump", {});
  EXPECT_EQ(learner.job().stage(), LearnStage::idle);
}

}  // namespace
}  // namespace auscult::gui
