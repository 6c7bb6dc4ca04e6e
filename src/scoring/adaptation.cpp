#include "scoring/adaptation.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "audio/audio_file.h"
#include "model/local_density.h"
#include "model/neighbour_memory.h"
#include "scoring/clip_score.h"
#include "scoring/feature_stream.h"
#include "scoring/file_blocks.h"

namespace auscult {
namespace {

constexpr std::size_t kMostRows = 500;        // of the new state, in each memory
constexpr std::size_t kMostReferences = 300;  // of the old states, for detectors that keep no vectors of their own
constexpr std::size_t kMostOfClip = 1000;     // vectors of one detector from one clip
constexpr std::size_t kFewestVectors = 4;     // of the statistics of windows
constexpr double kUpper = 0.9;                // quantile
// What is usual in the new state is raised by this many deviations of its energies, and its spacing by this share:
// tried in turn until clips that an adaptation has not seen are normal as often as promised.
constexpr double kMargins[] = {0.0, 0.5, 1.0, 2.0, 4.0};
constexpr double kMarginOfOne = 1.0;  // with a single clip there is nothing to choose by
constexpr std::size_t kFolds = 10;    // of the clips, to judge the adaptation

// The feature vectors of one clip at which the machine ran, and its levels.
struct ClipVectors {
  std::size_t clip = 0;                  // index into AdaptRequest::clips
  std::vector<std::vector<float>> rows;  // per detector, row-major
  std::vector<float> levels;             // dBFS, of frames
  SoundFacts sound;
};

// Keeps rows of a stream evenly, at most twice `limit` of them at any time.
class EvenRows {
 public:
  void add(std::span<const float> row, std::vector<float>& rows) {
    if (seen_++ % every_ != 0) return;
    rows.insert(rows.end(), row.begin(), row.end());
    if (rows.size() < 2 * kMostOfClip * row.size()) return;
    for (std::size_t i = 1; i < kMostOfClip; ++i)
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(2 * i * row.size()), row.size(),
                  rows.begin() + static_cast<std::ptrdiff_t>(i * row.size()));
    rows.resize(kMostOfClip * row.size());
    every_ *= 2;
  }

