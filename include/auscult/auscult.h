// The whole installed interface except training, which needs libtorch (auscult/training.h, CMake target
// auscult::training). Thread rule and ownership: see each header.
#pragma once

#include "auscult/error.h"
#include "auscult/event.h"
#include "auscult/frontend.h"
#include "auscult/model.h"
#include "auscult/monitor.h"
#include "auscult/scorer.h"
#include "auscult/version.h"
