#include "training/train_job.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "base/processors.h"
#include "base/worker.h"
#include "dataset/split.h"
#include "frontend_choice.h"
#include "held_out.h"
#include "model/controls.h"
#include "training/control_fit.h"
#include "training_features.h"
#include "training_material.h"

namespace auscult {
namespace {

// A machine this far below its quietest second in training is off.
constexpr double kOffMarginDb = 10.0;

// Seconds so far below the median are dropouts or a machine that stands still, not a running one.
constexpr double kQuietestBelowMedianDb = 40.0;

// The level of the quietest second in which the machine ran.
double quietest_running(TrainingFeatures& features) {
  auto& seconds = features.second_levels;
  if (seconds.empty()) return features.frame_levels.front();
  std::sort(seconds.begin(), seconds.end());
  const float lowest = seconds[seconds.size() / 2] - static_cast<float>(kQuietestBelowMedianDb);
  return *std::lower_bound(seconds.begin(), seconds.end(), lowest);
}

LevelRange level_range(TrainingFeatures& features) {
  auto& levels = features.frame_levels;
  std::sort(levels.begin(), levels.end());
  const auto at = [&](double q) {
    return levels[static_cast<std::size_t>(q * static_cast<double>(levels.size() - 1))];
  };
  return {at(0.01), at(0.99), static_cast<float>(quietest_running(features) - kOffMarginDb)};
}

TrainingInfo describe(const TrainRequest& request, const TrainingMaterial& material) {
  TrainingInfo info;
  info.machine = request.machine;
  info.clips = static_cast<std::int64_t>(material.segments.size());
  info.held_out_clips = material.held_out_segments();
  info.held_out_seconds = material.held_out_seconds();
  info.seconds = material.seconds();
  const SourceFile* first = material.first_file();
  info.source_rate = request.live.sample_rate > 0 || !first ? request.live.sample_rate : first->sample_rate;
  info.source_channels = request.live.channels > 0 || !first ? request.live.channels : first->channels;
  info.device = request.device;
  info.seed = request.seed;
  info.file_digests = material.digests();
  info.added_digests = material.added_digests();
  std::string all;
  for (const std::string& digest : info.file_digests) all += digest + "\n";
  info.digest = text_digest(all);
  info.tool_version = AUSCULT_VERSION;
  return info;
}

// Combines the progress of several detectors that are trained in parallel.
class SharedProgress {
 public:
  /// Training i is of detector i % detectors.
  SharedProgress(std::size_t trainings, const TrainRequest& request, const JobControl& control)
      : request_(request), detectors_(request.preset.detectors.size()), latest_(trainings), control_(control) {}
  JobControl for_training(std::size_t d) {
    return {[this, d](const Progress& progress) { update(d, progress); }, control_.cancel};
  }

 private:
  void update(std::size_t d, const Progress& progress) {
    std::lock_guard lock(mutex_);
    latest_[d] = progress;
    if (request_.on_loss && std::isfinite(progress.loss))
      request_.on_loss({.detector = request_.preset.detectors[d % detectors_].name,
                        .model = static_cast<int>(d / detectors_),
                        .step = progress.done,
                        .loss = progress.loss});
    Progress sum{.stage = stage::kTraining, .unit = "steps", .loss = progress.loss};
    for (std::size_t i = 0; i < latest_.size(); ++i) {
      sum.done += latest_[i].done;
      sum.total += expected_total(i);
    }
    control_.report(sum);
  }
  // A training that has not started is expected to take as long as the detector's others.
  std::uint64_t expected_total(std::size_t i) const {
    std::uint64_t total = latest_[i].total;
    for (std::size_t other = i % detectors_; total == 0 && other < latest_.size(); other += detectors_)
      total = latest_[other].total;
    return total;
  }
  std::mutex mutex_;
  const TrainRequest& request_;
  std::size_t detectors_;
  std::vector<Progress> latest_;
  const JobControl& control_;
};

// The rows of the segments on which the model of `fold` trains.
FeatureMatrix rows_for(const FeatureMatrix& all, const TrainingMaterial& material, int fold) {
  FeatureMatrix rows{all.width, {}, {}};
  for (std::size_t i = 0; i < all.groups.size(); ++i) {
    if (!material.trains(fold, material.segments[static_cast<std::size_t>(all.groups[i])])) continue;
    const auto begin = all.values.begin() + static_cast<std::ptrdiff_t>(i) * all.width;
    rows.values.insert(rows.values.end(), begin, begin + all.width);
    rows.groups.push_back(all.groups[i]);
  }
  return rows;
}

TrainingSize size_of(const FeatureMatrix& rows, const TrainingMaterial& material) {
  return {
      .width = rows.width, .vectors = rows.rows(), .recordings = static_cast<std::int64_t>(material.segments.size())};
}

// Trains every detector of every model (the folds' in order, then the final one), `request.threads` at a time.
Status train_models(const TrainRequest& request, const TrainingMaterial& material, const TrainingFeatures& features,
                    const JobControl& control, const std::vector<std::shared_ptr<Model>>& models,
                    std::vector<TrainingReport>& reports) {
  const auto& configs = models.back()->preset.detectors;
  const std::size_t count = models.size() * configs.size();
  std::vector<Result<Detector>> trained(count, fail(ErrorCode::internal, "not trained"));
  reports.resize(configs.size());
  SharedProgress progress(count, request, control);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      const std::size_t d = i % configs.size();
      // Without cross-fitting there is only one model, and its number does not matter.
      const int fold = models.size() == 1 ? material.folds : static_cast<int>(i / configs.size());
      TrainingReport* report = i / configs.size() + 1 == models.size() ? &reports[d] : nullptr;
      try {
        const FeatureMatrix rows = rows_for(features.rows[d], material, fold);
        trained[i] = train_detector(configs[d], rows, request.seed, progress.for_training(i), report,
                                    report ? Densities::all : Densities::reported);
        if (report) report->amount = amount_note(request.preset.detectors[d], size_of(rows, material));
        // A control that cannot be fitted is left out of tables; the model is unaffected.
        if (trained[i] && report && d == control_detector(request.preset))
          static_cast<void>(fit_controls(*trained[i], rows, request.seed));
      } catch (const std::exception& failure) {
        trained[i] = fail(ErrorCode::internal, std::string("training failed: ") + failure.what(), {},
                          "please report this with the command line");
      }
    }
  };
  run_side_by_side("train", request.threads, work);
  for (std::size_t i = 0; i < count; ++i) {
    if (!trained[i]) return tl::unexpected(trained[i].error());
    models[i / configs.size()]->detectors.push_back(std::move(*trained[i]));
  }
  return {};
}

