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
};

/// Thresholds and calibration stay; the range of levels grows. Errors: bad_input (no clip that the model does not know;
/// no clip with a running machine), model_mismatch (a model that keeps no statistics of windows), too_short, those of
/// AudioFileReader for the first clip that cannot be read, canceled.
Result<AdaptOutcome> adapt_model(const AdaptRequest& request, const JobControl& control = {});

}  // namespace auscult
