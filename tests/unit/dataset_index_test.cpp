#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataset/index.h"
#include "support/files.h"

namespace auscult {
namespace {
namespace fs = std::filesystem;

struct Tree {
  test::TempDir folder;
  void add(const std::string& file) { test::write_file(folder / file, file); }
  std::vector<Clip> index(const std::string& part = {}, const IndexOptions& options = {}) const {
    auto clips = index_clips({part.empty() ? folder.path() : folder / part}, options);
    EXPECT_TRUE(clips) << clips.error().what;
    return clips ? *clips : std::vector<Clip>();
  }
  Clip only(const std::string& part = {}, const IndexOptions& options = {}) const {
    const auto clips = index(part, options);
    EXPECT_EQ(clips.size(), 1U);
    return clips.empty() ? Clip() : clips.front();
  }
};

// The label of a single clip at `file` in a tree of its own.
Label label_of(const std::string& file, const IndexOptions& options = {}) {
  Tree tree;
  tree.add(file);
  return tree.only({}, options).label;
}

std::vector<std::string> names(const std::vector<Clip>& clips) {
  std::vector<std::string> result;
  for (const Clip& clip : clips) result.push_back(clip.path.filename().string());
  return result;
}

class ChangedFolder {
 public:
  explicit ChangedFolder(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  ~ChangedFolder() { fs::current_path(before_); }
  ChangedFolder(const ChangedFolder&) = delete;
  ChangedFolder& operator=(const ChangedFolder&) = delete;

 private:
  fs::path before_;
};

TEST(IndexClipsMimii, ReadsTheWholeTree) {
  Tree tree;
  tree.add("-6_dB_fan/fan/id_02/abnormal/00000001.wav");
  tree.add("6_dB_pump/pump/id_00/normal/00000000.wav");
  const auto clips = tree.index();
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].machine_key(), "-6dB/fan/id_02");
  EXPECT_EQ(clips[0].label, Label::abnormal);
  EXPECT_EQ(clips[1].machine_key(), "6dB/pump/id_00");
  EXPECT_EQ(clips[1].label, Label::normal);
  EXPECT_EQ(clips[1].split, DcaseSplit::none);
}

TEST(IndexClipsMimii, KnowsTheSameWhicheverPartIsGiven) {
  Tree tree;
  tree.add("6_dB_pump/pump/id_00/abnormal/00000000.wav");
  for (const char* part :
       {"6_dB_pump", "6_dB_pump/", "6_dB_pump/pump", "6_dB_pump/pump/id_00", "6_dB_pump/pump/id_00/abnormal",
        "6_dB_pump/pump/id_00/abnormal/", "6_dB_pump/pump/id_00/abnormal/00000000.wav"}) {
    const Clip clip = tree.only(part);
    EXPECT_EQ(clip.machine_key(), "6dB/pump/id_00") << part;
    EXPECT_EQ(clip.label, Label::abnormal) << part;
  }
}

TEST(IndexClipsMimii, KnowsTheSameThroughRelativePaths) {
  Tree tree;
  tree.add("6_dB_pump/pump/id_00/abnormal/00000000.wav");
  const ChangedFolder here(tree.folder / "6_dB_pump/pump/id_00/abnormal");
  for (const char* input : {".", "./", "00000000.wav", "../abnormal", ".."}) {
    const auto clips = index_clips({input});
    ASSERT_TRUE(clips && clips->size() == 1U) << input;
    EXPECT_EQ(clips->front().machine_key(), "6dB/pump/id_00") << input;
    EXPECT_EQ(clips->front().label, Label::abnormal) << input;
    EXPECT_TRUE(clips->front().path.is_relative()) << "a user sees the path as it was given";
  }
}

TEST(IndexClipsMimii, ReadsNoiseLevelsInAllTheirSpellings) {
  const auto group = [](const std::string& folder) {
    Tree tree;
    tree.add(folder + "/pump/id_00/normal/0.wav");
    return tree.only().group;
  };
  EXPECT_EQ(group("6_dB_pump"), "6dB");
  EXPECT_EQ(group("-6_dB_fan"), "-6dB");
  EXPECT_EQ(group("0_dB_valve"), "0dB");
  EXPECT_EQ(group("6dB"), "6dB");
  EXPECT_EQ(group("min6dB"), "-6dB");
  EXPECT_EQ(group("+6dB"), "6dB");
  EXPECT_EQ(group("-0dB"), "0dB");
  EXPECT_EQ(group("2.5dB"), "2.5dB");
  EXPECT_EQ(group("recordings"), "");
  EXPECT_EQ(group("dB_meter"), "");
}

TEST(IndexClipsMimii, TakesTheTypeFromTheArchiveWhereNoFolderNamesIt) {
  Tree tree;
  tree.add("6_dB_pump/id_00/normal/0.wav");
  EXPECT_EQ(tree.only().machine_key(), "6dB/pump/id_00");
}

TEST(IndexClipsDcase, Reads2020Names) {
  Tree tree;
  tree.add("pump/test/anomaly_id_00_00000000.wav");
  tree.add("pump/train/normal_id_02_00000007.wav");
  const auto clips = tree.index();
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].label, Label::abnormal);
  EXPECT_EQ(clips[0].split, DcaseSplit::test);
  EXPECT_EQ(clips[0].machine_key(), "pump/id_00");
  EXPECT_EQ(clips[1].label, Label::normal);
  EXPECT_EQ(clips[1].split, DcaseSplit::train);
  EXPECT_EQ(clips[1].machine_key(), "pump/id_02");
}