bool has_no_sound(const FileSound& sound) {
  return std::any_of(sound.odd.begin(), sound.odd.end(), [](const OddSound& odd) {
    return odd.kind == SoundOddity::silent || odd.kind == SoundOddity::dead_channel;
  });
}

// A model of dither would call every sound of the machine abnormal.
Status check_sound(const TrainingMaterial& material, const TrainRequest& request, const TrainingFeatures& features,
                   SoundReport& report) {
  std::size_t silent = 0, all = 0;
  const FileSound* first_silent = nullptr;
  for (const FileSound& sound : features.sound) {
    const SourceFile& file = material.files[sound.file];
    if (file.added) continue;
    ++all;
    report.add(file.path.string(), sound.facts, sound.odd);
    if (!has_no_sound(sound) || request.preset.channel == kMeanOfChannels) continue;
    if (silent++ == 0) first_silent = &sound;
  }
  if (silent == 0 || silent < all) return {};
  return fail(ErrorCode::bad_input,
              "no recording has sound in the channel that trains: " + first_silent->odd.front().title,
              material.files[first_silent->file].path.string(), first_silent->odd.front().advice);
}

}  // namespace

Result<TrainOutcome> train_model(const TrainRequest& asked, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(TrainingMaterial material, collect_material(asked, control));
  TrainRequest request = asked;
  if (request.threads <= 0) request.threads = available_processors();
  AUSCULT_TRY(choose_frontend(material, request));
  AUSCULT_TRY_ASSIGN(TrainingFeatures features, read_features(request, material, control));
  TrainOutcome outcome;
  AUSCULT_TRY(check_sound(material, request, features, outcome.sound));
  if (features.frame_levels.empty())
    return fail(
        ErrorCode::too_short,
        "the recordings are too short for one frame of " + std::to_string(request.preset.frontend.n_fft) + " samples",
        {}, "use longer recordings");

  auto model = std::make_shared<Model>();
  model->purpose = request.purpose;
  model->preset = request.preset;
  for (std::size_t d = 0; d < model->preset.detectors.size(); ++d)
    model->preset.detectors[d] = for_amount(model->preset.detectors[d], size_of(features.rows[d], material));
  model->level = level_range(features);
  model->training = describe(request, material);
  // One model per fold for calibration, then the final one; without cross-fitting, the final one serves for both.
  std::vector<std::shared_ptr<Model>> fold_models;
  for (int fold = 0; material.folds > 1 && fold < material.folds; ++fold)
    fold_models.push_back(std::make_shared<Model>(*model));
  std::vector<std::shared_ptr<Model>> models = fold_models;
  models.push_back(model);
  AUSCULT_TRY(train_models(request, material, features, control, models, outcome.reports));
  if (fold_models.empty()) fold_models.push_back(model);
  AUSCULT_TRY_ASSIGN(outcome.held_out, calibrate(material, features, model, fold_models, request.threads, control));
  if (request.live.channel)
    model->preset.channel = *request.live.channel;  // the files had one channel; the live input has more
  outcome.model = std::move(model);
  outcome.skipped = std::move(material.skipped);
  outcome.copies = std::move(material.copies);
  outcome.decoded_frames = features.decoded_frames;
  return outcome;
}

Result<TrainedModel> train_for_benchmark(const TrainingTask& task, const JobControl& control) {
  TrainRequest request;
  request.clips = task.clips;
  request.preset = task.preset;
  request.band = Band::standard;
  request.seed = task.seed;
  request.threads = task.threads;
  request.machine = task.machine;
  AUSCULT_TRY_ASSIGN(TrainOutcome outcome, train_model(request, control));
  return TrainedModel{std::move(outcome.model), std::move(outcome.skipped)};
}

}  // namespace auscult
