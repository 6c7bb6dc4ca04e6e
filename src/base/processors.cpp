#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace auscult {
namespace {

// "200000 100000": two processors; "max 100000": no limit.
std::optional<double> quota_of(const std::filesystem::path& group) {
  std::ifstream file(group / "cpu.max");
  std::string share;
  double period = 0.0;
  if (!(file >> share >> period) || share == "max" || !(period > 0.0)) return std::nullopt;
  const double quota = std::strtod(share.c_str(), nullptr) / period;
  return quota > 0.0 ? std::optional(quota) : std::nullopt;
}

int allowed_by_scheduler() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

std::optional<double> processor_quota(const std::filesystem::path& self, const std::filesystem::path& root) {
  std::ifstream file(self);
  std::optional<double> smallest;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::/")) continue;
    std::filesystem::path group = line.substr(4);
    for (bool at_root = false; !at_root; group = group.parent_path()) {
      at_root = group.empty();
      const auto quota = quota_of(root / group);
      if (quota && (!smallest || *quota < *smallest)) smallest = quota;
    }
  }
  return smallest;
}

int available_processors() {
  const int allowed = std::max(1, allowed_by_scheduler());
  const auto quota = processor_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  return quota ? std::clamp(static_cast<int>(std::ceil(*quota)), 1, allowed) : allowed;
}

}  // namespace auscult
