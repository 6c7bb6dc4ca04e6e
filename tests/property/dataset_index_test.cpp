#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dataset/index.h"
#include "support/files.h"

namespace auscult {
namespace {

const std::vector<std::string> kWords{"normal", "abnormal", "anomaly", "train",  "test", "id_00",         "section_01",
                                      "pump",   "6_dB_fan", "-6dB",    "source", "hum",  "semisynthetic", "leak_-15dB"};

std::string any_folder() {
  std::string path;
  for (const auto& word : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kWords))) {
    path += word + "/";
    if (path.size() > 200) break;
  }
  return path;
}

RC_GTEST_PROP(IndexClips, LabelsAbnormalOnlyWhatAFolderOrAnAnchoredNameCallsSo, ()) {
  const test::TempDir folder;
  const std::string folders = any_folder();
  const std::string name = *rc::gen::elementOf(kWords) + "_" + *rc::gen::elementOf(kWords) + "_00000001.wav";
  test::write_file(folder / (folders + name), "");
  const auto clips = index_clips({folder.path()});
  RC_ASSERT(clips.has_value() && clips->size() == 1U);
  const bool folder_says_so = ("/" + folders).find("/abnormal/") != std::string::npos;
  const bool name_says_so = name.starts_with("anomaly_id_00_") || name.starts_with("section_01_anomaly_");
  if (clips->front().label == Label::abnormal) RC_ASSERT(folder_says_so || name_says_so);
}

RC_GTEST_PROP(IndexClips, FindsTheSameInWhateverOrderInputsAreGiven, ()) {
  const test::TempDir folder;
  std::vector<std::filesystem::path> inputs{folder.path()};
  for (int i = 0; i < 6; ++i) {
    const auto path = folder / (any_folder() + std::to_string(i) + ".wav");
    test::write_file(path, "");
    inputs.push_back(*rc::gen::arbitrary<bool>() ? path : path.parent_path());
  }
  const auto describe = [](const std::vector<Clip>& clips) {
    std::vector<std::string> lines;
    for (const Clip& c : clips)
      lines.push_back(c.path.string() + "|" + c.machine_key() + "|" + to_string(c.label) + "|" + c.fault);
    return lines;
  };
  const auto one = index_clips(inputs);
  const auto other = index_clips({inputs.rbegin(), inputs.rend()});
  RC_ASSERT(one.has_value() && other.has_value());
  RC_ASSERT(one->size() == 6U);
  RC_ASSERT(describe(*one) == describe(*other));
}

}  // namespace
}  // namespace auscult
