// The installed interface of training, implemented with the programs' classes.
#include "auscult/training.h"
#include "training/train_job.h"

namespace auscult {

Result<std::shared_ptr<const Model>> train_on_recordings(const std::vector<std::filesystem::path>& recordings,
                                                         const TrainingOptions& options) {
  TrainRequest request;
  AUSCULT_TRY_ASSIGN(request.clips, index_clips(recordings));
  // Folders may hold labeled faults, too.
  std::erase_if(request.clips, [](const Clip& clip) { return clip.label != Label::normal; });
  if (request.clips.empty())
    return fail(ErrorCode::not_enough_data, "no recording is normal by the names of its file and folders",
                recordings.front().string(), "give folders of normal recordings whose names do not say fault");
  AUSCULT_TRY_ASSIGN(request.preset, load_preset(options.preset));
  request.band = options.high_band ? Band::high : Band::standard;
  request.seed = options.seed;
  request.threads = options.threads;
  request.machine = options.machine;
  AUSCULT_TRY_ASSIGN(TrainOutcome outcome, train_model(request));
  return std::move(outcome.model);
}

}  // namespace auscult
