// How many processors this process may use: the default for --jobs. Thread rule: free functions.
#pragma once

#include <filesystem>
#include <optional>

namespace auscult {

/// Those that the scheduler allows, limited by the quota of the process's control group (a container's share of the
/// machine), rounded up; at least 1.
int available_processors();

/// The smallest quota, in processors, of the control group named in `self` (the format of /proc/self/cgroup, version 2)
/// and of its parents under `root`; nothing if none has one.
std::optional<double> processor_quota(const std::filesystem::path& self, const std::filesystem::path& root);

}  // namespace auscult
