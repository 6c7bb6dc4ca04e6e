// Recordings to divide among processes, and the processes. Test-only, header-only; needs auscult_audio.
#pragma once

#include <string>
#include <vector>

#include "dataset/shard.h"
#include "support/cli.h"

namespace auscult::test {

/// A folder of short recordings with a list of them in an order of its own; some names repeat, lack, or are no sound.
class Archive {
 public:
  explicit Archive(int recordings = 24) {
    for (int i = 0; i < recordings; ++i)
      write_sound(folder_ / ("fan/test/" + name(i)),
                  machine_sound(1.0, {.seed = 400 + static_cast<unsigned>(i), .fault = i % 5 == 0 ? 0.5 : 0.0}));
    write_file(folder_ / "fan/test/no_sound.wav", "text");
    std::string list;
    for (int i = recordings - 1; i >= 0; --i) list += sound(name(i)) + "\n";
    list += sound("missing.wav") + "\n" + sound("no_sound.wav") + "\n" + sound(name(3)) + "\n";
    write_file(this->list(), list);
  }
  static std::string name(int i) {
    return "section_00_00" + std::string(i < 10 ? "0" : "") + std::to_string(i) + ".wav";
  }
  std::string sound(const std::string& name) const { return folder_ / "fan/test" / name; }
  std::string list() const { return folder_ / "list.txt"; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  std::string folder() const { return folder_.path(); }

 private:
  TempDir folder_;
};

inline ProcessResult score(const Archive& archive, const std::vector<std::string>& more,
                           const Environment& extra = {}) {
  std::vector<std::string> arguments = {"score", workshop().model(), "--files-from", archive.list()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return auscult(arguments, extra);
}

/// Scores each part of `count`; the files that they write.
inline std::vector<std::string> score_parts(const Archive& archive, int count, const std::string& output,
                                            std::vector<std::string> more = {}) {
  std::vector<std::string> files;
  for (int number = 1; number <= count; ++number) {
    const Shard shard{number, count};
    std::vector<std::string> arguments = {"--shard", to_string(shard), "-o", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = score(archive, arguments);
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 3) << result.err;
    files.push_back(shard_file(output, shard));
  }
  return files;
}

inline ProcessResult merge(std::vector<std::string> shards, const std::vector<std::string>& more) {
  shards.insert(shards.begin(), "merge");
  shards.insert(shards.end(), more.begin(), more.end());
  return auscult(shards);
}

}  // namespace auscult::test
