#include "training_material.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "audio/audio_file.h"
#include "dataset/split.h"
#include "dsp/log_mel_frontend.h"
#include "scoring/clip_score.h"
#include "scoring/input_adapter.h"
#include "scoring/feature_window.h"

namespace auscult {
namespace {

constexpr double kPieceSeconds = 10.0;        // of long files; MIMII's and DCASE's clip length
constexpr double kLongestWholeFile = 30.0;    // seconds
constexpr std::size_t kFewestHeldOut = 4;     // what a calibration can be fitted to
constexpr std::size_t kFewestSegments = 8;
constexpr std::size_t kMostCrossFitted = 600;  // beyond an hour and a half one held-out block is long enough by itself

void append_segments(const AudioFileInfo& info, const Segment& file, std::vector<Segment>& segments) {
  const double seconds = info.seconds();
  const auto pieces = seconds <= kLongestWholeFile ? std::int64_t{1} : static_cast<std::int64_t>(seconds / kPieceSeconds);
  for (std::int64_t i = 0; i < pieces; ++i) {
    const std::int64_t begin = info.frames * i / pieces, end = info.frames * (i + 1) / pieces;
    Segment segment = file;
    segment.first_frame = begin;
    segment.frames = end - begin;
    segment.seconds = static_cast<double>(end - begin) / info.sample_rate;
    segments.push_back(std::move(segment));
  }
}

// A WAV file's length is checked when it is opened. A compressed file may tell no length, or end before it should, and
// shows that only when it is decoded: a file that fails halfway must be left out before training, not end it.
Result<AudioFileInfo> examined(const std::filesystem::path& path, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  AudioFileInfo info = reader.info();
  if (info.format.rfind("WAV", 0) == 0 && info.frames > 0) return info;
  std::vector<float> buffer(static_cast<std::size_t>(65536) * static_cast<std::size_t>(info.channels));
  info.frames = 0;
  while (!control.cancelled()) {
    AUSCULT_TRY_ASSIGN(const std::int64_t got, reader.read(buffer));
    if (got == 0) break;
    info.frames += got;
  }
  return info;
}

// Of each machine: time-contiguous blocks, one a fold, or the last stretch alone.
void hold_out(const std::map<std::string, std::vector<Segment>>& machines, const CalibrationConfig& config, TrainingMaterial& material) {
  std::size_t total = 0;
  for (const auto& [key, segments] : machines) total += segments.size();
  material.folds = total <= kMostCrossFitted ? config.folds : 1;
  for (const auto& [key, segments] : machines) {
    const double floor_fraction = static_cast<double>(kFewestHeldOut) / static_cast<double>(segments.size());
    const HeldOut split = hold_out_block(segments.size(), std::min(0.5, std::max(config.held_out_fraction, floor_fraction)));
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

Status enough(const TrainingMaterial& material) {
  const std::size_t count = material.segments.size();
  if (count >= kFewestSegments && material.held_out_segments() >= static_cast<std::int64_t>(kFewestHeldOut)) return {};
  return fail(ErrorCode::not_enough_data,
              "there is too little normal sound: " + std::to_string(count) + " clip(s), " + std::to_string(std::lround(material.seconds())) + " s; training needs at least " +
                  std::to_string(kFewestSegments) + " clips, or one recording of 80 s, part of which is held out for calibration",
              {}, "record more normal sound: ten minutes make a good model");
}

// Keeps every row while there are few, else an even selection: the i-th of `total` is kept when it crosses a step of
// limit / total.
class EvenThinning {
 public:
  EvenThinning(std::int64_t total, std::int64_t limit) : total_(std::max<std::int64_t>(total, 1)), limit_(limit) {}
  bool keep() {
    const std::int64_t i = seen_++;
    return total_ <= limit_ || (i + 1) * limit_ / total_ != i * limit_ / total_;
  }

 private:
  std::int64_t total_, limit_, seen_ = 0;
};

class FeatureCollector {
 public:
  FeatureCollector(const Preset& preset, double seconds) : preset_(&preset) {
    const auto frames = static_cast<std::int64_t>(seconds / preset.frontend.seconds_per_frame());
    for (const DetectorConfig& detector : preset.detectors) {
      windows_.emplace_back(detector, preset.frontend);
      const bool samples = detector.input == Representation::waveform;
      thinning_.emplace_back(samples ? static_cast<std::int64_t>(seconds / step_seconds(detector, preset.frontend)) : frames / detector.step, detector.max_training_rows);
      wants_samples_ = wants_samples_ || samples;
      features_.rows.push_back({input_width(detector, preset.frontend), {}, {}});
    }
    features_.quietest_second = 1e9;
  }

  /// The levels of sound that was added say nothing of how loud the machine is: it may have been switched off in it.
  void begin_segment(std::int32_t number, bool levels) {
    segment_ = number;
    wants_levels_ = levels;
    frontend_.emplace(preset_->frontend);
    begin_stretch();
  }
  void push(std::span<const float> samples) {  // in slices, as in Scorer::push
    const std::size_t slice = wants_samples_ ? static_cast<std::size_t>(preset_->frontend.hop_length) : samples.size();
    for (; !samples.empty(); samples = samples.subspan(std::min(slice, samples.size()))) {
      const auto piece = samples.first(std::min(slice, samples.size()));
      for (FeatureWindow& window : windows_) window.push_samples(piece);
      frontend_->push(piece, [&](const FrameView& frame) { on_frame(frame); });
    }
  }
  void gap() {
    frontend_->reset(0);
    begin_stretch();
  }
  void end_segment() {
    for (std::size_t d = 0; d < windows_.size(); ++d)
      if (windows_[d].finish()) keep(d);
  }
  TrainingFeatures take() { return std::move(features_); }

 private:
  void begin_stretch() {
    for (FeatureWindow& window : windows_) window.reset();
    second_.clear();
  }
  void on_frame(const FrameView& frame) {
    if (wants_levels_) keep_level(frame.level_dbfs);
    for (std::size_t d = 0; d < windows_.size(); ++d)
      if (windows_[d].push(frame.log_mel)) keep(d);
  }
  void keep_level(float dbfs) {
    features_.frame_levels.push_back(dbfs);
    second_.push_back(std::pow(10.0, dbfs / 10.0));
    if (static_cast<double>(second_.size()) * preset_->frontend.seconds_per_frame() >= 1.0) {
      const double mean = std::accumulate(second_.begin(), second_.end(), 0.0) / static_cast<double>(second_.size());
      features_.quietest_second = std::min(features_.quietest_second, 10.0 * std::log10(std::max(mean, 1e-20)));
      second_.clear();
    }
  }
  void keep(std::size_t d) {
    if (!thinning_[d].keep()) return;
    const auto vector = windows_[d].vector();
    auto& values = features_.rows[d].values;
    values.insert(values.end(), vector.begin(), vector.end());
    features_.rows[d].groups.push_back(segment_);
  }

  const Preset* preset_;
  std::int32_t segment_ = 0;
  bool wants_samples_ = false;  // a detector looks at the waveform
  bool wants_levels_ = true;
  std::optional<LogMelFrontend> frontend_;
  std::vector<FeatureWindow> windows_;
  std::vector<EvenThinning> thinning_;
  std::vector<double> second_;
  TrainingFeatures features_;
};

}  // namespace

double TrainingMaterial::seconds() const {
  return std::accumulate(segments.begin(), segments.end(), 0.0, [](double sum, const Segment& s) { return sum + s.seconds; });
}

double TrainingMaterial::held_out_seconds() const {
  return std::accumulate(segments.begin(), segments.end(), 0.0, [](double sum, const Segment& s) { return s.fold >= 0 ? sum + s.seconds : sum; });
}

std::int64_t TrainingMaterial::held_out_segments() const {
  return std::count_if(segments.begin(), segments.end(), [](const Segment& s) { return s.fold >= 0; });
}

bool TrainingMaterial::trains(int fold, const Segment& segment) const {
  // Cross-fitting: the final model (fold == folds) trains on everything. One block: nobody trains on it.
  return folds > 1 ? segment.fold != fold : segment.fold < 0;
}

namespace {

// Sound that only trains: each clip whole, so that it counts once, and held out by no fold. The monitor keeps one channel of its
// events, at its own scale, whatever the other recordings are.
void add_normals(const TrainRequest& request, const JobControl& control, TrainingMaterial& material) {
  for (const Clip& clip : request.added) {
    const auto info = examined(clip.path, control);
    auto digest = info ? file_digest(clip.path) : Result<std::string>(tl::unexpected(info.error()));
    if (!digest) {
      material.skipped.push_back({clip.path, digest.error()});
      continue;
    }
    if (std::binary_search(material.digests.begin(), material.digests.end(), *digest)) continue;
    const int channel = info->channels == 1 ? 0 : request.live.channel.value_or(request.preset.channel);
    material.segments.push_back({clip.path, channel, 1.0, 0, info->frames, info->seconds(), -1, true});
    material.digests.insert(std::upper_bound(material.digests.begin(), material.digests.end(), *digest), *digest);
    material.added_digests.push_back(std::move(*digest));
  }
  std::sort(material.added_digests.begin(), material.added_digests.end());
}

}  // namespace

Result<TrainingMaterial> collect_material(const TrainRequest& request, const JobControl& control) {
  TrainingMaterial material;
  std::map<std::string, std::vector<Segment>> machines;
  for (std::size_t i = 0; i < request.clips.size(); ++i) {
    if (control.cancelled()) return fail(ErrorCode::cancelled, "training was interrupted; nothing was written");
    const Clip& clip = request.clips[i];
    const auto info = examined(clip.path, control);
    auto digest = info ? file_digest(clip.path) : Result<std::string>(tl::unexpected(info.error()));
    if (!digest) {
      material.skipped.push_back({clip.path, digest.error()});
      continue;
    }
    if (material.source_rate == 0) {
      material.source_rate = info->sample_rate;
      material.source_channels = info->channels;
    }
    material.digests.push_back(std::move(*digest));
    append_segments(*info, {clip.path, request.preset.channel, request.scale, 0, 0, 0.0, -1, false}, machines[clip.machine_key()]);
  }
  if (machines.empty() && !material.skipped.empty()) return tl::unexpected(material.skipped.front().error);
  std::sort(material.digests.begin(), material.digests.end());
  hold_out(machines, request.preset.calibration, material);
  AUSCULT_TRY(enough(material));
  add_normals(request, control, material);
  return material;
}

Result<TrainingFeatures> extract_features(const TrainRequest& request, const TrainingMaterial& material, const JobControl& control) {
  FeatureCollector collector(request.preset, material.seconds());
  const AdapterSink sink{[&](std::span<const float> samples) { collector.push(samples); }, [&](std::int64_t) { collector.gap(); }};
  std::uint64_t done = 0, samples = 0, invalid = 0;
  for (const Segment& segment : material.segments) {
    InputAdapter adapter({request.preset.frontend.sample_rate, segment.channel, segment.scale});
    collector.begin_segment(static_cast<std::int32_t>(done), !segment.added);
    AUSCULT_TRY(read_through_adapter({segment.path, segment.first_frame, segment.frames}, adapter, sink, control.cancel));
    collector.end_segment();
    samples += adapter.samples();
    invalid += adapter.invalid();
    control.report({"reading", ++done, material.segments.size(), "clips", std::nan("")});
  }
  TrainingFeatures features = collector.take();
  if (features.frame_levels.empty() && invalid > 0)
    return fail(ErrorCode::invalid_samples, std::to_string(invalid) + " of " + std::to_string(samples) + " samples are not finite or larger than 8: no usable stretch is left", {},
                "record again; for integers stored as float try --scale 3.0517578125e-05 (1/32768)");
  return features;
}

}  // namespace auscult