TEST(IndexClipsDcase, Reads2021To2025Names) {
  Tree tree;
  tree.add("bearing/test/section_00_target_test_anomaly_0021_vel_8_loc_G.wav");
  tree.add("bearing/train/section_01_source_train_normal_0742_vel_16_loc_A.wav");
  tree.add("bearing/train/section_02_source_train_normal_0000.wav");
  const auto clips = tree.index();
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_EQ(clips[0].label, Label::abnormal);
  EXPECT_EQ(clips[0].split, DcaseSplit::test);
  EXPECT_EQ(clips[0].domain, Domain::target);
  EXPECT_EQ(clips[0].attributes, "vel_8_loc_G");
  EXPECT_EQ(clips[0].machine_key(), "bearing/section_00");
  EXPECT_EQ(clips[1].label, Label::normal);
  EXPECT_EQ(clips[1].split, DcaseSplit::train);
  EXPECT_EQ(clips[1].domain, Domain::source);
  EXPECT_EQ(clips[1].attributes, "vel_16_loc_A");
  EXPECT_EQ(clips[2].attributes, "");
}

TEST(IndexClipsDcase, KnowsTheTestFoldersOf2021) {
  Tree tree;
  tree.add("fan/target_test/section_03_target_test_0000.wav");
  const Clip clip = tree.only();
  EXPECT_EQ(clip.machine_key(), "fan/section_03");
  EXPECT_EQ(clip.split, DcaseSplit::test);
  EXPECT_EQ(clip.domain, Domain::target);
  EXPECT_EQ(clip.label, Label::unknown);
}

TEST(ClipFromNames, NeedsNoFile) {
  const Clip clip = clip_from_names("eval_data/raw/Sander/test/section_00_0001.wav");
  EXPECT_EQ(clip.machine_type, "Sander");
  EXPECT_EQ(clip.machine_id, "section_00");
  EXPECT_EQ(clip.label, Label::unknown) << "not normal, as nothing says so";
}

TEST(IndexClipsDcase, ReadsNamesWithoutTheirFolders) {
  Tree tree;
  tree.add("clips/section_00_source_train_normal_0742_vel_16.wav");
  const Clip clip = tree.only();
  EXPECT_EQ(clip.split, DcaseSplit::train);
  EXPECT_EQ(clip.label, Label::normal);
  EXPECT_EQ(clip.machine_id, "section_00");
}

TEST(IndexClipsDcase, NeverTakesUnlabelledTestOrSupplementalDataForNormal) {
  EXPECT_EQ(label_of("pump/test/id_00_00000000.wav"), Label::unknown);
  EXPECT_EQ(label_of("pump/test/section_00_0000.wav"), Label::unknown);
  EXPECT_EQ(label_of("pump/supplemental/section_00_source_supplemental_clean_0001_x.wav"), Label::unknown);
  EXPECT_EQ(label_of("pump/section_00_source_supplemental_noise_0001_x.wav"), Label::unknown);
}

TEST(IndexClipsDcase, DoesNotMistakeAFolderThatIsOnlyCalledTestForATree) {
  Tree tree;
  tree.add("test/a.wav");
  tree.add("test/pump/id_00/normal/b.wav");
  for (const Clip& clip : tree.index("test")) {
    EXPECT_EQ(clip.split, DcaseSplit::none) << clip.path;
    EXPECT_EQ(clip.label, Label::normal) << clip.path;
  }
}

TEST(IndexClipsDcase, TakesPlainClipsBelowTrainAndTestFolders) {
  Tree tree;
  tree.add("mill/test/abnormal/b.wav");
  tree.add("mill/train/normal/a.wav");
  const auto clips = tree.index();
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].split, DcaseSplit::test);
  EXPECT_EQ(clips[0].label, Label::abnormal);
  EXPECT_EQ(clips[1].split, DcaseSplit::train);
  EXPECT_EQ(clips[1].machine_key(), "mill");
}

