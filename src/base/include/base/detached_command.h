// Starts another program without waiting for it and without leaving an entry in the process table. Thread rule: any
// thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "auscult/error.h"

namespace auscult {

/// `argv[0]` is a path or a name on PATH; `environment` is added to this process's. The program gets a new session,
/// /dev/null as standard input, and standard error as standard output too. Errors: internal (it cannot be started).
Status run_detached(const std::vector<std::string>& argv,
                    const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace auscult
