// Other people's programs that do the same work: the Python files in bench/peers. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

#include "timing/contest.h"

namespace auscult::bench {

/// Adds the peer `name` of bench/peers/`file` to the contest, or the reason why it is skipped: options.peers, no
/// /usr/bin/python3, or a package that it lacks. `arguments` say what to do.
void add_peer(Contest& contest, const TimingOptions& options, const std::string& file, const std::string& name,
              std::vector<std::string> arguments);

}  // namespace auscult::bench