TEST(IndexClipsLabels, AreAnchoredAtTheStartOfTheName) {
  const IndexOptions score{.plain_is_normal = false};
  EXPECT_EQ(label_of("abnormal-free_normal_test.wav", score), Label::unknown);
  EXPECT_EQ(label_of("my_anomaly_id_00_00000000.wav", score), Label::unknown);
  EXPECT_EQ(label_of("normal.wav", score), Label::unknown);
  EXPECT_EQ(label_of("abnormal_01.wav", score), Label::unknown);
  EXPECT_EQ(label_of("paranormal/x.wav", score), Label::unknown);
  EXPECT_EQ(label_of("normal_train/x.wav", score), Label::unknown);
  EXPECT_EQ(label_of("Normal/x.wav", score), Label::unknown);
  EXPECT_EQ(label_of("anomaly_id_00_00000000.wav", score), Label::abnormal);
}

TEST(IndexClipsLabels, ComeFromTheNearestFolder) {
  EXPECT_EQ(label_of("abnormal/monday/normal/x.wav"), Label::normal);
  EXPECT_EQ(label_of("normal/monday/abnormal/early/x.wav"), Label::abnormal);
}

TEST(IndexClipsLabels, AreNeverNormalWhereANameSaysFault) {
  for (const char* file : {"broken/x.wav", "Abnormal/x.wav", "NG/monday/x.wav", "abnormal_01.wav", "normal/bad_02.wav",
                           "normal/broken/x.wav", "good/pump_broken.wav"}) {
    Tree tree;
    tree.add(file);
    const Clip clip = tree.only();
    EXPECT_EQ(clip.label, Label::unknown) << file;
    EXPECT_NE(clip.fault_name, "") << file;
    EXPECT_EQ(tree.only({}, {.force_label = Label::normal}).fault_name, "") << file;
  }
  EXPECT_EQ(label_of("good/x.wav"), Label::normal);
  EXPECT_EQ(label_of("broken/good/x.wav"), Label::normal) << "the nearest name counts";
  EXPECT_EQ(label_of("anomaly/1_normal.wav"), Label::normal);
}

TEST(IndexClipsLabels, DoNotComeFromWordsAboveTheInput) {
  Tree tree;
  tree.add("broken promises/recordings/x.wav");
  EXPECT_EQ(tree.only("broken promises/recordings").label, Label::normal);
  EXPECT_EQ(tree.only("broken promises").label, Label::unknown);
}

TEST(IndexClipsLabels, OfPlainClipsDependOnTheUse) {
  EXPECT_EQ(label_of("a.wav"), Label::normal);
  EXPECT_EQ(label_of("a.wav", {.plain_is_normal = false}), Label::unknown);
}

TEST(IndexClipsLabels, AreOverruledByOptions) {
  EXPECT_EQ(label_of("normal/x.wav", {.force_label = Label::abnormal}), Label::abnormal);
  EXPECT_EQ(label_of("anomaly_id_00_00000000.wav", {.force_label = Label::normal}), Label::normal);
}

TEST(IndexClipsFaults, AreReadFromSemisyntheticFoldersButNotAsLabels) {
  Tree tree;
  tree.add("hum/semisynthetic/leak_-15dB/normal_id_00_00000050.wav");
  for (const char* part : {"", "hum/semisynthetic", "hum/semisynthetic/leak_-15dB"}) {
    const Clip clip = tree.only(part);
    EXPECT_EQ(clip.fault, "leak");
    EXPECT_EQ(clip.group, "-15dB");
    EXPECT_EQ(clip.label, Label::unknown) << "a fault is mixed in, whatever the file is called";
  }
  EXPECT_EQ(tree.only({}, {.force_label = Label::abnormal}).label, Label::abnormal);
}

TEST(IndexClipsFaults, AreReadFromAManifestAboveTheClips) {
  Tree tree;
  test::write_file(tree.folder / "out/manifest.csv",
                   "file,machine,label,fault\r\n"
                   "6_dB_pump/pump/id_00/abnormal/0.wav,id_00,abnormal,bearing\r\n"
                   "\"6_dB_pump/pump/id_00/abnormal/1,5.wav\",id_00,abnormal,\"leak, \"\"slow\"\"\"\r\n"
                   "6_dB_pump/pump/id_00/normal/0.wav,id_00,normal,\r\n");
  tree.add("out/6_dB_pump/pump/id_00/abnormal/0.wav");
  tree.add("out/6_dB_pump/pump/id_00/abnormal/1,5.wav");
  tree.add("out/6_dB_pump/pump/id_00/abnormal/unlisted.wav");
  tree.add("out/6_dB_pump/pump/id_00/normal/0.wav");
  for (const char* part : {"", "out", "out/6_dB_pump/pump/id_00"}) {
    const auto clips = tree.index(part);
    ASSERT_EQ(clips.size(), 4U);
    EXPECT_EQ(clips[0].fault, "bearing") << part;
    EXPECT_EQ(clips[1].fault, "leak, \"slow\"");
    EXPECT_EQ(clips[2].fault, "");
    EXPECT_EQ(clips[3].fault, "");
  }
}

