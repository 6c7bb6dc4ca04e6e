// Labels, machines and splits of real data sets, from their names.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dataset/index.h"
#include "dataset/split.h"
#include "support/files.h"

namespace auscult {
namespace {

std::vector<Clip> index_or_fail(const std::vector<std::filesystem::path>& inputs, const IndexOptions& options = {}) {
  auto clips = index_clips(inputs, options);
  EXPECT_TRUE(clips) << clips.error().what;
  return clips ? *clips : std::vector<Clip>();
}

std::size_t count(const std::vector<Clip>& clips, Label label) {
  return static_cast<std::size_t>(
      std::count_if(clips.begin(), clips.end(), [label](const Clip& c) { return c.label == label; }));
}

TEST(IndexClipsDcase2023, GiveOneMachineATypeWithLabelsAndSplits) {
  AUSCULT_REQUIRE_DATA(data);
  const auto clips = index_or_fail({data / "dcase2023_samples"});
  ASSERT_EQ(clips.size(), 28U);
  const auto machines = group_by_machine(clips);
  ASSERT_EQ(machines.size(), 7U);
  EXPECT_EQ(machines.front().key, "ToyCar/section_00");
  for (const Clip& clip : clips) {
    const std::string name = clip.path.filename().string(), path = clip.path.string();
    EXPECT_EQ(clip.label == Label::abnormal, name.find("_anomaly_") != std::string::npos) << path;
    EXPECT_EQ(clip.split == DcaseSplit::test, path.find("/test/") != std::string::npos) << path;
    EXPECT_EQ(clip.domain == Domain::target, name.find("_target_") != std::string::npos) << path;
    EXPECT_NE(clip.split, DcaseSplit::none);
    EXPECT_FALSE(clip.attributes.empty()) << path;
  }
}

TEST(IndexClipsDcase2023, SplitAsTheirFoldersSay) {
  AUSCULT_REQUIRE_DATA(data);
  for (const Machine& machine : group_by_machine(index_or_fail({data / "dcase2023_samples"}))) {
    const auto split = split_machine(machine.clips);
    ASSERT_TRUE(split) << machine.key;
    EXPECT_EQ(split->protocol, "dcase");
    EXPECT_EQ(split->train.size() + split->test.size(), 4U) << machine.key;
  }
}

TEST(IndexClipsMachineHum, IsOneMachineWhoseNormalFoldersAllTrain) {
  AUSCULT_REQUIRE_DATA(data);
  const auto train = index_or_fail({data / "machine_hum" / "normal_train"});
  EXPECT_EQ(train.size(), 50U);
  EXPECT_EQ(count(train, Label::normal), 50U);
  EXPECT_EQ(group_by_machine(train).size(), 1U);
  EXPECT_EQ(train.front().machine_id, "id_00");
  EXPECT_EQ(train.front().split, DcaseSplit::none) << "a folder named normal_train is no train folder";
  const auto split = split_machine(train);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->train.size(), 50U);
}

TEST(IndexClipsMachineHum, HasFaultsThatAreLabelledOnlyByForce) {
  AUSCULT_REQUIRE_DATA(data);
  const auto clips = index_or_fail({data / "machine_hum" / "semisynthetic"});
  ASSERT_FALSE(clips.empty());
  std::map<std::string, int> faults;
  for (const Clip& clip : clips) {
    ++faults[clip.fault];
    EXPECT_EQ(clip.label, Label::unknown) << clip.path;
    EXPECT_TRUE(clip.group.starts_with("-") && clip.group.ends_with("dB")) << clip.group;
  }
  EXPECT_FALSE(faults.contains("")) << "every clip belongs to a kind of fault";
  EXPECT_GE(faults.size(), 2U);
  const auto forced = index_or_fail({data / "machine_hum" / "semisynthetic"}, {.force_label = Label::abnormal});
  EXPECT_EQ(count(forced, Label::abnormal), clips.size());
}

TEST(IndexClipsMachineHum, TrainsOnNoFaultyClipEvenWhenTheWholeFolderIsGiven) {
  AUSCULT_REQUIRE_DATA(data);
  for (const Machine& machine : group_by_machine(index_or_fail({data / "machine_hum"}))) {
    const auto split = split_machine(machine.clips);
    if (!split) continue;
    for (const Clip& clip : split->train) EXPECT_EQ(clip.path.string().find("semisynthetic"), std::string::npos);
  }
}

TEST(IndexClipsMimiiOriginals, HaveNoLabelInTheirNames) {
  AUSCULT_REQUIRE_DATA(data);
  const auto clips = index_or_fail({data / "mimii_originals"}, {.plain_is_normal = false});
  ASSERT_EQ(clips.size(), 4U);
  EXPECT_EQ(count(clips, Label::unknown), 4U);  // fan_normal.wav is no DCASE name
}

}  // namespace
}  // namespace auscult
