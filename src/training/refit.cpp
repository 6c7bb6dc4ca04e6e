#include "training/refit.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "audio/audio_file.h"
#include "dataset/split.h"
#include "detect/event_detector.h"
#include "scoring/clip_score.h"
#include "scoring/scorer.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;

std::string text_of(std::span<const fs::path> paths) {
  std::string text;
  for (const fs::path& path : paths) text += (text.empty() ? "" : ", ") + path.string();
  return text;
}

bool holds(const std::vector<std::string>& sorted, const std::string& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

// A missing recording cannot be distinguished from one whose folder was not given.
tl::unexpected<Error> incomplete(const NormalSet& found, std::span<const fs::path> folders) {
  const auto count = static_cast<std::int64_t>(found.clips.size() + found.added.size());
  return fail(ErrorCode::not_enough_data,
              std::to_string(count) + " of the " + std::to_string(found.wanted) +
                  " training recordings of the model were found",
              text_of(folders),
              "name the folder with all of them; if they were deleted, record again and train a new model");
}

Result<std::vector<Clip>> new_sound(const RefitRequest& request, const NormalSet& known) {
  std::set<std::string> seen;
  std::vector<Clip> fresh;
  for (const fs::path& path : request.added) {
    AUSCULT_TRY_ASSIGN(std::string digest, file_digest(path));
    AUSCULT_TRY(
        AudioFileReader::open(path));  // report an unreadable file before minutes of training instead of leaving it out
    if (holds(request.model->training.file_digests, digest) || !seen.insert(std::move(digest)).second) continue;
    Clip& clip = fresh.emplace_back();
    clip.path = path;
    clip.label = Label::normal;
  }
  const std::vector<std::string>& adapted = request.model->training.adapted_digests;
  const auto forgotten =
      std::count_if(adapted.begin(), adapted.end(), [&](const std::string& digest) { return !seen.contains(digest); });
  if (forgotten > 0)
    return fail(ErrorCode::not_enough_data,
                "the model was adapted to " + std::to_string(adapted.size()) +
                    " recording(s), of which a new training would forget " + std::to_string(forgotten),
                text_of(request.added), "add them too, or adapt the new model again");
  if (!fresh.empty()) return fresh;
  return fail(
      ErrorCode::bad_input,
      request.added.empty() ? "there is no sound to add" : "the model has already learned all of this sound",
      text_of(request.added),
      "name recordings of normal sound that it has not learned yet" +
          std::string(known.added.empty() ? "" : "; " + std::to_string(known.added.size()) + " were added earlier"));
}

// The live peak over consecutive files: what a monitor would have reported for this sound.
Result<double> live_peak(const std::shared_ptr<const Model>& model, const fs::path& path, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(const AudioFileReader reader, AudioFileReader::open(path));
  const int channel = reader.info().channels == 1 ? 0 : model->preset.channel;
  Scorer scorer(model, {.mode = ScorerMode::live, .channel = channel});
  ConfirmedPeak peak(model->preset.policy);
  const HopSink sink = [&](const Hop& hop) { peak.push({.fused = hop.fused, .judged = hop.judged()}); };
  AUSCULT_TRY(score_through(scorer, path, sink, control.cancel));
  return peak.value();
}

// A monitor's recordings have one channel, however many the input has.
Status use_channels_of(const Clip& first, const Model& model, TrainRequest& train) {
  AUSCULT_TRY_ASSIGN(const AudioFileReader reader, AudioFileReader::open(first.path));
  const int channel = train.preset.channel;
  if (reader.info().channels > std::max(channel, 0) && (channel >= 0 || reader.info().channels > 1)) return {};
  train.preset.channel = 0;
  train.live = {model.training.source_rate, model.training.source_channels, channel};
  return {};
}

Result<TrainRequest> train_request(const RefitRequest& request, const NormalSet& known, std::vector<Clip> fresh) {
  const Model& model = *request.model;
  TrainRequest train;
  train.clips = known.clips;
  train.added = known.added;
  train.added.insert(train.added.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  train.preset = model.preset;
  train.purpose = model.purpose;
  train.seed = model.training.seed;
  train.threads = request.threads;
  train.machine = model.training.machine;
  train.device = model.training.device;
  train.scale = request.scale;
  train.on_loss = request.on_loss;
  if (!model.training.device.empty())
    train.live = {model.training.source_rate, model.training.source_channels, std::nullopt};
  AUSCULT_TRY(use_channels_of(known.clips.front(), model, train));
  return train;
}

}  // namespace

Result<NormalSet> find_normal_set(const TrainingInfo& training, std::span<const fs::path> folders,
                                  const JobControl& control) {
  NormalSet found;
  found.wanted = static_cast<std::int64_t>(training.file_digests.size());
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({folders.begin(), folders.end()}));
  std::multiset<std::string> missing(training.file_digests.begin(), training.file_digests.end());
  std::uint64_t looked_at = 0;
  for (const Clip& clip : clips) {
    if (control.cancelled()) return fail(ErrorCode::cancelled, "the search was interrupted");
    if (missing.empty()) break;
    const auto digest = file_digest(clip.path);
    control.report({.stage = stage::kFindingRecordings, .done = ++looked_at, .total = clips.size(), .unit = "files"});
    const auto at = digest ? missing.find(*digest) : missing.end();
    if (at == missing.end()) continue;
    missing.erase(at);
    (holds(training.added_digests, *digest) ? found.added : found.clips).push_back(clip);
  }
  if (!missing.empty() || found.clips.empty()) return incomplete(found, folders);
  return found;
}

Result<RefitOutcome> refit_model(const RefitRequest& request, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(const NormalSet known, find_normal_set(request.model->training, request.recordings, control));
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> fresh, new_sound(request, known));
  AUSCULT_TRY_ASSIGN(const TrainRequest train, train_request(request, known, fresh));
  RefitOutcome outcome;
  AUSCULT_TRY_ASSIGN(outcome.trained, train_model(train, control));
  for (const Clip& clip : fresh) {
    const bool skipped = std::any_of(outcome.trained.skipped.begin(), outcome.trained.skipped.end(),
                                     [&](const SkippedFile& file) { return file.path == clip.path; });
    if (skipped) continue;
    AddedEffect effect{clip.path};
    AUSCULT_TRY_ASSIGN(effect.before, live_peak(request.model, clip.path, control));
    AUSCULT_TRY_ASSIGN(effect.after, live_peak(outcome.trained.model, clip.path, control));
    outcome.effects.push_back(std::move(effect));
  }
  return outcome;
}

}  // namespace auscult