 private:
  std::size_t every_ = 1, seen_ = 0;
};

struct StateRows {
  std::vector<double> values;        // standardized, row-major
  std::vector<std::int32_t> groups;  // the clip of each
};

Result<ClipVectors> read_clip(const AdaptRequest& request, std::size_t clip, const JobControl& control) {
  const Model& model = *request.model;
  const std::filesystem::path& path = request.clips[clip].path;
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  const int channel = reader.info().channels == 1 ? 0 : model.preset.channel;
  FeatureStream stream(model.preset.frontend, model.preset.detectors,
                       {.channel = channel, .scale = request.scale, .off_dbfs = model.level.off_dbfs});
  ClipVectors vectors{clip, {}, {}, {}};
  vectors.rows.resize(model.detectors.size());
  std::vector<EvenRows> even(model.detectors.size());
  FeatureSink sink;
  sink.hop = [&](const FeatureHop& hop) {
    if (!hop.running) return;
    if (hop.frame) vectors.levels.push_back(hop.frame->level_dbfs);
    for (const FeatureVector& vector : hop.vectors) {
      const auto d = static_cast<std::size_t>(vector.detector);
      even[d].add(vector.values, vectors.rows[d]);
    }
  };
  AUSCULT_TRY(read_blocks(reader, path, std::nullopt, control.cancel, [&](const FileBlock& block) {
    return stream.push(block.interleaved, block.channels, block.sample_rate, 0, sink);
  }));
  stream.finish(sink);
  vectors.sound = stream.facts();
  return vectors;
}

// The channel of a recording that the model hears.
int channel_of(const Model& model, const SoundFacts& sound) {
  return sound.channels.size() == 1 ? 0 : model.preset.channel;
}

// Why a clip cannot teach anything: its channel has no sound, it lacks the model's frequencies, or no window of it has
// a running machine.
std::optional<Error> unusable(const Model& model, const ClipVectors& clip, const std::filesystem::path& path,
                              std::size_t reference) {
  for (const OddSound& odd : odd_sound(clip.sound, channel_of(model, clip.sound), &model))
    if (odd.kind == SoundOddity::silent || odd.kind == SoundOddity::dead_channel || odd.kind == SoundOddity::rate)
      return Error{ErrorCode::bad_input, odd.title, path.string(), odd.advice};
  if (!clip.rows[reference].empty()) return std::nullopt;
  if (clip.levels.empty())
    return Error{ErrorCode::bad_input,
                 "the machine does not run in it: it does not reach " +
                     std::to_string(std::lround(model.level.off_dbfs)) + " dBFS",
                 path.string(),
                 "record it while it runs; if this state is so quiet, train a model with sound of both states"};
  return Error{ErrorCode::too_short, "is too short for a window of the model", path.string(),
               "give recordings of ten seconds"};
}

// The detector whose kept vectors show which states the model knows: statistics of windows.
std::optional<std::size_t> reference_detector(const Model& model) {
  for (std::size_t d = 0; d < model.detectors.size(); ++d) {
    const Detector& detector = model.detectors[d];
    if (detector.config.input == Representation::summary && (detector.memory || detector.local)) return d;
  }
  return std::nullopt;
}

const std::vector<double>& kept_rows(const Detector& detector) {
  return detector.memory ? detector.memory->memory().rows() : detector.local->memory().rows();
}

// Whether reference vectors can stand for vectors of this detector.
bool comparable(const Detector& detector, const Detector& reference, int n_mels) {
  if (detector.config.input == Representation::summary) return detector.width == reference.width;
  return detector.config.input != Representation::waveform && detector.width % n_mels == 0;
}

// Raw reference vectors (statistics, first the mean of each band) as standardized vectors of another detector: the same
// statistics, or frames that all equal the mean.
std::vector<double> as_vectors_of(const Detector& detector, std::span<const float> references, int reference_width,
                                  int n_mels) {
  if (detector.config.input == Representation::summary) return detector.standardized(references);
  const auto width = static_cast<std::size_t>(detector.width), stride = static_cast<std::size_t>(reference_width),
             bands = static_cast<std::size_t>(n_mels);
  std::vector<float> raw;
  for (std::size_t begin = 0; begin < references.size(); begin += stride)
    for (std::size_t i = 0; i < width; ++i) raw.push_back(references[begin + i % bands]);
  return detector.standardized(raw);
}

std::vector<float> raw_rows(const Detector& detector, std::span<const double> standardized) {
  const auto width = static_cast<std::size_t>(detector.width);
  std::vector<float> raw;
  for (std::size_t i = 0; i < standardized.size(); ++i)
    raw.push_back(static_cast<float>(standardized[i] * detector.scale[i % width] + detector.mean[i % width]));
  return raw;
}

// At most `limit` of the rows, chosen to cover them.
template <class T>
std::vector<T> rows_at(std::span<const T> values, std::size_t width, std::span<const std::size_t> chosen) {
  std::vector<T> kept;
  for (const std::size_t row : chosen) {
    const auto from = values.subspan(row * width, width);
    kept.insert(kept.end(), from.begin(), from.end());
  }
  return kept;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double upper_value(const std::vector<double>& sorted) {
  return sorted[static_cast<std::size_t>(kUpper * static_cast<double>(sorted.size() - 1))];
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// How far the energies lie above usual ones (ascending): by mean and by upper quantile, whichever is more, because
// those of a state that the networks do not know also scatter more; and `margin` of their deviations. Not below 0.
double level_above(std::vector<double> energies, const std::vector<double>& usual, double margin) {
  if (energies.empty() || usual.empty()) return 0.0;
  std::sort(energies.begin(), energies.end());
  const double above = std::max(mean_of(energies) - mean_of(usual), upper_value(energies) - upper_value(usual));
  return std::max(0.0, above + margin * deviation_of(energies));
}

void raise(std::vector<double>& energies, double margin) {
  const double by = margin * deviation_of(energies);
  for (double& energy : energies) energy += by;
}

// Adds the vectors of some clips to the detectors of a model.
class Adaptation {
 public:
  Adaptation(const Model& model, std::size_t reference) : model_(model), reference_(reference) {}

  std::shared_ptr<Model> with(const std::vector<const ClipVectors*>& clips, double margin) const {
    auto adapted = std::make_shared<Model>(model_);
    for (std::size_t d = 0; d < adapted->detectors.size(); ++d) {
      Detector& detector = adapted->detectors[d];
      if (detector.memory || detector.local)
        extend(detector, rows_of(d, clips), margin);
      else if (comparable(detector, model_.detectors[reference_], model_.preset.frontend.n_mels))
        add_state(detector, d, clips, margin);
    }
    return adapted;
  }

 private:
  // The detector's own vectors, standardized; with a single clip, its halves count as two.
  StateRows rows_of(std::size_t d, const std::vector<const ClipVectors*>& clips) const {
    const Detector& detector = model_.detectors[d];
    const auto width = static_cast<std::size_t>(detector.width);
    StateRows all;
    for (const ClipVectors* clip : clips) {
      const std::vector<double> values = detector.standardized(clip->rows[d]);
      const std::size_t count = values.size() / width;
      all.values.insert(all.values.end(), values.begin(), values.end());
      for (std::size_t i = 0; i < count; ++i)
        all.groups.push_back(static_cast<std::int32_t>(clips.size() > 1 ? clip->clip : i >= count / 2));
    }
    const std::vector<std::size_t> chosen = covering_rows(all.values, detector.width, kMostRows);
    return {rows_at(std::span<const double>(all.values), width, chosen),
            rows_at(std::span<const std::int32_t>(all.groups), 1, chosen)};
  }

  void extend(Detector& detector, const StateRows& rows, double margin) const {
    if (detector.memory) {
      detector.memory =
          std::make_shared<const NeighbourMemory>(detector.memory->with(rows.values, rows.groups, 1.0 + margin));
      return;
    }
    const std::vector<float> raw = raw_rows(detector, rows.values);
    std::vector<Energies> trained(rows.groups.size()), untrained(rows.groups.size());
    detector.energies(raw, trained);
    detector.untrained_energies(raw, untrained);
    std::vector<double> energies, untrained_energies;
    for (const Energies& e : trained) energies.push_back(e.of(detector.config.energy));
    for (const Energies& e : untrained) untrained_energies.push_back(e.of(detector.config.energy));
    raise(energies, margin);
    raise(untrained_energies, margin);
    detector.local =
        std::make_shared<const LocalDensity>(detector.local->with(rows.values, energies, untrained_energies));
  }

  // A detector that keeps no vectors: those of the reference detector tell the states apart.
  void add_state(Detector& detector, std::size_t d, const std::vector<const ClipVectors*>& clips, double margin) const {
    const Detector& reference = model_.detectors[reference_];
    const auto mapped = [&](std::span<const float> raw) {
      return as_vectors_of(detector, raw, reference.width, model_.preset.frontend.n_mels);
    };
    if (!detector.states) {
      const std::vector<double>& kept = kept_rows(reference);
      const auto chosen = covering_rows(kept, reference.width, kMostReferences);
      const auto old = rows_at(std::span<const double>(kept), static_cast<std::size_t>(reference.width), chosen);
      const std::vector<double> none(chosen.size(), 0.0);
      detector.states = std::make_shared<const LocalDensity>(
          VectorMemory(mapped(raw_rows(reference, old)), {}, detector.width), none, none, kStateSearch.neighbours);
    }
    const StateRows rows = rows_of(reference_, clips);
    const auto [energy, untrained] = excess(d, clips, margin);
    const std::vector<double> energies(rows.groups.size(), energy), of_untrained(rows.groups.size(), untrained);
    detector.states = std::make_shared<const LocalDensity>(
        detector.states->with(mapped(raw_rows(reference, rows.values)), energies, of_untrained));
  }

  // By how much the energies of the clips are above those of held-out sound, trained and untrained; not below 0.
  std::pair<double, double> excess(std::size_t d, const std::vector<const ClipVectors*>& clips, double margin) const {
    const Detector& detector = model_.detectors[d];
    std::vector<double> trained, untrained;
    for (const ClipVectors* clip : clips) {
      std::vector<Energies> energies(clip->rows[d].size() / static_cast<std::size_t>(detector.width));
      detector.energies(clip->rows[d], energies);
      for (const Energies& e : energies) trained.push_back(e.of(detector.config.energy));
      detector.untrained_energies(clip->rows[d], energies);
      for (const Energies& e : energies) untrained.push_back(e.of(detector.config.energy));
    }
    return {level_above(std::move(trained), detector.window_calibration.quantiles(), margin),
            level_above(std::move(untrained), detector.untrained_clip_calibration.quantiles(), margin)};
  }

  const Model& model_;
  std::size_t reference_;
};

// The clips that the model does not know, each once.
std::vector<std::size_t> new_clips(const AdaptRequest& request, std::vector<std::filesystem::path>& known) {
  const TrainingInfo& training = request.model->training;
  std::set<std::string> seen(training.file_digests.begin(), training.file_digests.end());
  seen.insert(training.adapted_digests.begin(), training.adapted_digests.end());
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < request.clips.size(); ++i) {
    if (seen.insert(request.clips[i].digest).second)
      fresh.push_back(i);
    else
      known.push_back(request.clips[i].path);
  }
  return fresh;
}

Status enough(const Model& model, const std::vector<ClipVectors>& clips, std::size_t reference) {
  std::size_t vectors = 0;
  for (const ClipVectors& clip : clips)
    vectors += clip.rows[reference].size() / static_cast<std::size_t>(model.detectors[reference].width);
  if (vectors >= kFewestVectors) return {};
  return fail(ErrorCode::too_short, "there are only " + std::to_string(vectors) + " windows of sound", {},
              "give at least ten seconds in which the machine runs");
}

void widen_levels(const std::vector<ClipVectors>& clips, LevelRange& range) {
  std::vector<float> levels;
  for (const ClipVectors& clip : clips) levels.insert(levels.end(), clip.levels.begin(), clip.levels.end());
  std::sort(levels.begin(), levels.end());
  const auto at = [&](double q) {
    return levels[static_cast<std::size_t>(q * static_cast<double>(levels.size() - 1))];
  };
  range.low_dbfs = std::min(range.low_dbfs, at(0.01));
  range.high_dbfs = std::max(range.high_dbfs, at(0.99));
}

using Clips = std::vector<ClipVectors>;

// Scores clips with models that were adapted to the clips of the other folds.
Status score_unseen(const AdaptRequest& request, const Adaptation& adaptation, const Clips& clips, double margin,
                    const JobControl& control, std::vector<AdaptEffect>& effects) {
  const ScoreFileOptions options{.scale = request.scale, .cancel = control.cancel};
  const std::size_t folds = std::min(kFolds, clips.size());
  for (std::size_t fold = 0; fold < folds; ++fold) {
    if (control.cancelled()) return fail(ErrorCode::cancelled, "interrupted");
    std::vector<const ClipVectors*> others;
    for (std::size_t i = 0; i < clips.size(); ++i)
      if (i % folds != fold) others.push_back(&clips[i]);
    const std::shared_ptr<const Model> adapted = adaptation.with(others, margin);
    for (std::size_t i = fold; i < clips.size(); i += folds) {
      AUSCULT_TRY_ASSIGN(const ClipScore after, score_file(adapted, effects[i].path, options));
      effects[i].after = after.score;
    }
    control.report({.stage = "judging the adaptation", .done = fold + 1, .total = folds, .unit = "steps"});
  }
  return {};
}

// The effects of an adaptation on clips that it has not seen, with the smallest margin that keeps the promised rate of
// false alarms, or else with the smallest one that flags the fewest clips: a clip that does not belong to the others
// must not blind the model.
Status judge(const AdaptRequest& request, const Adaptation& adaptation, const Clips& clips, const JobControl& control,
             AdaptOutcome& outcome) {
  const ScoreFileOptions options{.scale = request.scale, .cancel = control.cancel};
  const double threshold = request.model->clip_threshold;
  for (const ClipVectors& clip : clips) {
    const auto& path = request.clips[clip.clip].path;
    AUSCULT_TRY_ASSIGN(const ClipScore before, score_file(request.model, path, options));
    outcome.effects.push_back({path, before.score, std::numeric_limits<double>::quiet_NaN()});
  }
  if (clips.size() < 2) {
    outcome.margin = kMarginOfOne;
    return {};
  }
  const double allowed = request.model->preset.calibration.clip_false_alarm_rate * static_cast<double>(clips.size());
  std::size_t fewest = clips.size() + 1;
  for (const double margin : kMargins) {
    std::vector<AdaptEffect> effects = outcome.effects;
    AUSCULT_TRY(score_unseen(request, adaptation, clips, margin, control, effects));
    const auto flagged = static_cast<std::size_t>(std::count_if(
        effects.begin(), effects.end(), [&](const AdaptEffect& effect) { return effect.after > threshold; }));
    if (flagged >= fewest) continue;
    fewest = flagged;
    outcome.effects = std::move(effects);
    outcome.margin = margin;
    outcome.promise_kept = static_cast<double>(flagged) <= allowed;
    if (outcome.promise_kept) break;
  }
  return {};
}

}  // namespace

Result<AdaptOutcome> adapt_model(const AdaptRequest& request, const JobControl& control) {
  const auto reference = reference_detector(*request.model);
  if (!reference)
    return fail(ErrorCode::model_mismatch,
                "a model of the preset " + request.model->preset.name + " keeps no windows of its training sound", {},
                "train a model with the old and the new recordings together");
  AdaptOutcome outcome;
  const std::vector<std::size_t> fresh = new_clips(request, outcome.known);
  if (fresh.empty())
    return fail(ErrorCode::bad_input, "the model has already learned all of this sound", {},
                "name recordings of the new state that it has not learned yet");
  std::vector<ClipVectors> clips;
  std::uint64_t read = 0;
  for (const std::size_t clip : fresh) {
    const auto& path = request.clips[clip].path;
    auto vectors = read_clip(request, clip, control);
    if (!vectors && vectors.error().code == ErrorCode::cancelled) return tl::unexpected(vectors.error());
    control.report({.stage = "reading", .done = ++read, .total = fresh.size(), .unit = "clips"});
    const auto reason = vectors ? unusable(*request.model, *vectors, path, *reference) : vectors.error();
    if (reason) {
      outcome.left_out.push_back(*reason);
      continue;
    }
    outcome.sound.add(path.string(), vectors->sound,
                      odd_sound(vectors->sound, channel_of(*request.model, vectors->sound), request.model.get()));
    clips.push_back(std::move(*vectors));
  }
  if (clips.empty()) return tl::unexpected(outcome.left_out.front());
  AUSCULT_TRY(enough(*request.model, clips, *reference));
  const Adaptation adaptation(*request.model, *reference);
  std::vector<const ClipVectors*> all;
  for (const ClipVectors& clip : clips) all.push_back(&clip);
  AUSCULT_TRY(judge(request, adaptation, clips, control, outcome));
  const std::shared_ptr<Model> model = adaptation.with(all, outcome.margin);
  widen_levels(clips, model->level);
  auto& digests = model->training.adapted_digests;
  for (const ClipVectors& clip : clips) digests.push_back(request.clips[clip.clip].digest);
  std::sort(digests.begin(), digests.end());
  outcome.model = model;
  return outcome;
}

}  // namespace auscult
