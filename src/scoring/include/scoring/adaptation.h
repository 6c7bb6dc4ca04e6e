// Teaches a trained model another normal state of its machine from a few recordings: another load, speed or season. No
// gradient step is taken and no old recording is needed: vectors near the new state are compared with that state, all
// others are scored as before, bit for bit, by every detector that tells them apart from it. Thread rule: free
// function; runs on the calling thread plus worker threads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "model/model.h"
#include "scoring/sound_report.h"

namespace auscult {

/// Normal sound of the new state.
struct AdaptClip {
  std::filesystem::path path;
  std::string digest;  ///< of the file, kept in the model
};

struct AdaptRequest {
  std::shared_ptr<const Model> model;
  std::vector<AdaptClip> clips;
  double scale = 1.0;  ///< multiplies every sample (integer-scaled float files)
};

/// Score of one clip before the adaptation, and after one to the other clips alone: what the model will say of the next
/// recording in this state. With a single clip there are no others, and `after` is NaN.
struct AdaptEffect {
  std::filesystem::path path;
  double before = 0.0, after = 0.0;
};

struct AdaptOutcome {
  std::shared_ptr<const Model> model;
  std::vector<AdaptEffect> effects;          ///< one per clip that was used
  std::vector<std::filesystem::path> known;  ///< left out: copies, and what the model has learned already
  std::vector<Error> left_out;               ///< clips that could not be used, with the reason; context: the path
  SoundReport sound;                         ///< what is odd about those that were used
  double margin = 0.0;        ///< by how many deviations of its energies the new state's usual energy was raised
  bool promise_kept = false;  ///< clips that an adaptation had not seen were flagged no more often than promised
};

/// Thresholds and calibration stay; the range of levels grows. Errors: bad_input (no clip that the model does not know;
/// no clip with sound of a running machine), model_mismatch (a model that keeps no statistics of windows), too_short,
/// canceled; if no clip can be used, the first one's.
Result<AdaptOutcome> adapt_model(const AdaptRequest& request, const JobControl& control = {});

}  // namespace auscult
