#include "training_material.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "audio/audio_file.h"
#include "dataset/split.h"
#include "scoring/file_blocks.h"

namespace auscult {
namespace {

constexpr double kPieceSeconds = 10.0;      // of long files; MIMII's and DCASE's clip length
constexpr double kLongestWholeFile = 30.0;  // seconds
constexpr std::size_t kFewestHeldOut = 4;   // minimum for fitting a calibration
constexpr std::size_t kFewestSegments = 8;
constexpr std::size_t kMostCrossFitted = 600;  // beyond an hour and a half, one held-out block is long enough

std::vector<Segment> segments_of(std::size_t file, const AudioFileInfo& info) {
  const double seconds = info.seconds();
  const auto pieces =
      seconds <= kLongestWholeFile ? std::int64_t{1} : static_cast<std::int64_t>(seconds / kPieceSeconds);
  std::vector<Segment> segments;
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::int64_t begin = info.frames * i / pieces, end = info.frames * (i + 1) / pieces;
    segments.push_back({.file = file,
                        .first_frame = begin,
                        .frames = end - begin,
                        .seconds = static_cast<double>(end - begin) / info.sample_rate});
  }
  return segments;
}

// A stream whose header has no length (some FLAC and Ogg files) is the only one that is decoded to be counted.
Result<AudioFileInfo> examined(const std::filesystem::path& path, const JobControl& control, std::int64_t& counted) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  AudioFileInfo info = reader.info();
  if (info.frames > 0) return info;
  AUSCULT_TRY_ASSIGN(
      info.frames, read_blocks(reader, path, std::nullopt, control.cancel, [](const FileBlock&) { return Status{}; }));
  counted += info.frames;
  return info;
}

struct Examined {
  SourceFile file;
  AudioFileInfo info;
};

Result<Examined> examine(const std::filesystem::path& path, const JobControl& control, TrainingMaterial& material) {
  AUSCULT_TRY_ASSIGN(const AudioFileInfo info, examined(path, control, material.counted_frames));
  AUSCULT_TRY_ASSIGN(std::string digest, file_digest(path));
  SourceFile file;
  file.path = path;
  file.digest = std::move(digest);
  file.sample_rate = info.sample_rate;
  file.channels = info.channels;
  return Examined{std::move(file), info};
}

// For each machine: time-contiguous blocks, one per fold, or only the last stretch.
void hold_out(const std::map<std::string, std::vector<Segment>>& machines, const CalibrationConfig& config,
              TrainingMaterial& material) {
  std::size_t total = 0;
  for (const auto& [key, segments] : machines) total += segments.size();
  material.folds = total <= kMostCrossFitted ? config.folds : 1;
  for (const auto& [key, segments] : machines) {
    const double floor_fraction = static_cast<double>(kFewestHeldOut) / static_cast<double>(segments.size());
    const HeldOut split =
        hold_out_block(segments.size(), std::min(0.5, std::max(config.held_out_fraction, floor_fraction)));
    for (std::size_t i = 0; i < segments.size(); ++i) {
      Segment segment = segments[i];
      if (material.folds > 1) {
        segment.fold = static_cast<int>(i * static_cast<std::size_t>(material.folds) / segments.size());
      } else if (i >= split.train.size()) {
        segment.fold = 0;
      }
      material.segments.push_back(segment);
    }
  }
}

}  // namespace

Status enough(const TrainingMaterial& material) {
  std::size_t count = 0;
  double seconds = 0.0;
  for (const Segment& segment : material.segments) {
    if (material.files[segment.file].added) continue;  // sets no threshold, and is no substitute for sound that does
    ++count;
    seconds += segment.seconds;
  }
  if (count >= kFewestSegments && material.held_out_segments() >= static_cast<std::int64_t>(kFewestHeldOut)) return {};
  const std::string copies =
      material.copies.empty() ? "" : " (" + std::to_string(material.copies.size()) + " more are copies and count once)";
  return fail(ErrorCode::not_enough_data,
              "there is too little normal sound: " + std::to_string(count) + " clip(s), " +
                  std::to_string(std::lround(seconds)) + " s" + copies + "; training needs at least " +
                  std::to_string(kFewestSegments) +
                  " clips, or one recording of 80 s, part of which is held out for calibration",
              {}, "record more normal sound: ten minutes make a good model");
}

