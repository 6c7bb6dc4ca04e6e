// Chooses the frontend of a new model by the rates of its recordings. Internal to training. Thread rule: one thread.
#pragma once

#include "auscult/error.h"
#include "training/train_job.h"
#include "training_material.h"

namespace auscult {

/// Changes the frontend of request.preset, and windows counted in samples, to suit request.band and the slowest
/// recording: a model must find its whole range of frequencies in every recording. Reports a change to request.on_fit.
/// Without a band, and without a usable recording, nothing changes. Errors: bad_input (the slowest recording is too
/// slow for the band, or the preset allows no frontend for its rate).
Status choose_frontend(const TrainingMaterial& material, TrainRequest& request);

}  // namespace auscult
