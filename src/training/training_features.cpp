#include "training_features.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <utility>

#include "audio/audio_file.h"
#include "dsp/level_meter.h"
#include "scoring/clip_score.h"
#include "scoring/feature_stream.h"
#include "scoring/file_blocks.h"

namespace auscult {
namespace {

// Keeps every row if there are few, otherwise an even selection: the i-th of `total` is kept when it crosses a step of
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
      const bool samples = detector.input == Representation::waveform;
      thinning_.emplace_back(samples ? static_cast<std::int64_t>(seconds / step_seconds(detector, preset.frontend))
                                     : frames / detector.step,
                             detector.max_training_rows);
      wants_samples_ = wants_samples_ || samples;
      features_.rows.push_back({input_width(detector, preset.frontend), {}, {}});
    }
  }

  /// The sink of segment `number`. The levels of added sound do not count, because the machine may have been off.
  FeatureSink begin_segment(std::size_t number, const SourceFile& file, const Segment& segment) {
    segment_ = static_cast<std::int32_t>(number);
    wants_levels_ = !file.added;
    keeps_ = segment.held_out();
    second_.clear();
    features_.held_out.resize(number);
    features_.held_out.emplace_back();
    FeatureSink sink;
    sink.hop = [this](const FeatureHop& hop) { on_hop(hop); };
    sink.gap = [this](std::int64_t) { on_gap(); };
    if (keeps_ && wants_samples_)
      sink.samples = [this](std::span<const float> samples) { features_.held_out.back().add_samples(samples); };
    return sink;
  }

  /// Where a file begins, so that everything after it can be undone.
  struct Mark {
    std::vector<EvenThinning> thinning;
    std::vector<std::size_t> rows;
    std::size_t levels = 0, held_out = 0, seconds = 0;
  };
  Mark mark() const {
    Mark mark{thinning_, {}, features_.frame_levels.size(), features_.held_out.size(), features_.second_levels.size()};
    for (const FeatureMatrix& rows : features_.rows) mark.rows.push_back(rows.groups.size());
    return mark;
  }
  void take_back(const Mark& mark) {
    thinning_ = mark.thinning;
    features_.frame_levels.resize(mark.levels);
    features_.held_out.resize(mark.held_out);
    features_.second_levels.resize(mark.seconds);
    for (std::size_t d = 0; d < mark.rows.size(); ++d) {
      features_.rows[d].groups.resize(mark.rows[d]);
      features_.rows[d].values.resize(mark.rows[d] * static_cast<std::size_t>(features_.rows[d].width));
    }
  }
  TrainingFeatures take() { return std::move(features_); }

 private:
  void on_hop(const FeatureHop& hop) {
    if (hop.frame) {
      if (wants_levels_) keep_level(hop.frame->level_dbfs);
      if (keeps_) features_.held_out.back().add_frame(*hop.frame);
    }
    for (const FeatureVector& vector : hop.vectors) keep(static_cast<std::size_t>(vector.detector), vector.values);
  }
  void on_gap() {
    second_.clear();
    if (keeps_) features_.held_out.back().add_gap();
  }
  void keep_level(float dbfs) {
    // Digital silence is a dropout, not a quiet machine: the seconds around it have no level.
    if (dbfs <= kSilenceDbfs) {
      second_.clear();
      return;
    }
    features_.frame_levels.push_back(dbfs);
    second_.push_back(std::pow(10.0, dbfs / 10.0));
    if (static_cast<double>(second_.size()) * preset_->frontend.seconds_per_frame() >= 1.0) {
      const double mean = std::accumulate(second_.begin(), second_.end(), 0.0) / static_cast<double>(second_.size());
      features_.second_levels.push_back(static_cast<float>(10.0 * std::log10(std::max(mean, 1e-20))));
      second_.clear();
    }
  }
  void keep(std::size_t d, std::span<const float> vector) {
    if (!thinning_[d].keep()) return;
    auto& values = features_.rows[d].values;
    values.insert(values.end(), vector.begin(), vector.end());
    features_.rows[d].groups.push_back(segment_);
  }

  const Preset* preset_;
  std::int32_t segment_ = 0;
  bool wants_samples_ = false;  // a detector uses the waveform
  bool wants_levels_ = true, keeps_ = false;
  std::vector<EvenThinning> thinning_;
  std::vector<double> second_;
  TrainingFeatures features_;
};