double TrainingMaterial::seconds() const {
  return std::accumulate(segments.begin(), segments.end(), 0.0,
                         [](double sum, const Segment& s) { return sum + s.seconds; });
}

double TrainingMaterial::held_out_seconds() const {
  return std::accumulate(segments.begin(), segments.end(), 0.0,
                         [](double sum, const Segment& s) { return s.held_out() ? sum + s.seconds : sum; });
}

std::int64_t TrainingMaterial::held_out_segments() const {
  return std::count_if(segments.begin(), segments.end(), [](const Segment& s) { return s.held_out(); });
}

std::vector<std::string> TrainingMaterial::digests() const {
  std::vector<std::string> all;
  for (const SourceFile& file : files)
    if (file.usable) all.push_back(file.digest);
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::string> TrainingMaterial::added_digests() const {
  std::vector<std::string> all;
  for (const SourceFile& file : files)
    if (file.usable && file.added) all.push_back(file.digest);
  std::sort(all.begin(), all.end());
  return all;
}

const SourceFile* TrainingMaterial::first_file() const {
  const auto first = std::find_if(files.begin(), files.end(), [](const SourceFile& file) { return file.usable; });
  return first == files.end() ? nullptr : &*first;
}

bool TrainingMaterial::trains(int fold, const Segment& segment) const {
  // Cross-fitting: the final model (fold == folds) trains on everything. One block: no model trains on it.
  return folds > 1 ? segment.fold != fold : !segment.held_out();
}

namespace {

// Sound used only for training: each clip as a whole, so that it counts once, and held out by no fold. The monitor
// stores one channel of its events, at its own scale, whatever the other recordings have.
void add_normals(const TrainRequest& request, const JobControl& control, TrainingMaterial& material) {
  for (const Clip& clip : request.added) {
    auto one = examine(clip.path, control, material);
    if (!one) {
      material.skipped.push_back({clip.path, one.error()});
      continue;
    }
    const bool known = std::any_of(material.files.begin(), material.files.end(),
                                   [&](const SourceFile& file) { return file.digest == one->file.digest; });
    if (known) continue;
    one->file.added = true;
    one->file.channel = one->info.channels == 1 ? 0 : request.live.channel.value_or(request.preset.channel);
    material.segments.push_back(
        {.file = material.files.size(), .frames = one->info.frames, .seconds = one->info.seconds()});
    material.files.push_back(std::move(one->file));
  }
}

}  // namespace

Result<TrainingMaterial> collect_material(const TrainRequest& request, const JobControl& control) {
  TrainingMaterial material;
  std::map<std::string, std::vector<Segment>> machines;
  std::set<std::string> known;
  for (const Clip& clip : request.clips) {
    if (control.cancelled()) return fail(ErrorCode::cancelled, "training was interrupted; nothing was written");
    auto one = examine(clip.path, control, material);
    if (!one) {
      material.skipped.push_back({clip.path, one.error()});
      continue;
    }
    if (!known.insert(one->file.digest).second) {
      material.copies.push_back(clip.path);
      continue;
    }
    one->file.channel = request.preset.channel;
    one->file.scale = request.scale;
    std::vector<Segment>& segments = machines[clip.machine_key()];
    for (Segment& segment : segments_of(material.files.size(), one->info)) segments.push_back(segment);
    material.files.push_back(std::move(one->file));
  }
  if (machines.empty() && !material.skipped.empty()) return tl::unexpected(material.skipped.front().error);
  hold_out(machines, request.preset.calibration, material);
  add_normals(request, control, material);
  return material;
}

}  // namespace auscult