TEST(IndexClips, SortsByPathByteForByte) {
  Tree tree;
  for (const char* file : {"b.wav", "a/2.wav", "a-1.wav", "a/10.wav", "B.wav", "\xc3\xa9.wav"}) tree.add(file);
  EXPECT_EQ(names(tree.index()),
            (std::vector<std::string>{"B.wav", "a-1.wav", "10.wav", "2.wav", "b.wav", "\xc3\xa9.wav"}));
}

TEST(IndexClips, CountsAFileGivenTwiceOnce) {
  Tree tree;
  tree.add("normal/a.wav");
  fs::create_symlink(tree.folder / "normal/a.wav", tree.folder / "normal/b.wav");
  const auto clips = index_clips({tree.folder.path(), tree.folder / "normal", tree.folder / "normal/a.wav"});
  ASSERT_TRUE(clips);
  EXPECT_EQ(names(*clips), std::vector<std::string>{"a.wav"});
}

TEST(IndexClips, EndsInALoopOfLinks) {
  Tree tree;
  tree.add("a/normal/x.wav");
  fs::create_directory_symlink(tree.folder.path(), tree.folder / "a/back");
  fs::create_directory_symlink(tree.folder / "a/self", tree.folder / "a/self");
  EXPECT_EQ(tree.index().size(), 1U);
}

TEST(IndexClips, FollowsLinksToFolders) {
  Tree tree, elsewhere;
  elsewhere.add("x.wav");
  fs::create_directory_symlink(elsewhere.folder.path(), tree.folder / "abnormal");
  EXPECT_EQ(tree.only().label, Label::abnormal);
}

TEST(IndexClips, KeepsALinkThatLeadsNowhereSoThatItIsReported) {
  Tree tree;
  fs::create_symlink("/nowhere/at/all.wav", tree.folder / "lost.wav");
  EXPECT_EQ(names(tree.index()), std::vector<std::string>{"lost.wav"});
}

TEST(IndexClips, SkipsHiddenFilesAndOtherFiles) {
  Tree tree;
  for (const char* file : {"x.wav", "._x.wav", ".cache/y.wav", "notes.txt", "x.wav.part"}) tree.add(file);
  EXPECT_EQ(names(tree.index()), std::vector<std::string>{"x.wav"});
}

TEST(IndexClips, TakesAFileThatIsNamedWhateverItsExtension) {
  Tree tree;
  tree.add("recording.dat");
  EXPECT_EQ(names(tree.index("recording.dat")), std::vector<std::string>{"recording.dat"});
}

TEST(IndexClips, KeepsOnlyTheMachineAskedFor) {
  Tree tree;
  for (const char* file : {"fan/id_00/normal/0.wav", "pump/id_00/normal/1.wav", "pump/id_02/normal/2.wav"})
    tree.add(file);
  EXPECT_EQ(names(tree.index({}, {.machine_type = "pump"})), (std::vector<std::string>{"1.wav", "2.wav"}));
  EXPECT_EQ(names(tree.index({}, {.machine_id = "id_00"})), (std::vector<std::string>{"0.wav", "1.wav"}));
  EXPECT_EQ(names(tree.index({}, {.machine_type = "pump", .machine_id = "02"})), std::vector<std::string>{"2.wav"});
}

TEST(GroupByMachine, KeepsLevelsTypesAndIdsApartInOrder) {
  Tree tree;
  for (const char* file : {"6dB/pump/id_02/normal/0.wav", "6dB/pump/id_00/normal/0.wav",
                           "6dB/pump/id_00/abnormal/0.wav", "0dB/pump/id_00/normal/0.wav"})
    tree.add(file);
  const auto machines = group_by_machine(tree.index());
  ASSERT_EQ(machines.size(), 3U);
  EXPECT_EQ(machines[0].key, "0dB/pump/id_00");
  EXPECT_EQ(machines[1].key, "6dB/pump/id_00");
  EXPECT_EQ(machines[1].clips.size(), 2U);
  EXPECT_EQ(machines[2].key, "6dB/pump/id_02");
}

}  // namespace
}  // namespace auscult