// Reads the files of a material one by one.
class MaterialReader {
 public:
  MaterialReader(const TrainRequest& request, TrainingMaterial& material, const JobControl& control)
      : request_(request),
        material_(material),
        control_(control),
        collector_(request.preset, material.seconds()),
        decoded_(material.counted_frames) {}

  Result<TrainingFeatures> read() {
    while (next_ < material_.segments.size()) {
      const std::size_t begin = next_;
      const FeatureCollector::Mark mark = collector_.mark();
      if (const Status status = read_file(); !status) {
        const ErrorCode code = status.error().code;
        if (code == ErrorCode::cancelled || code == ErrorCode::bad_input) return tl::unexpected(status.error());
        collector_.take_back(mark);
        leave_out(begin, status.error());
      }
    }
    if (material_.segments.empty() && !material_.skipped.empty())
      return tl::unexpected(material_.skipped.front().error);
    AUSCULT_TRY(enough(material_));
    TrainingFeatures features = collector_.take();
    features.decoded_frames = decoded_;
    features.sound = std::move(sound_);
    if (features.frame_levels.empty() && input_.invalid > 0) return tl::unexpected(no_usable_sound(input_, {}));
    return features;
  }

 private:
  // Reads all segments of the next file, from its beginning to its end.
  Status read_file() {
    const std::size_t file = material_.segments[next_].file;
    AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(material_.files[file].path));
    meter_ = SoundMeter(material_.files[file].scale);
    while (next_ < material_.segments.size() && material_.segments[next_].file == file) {
      AUSCULT_TRY_ASSIGN(const std::int64_t frames, read_segment(reader));
      Segment& segment = material_.segments[next_];
      segment.frames = frames;
      segment.seconds = static_cast<double>(frames) / reader.info().sample_rate;
      if (frames == 0) {
        material_.segments.erase(material_.segments.begin() + static_cast<std::ptrdiff_t>(next_));
        continue;
      }
      control_.report({.stage = stage::kReading, .done = ++next_, .total = material_.segments.size(), .unit = "clips"});
    }
    sound_.push_back(describe(file));
    return {};
  }

  FileSound describe(std::size_t file) const {
    FileSound sound{file, meter_.facts(), {}};
    sound.odd = odd_sound(sound.facts, material_.files[file].channel, nullptr);
    const double needed = shortest_clip_seconds(request_.preset);
    char title[96];
    std::snprintf(title, sizeof title, "%.2f s are too short: the model learns from at least %.2f s.",
                  sound.facts.seconds(), needed);
    if (sound.facts.seconds() < needed) sound.odd.push_back({SoundOddity::too_short, title, "Record longer clips."});
    return sound;
  }

  Result<std::int64_t> read_segment(AudioFileReader& reader) {
    const Segment& segment = material_.segments[next_];
    const SourceFile& file = material_.files[segment.file];
    FeatureStream stream(request_.preset.frontend, request_.preset.detectors,
                         {.channel = file.channel, .scale = file.scale});
    const FeatureSink sink = collector_.begin_segment(next_, file, segment);
    const bool last = next_ + 1 == material_.segments.size() || material_.segments[next_ + 1].file != segment.file;
    const auto wanted = last ? std::optional<std::int64_t>() : segment.frames;
    AUSCULT_TRY_ASSIGN(const std::int64_t frames,
                       read_blocks(reader, file.path, wanted, control_.cancel, [&](const FileBlock& block) {
                         decoded_ += static_cast<std::int64_t>(block.interleaved.size()) / block.channels;
                         meter_.push(block.interleaved, block.channels, block.sample_rate);
                         return stream.push(block.interleaved, block.channels, block.sample_rate, 0, sink);
                       }));
    stream.finish(sink);
    input_.add(stream.input());
    return frames;
  }

  void leave_out(std::size_t begin, const Error& error) {
    const std::size_t file = material_.segments[begin].file;
    material_.files[file].usable = false;
    material_.skipped.push_back({material_.files[file].path, error});
    std::erase_if(material_.segments, [file](const Segment& segment) { return segment.file == file; });
    next_ = begin;
  }

  const TrainRequest& request_;
  TrainingMaterial& material_;
  const JobControl& control_;
  FeatureCollector collector_;
  InputCounts input_;
  SoundMeter meter_;
  std::vector<FileSound> sound_;
  std::int64_t decoded_;
  std::size_t next_ = 0;  // segment
};

}  // namespace

Result<TrainingFeatures> read_features(const TrainRequest& request, TrainingMaterial& material,
                                       const JobControl& control) {
  return MaterialReader(request, material, control).read();
}

}  // namespace auscult
