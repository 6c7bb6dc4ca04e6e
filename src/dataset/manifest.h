// The table of faults that `auscult simulate` leaves beside its clips (manifest.csv with columns file and fault).
// Private to the module. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace auscult::dataset {

class ManifestFinder {
 public:
  /// The fault that the nearest manifest.csv, in the clip's folder or up to six folders above it, gives for a clip;
  /// empty when none does. A manifest that cannot be read is as good as none.
  std::string fault_of(const std::filesystem::path& absolute);

 private:
  using Faults = std::map<std::string, std::string>;  // path relative to the manifest -> fault
  const Faults& faults_in(const std::filesystem::path& folder);
  std::map<std::filesystem::path, Faults> read_;
};

}  // namespace auscult::dataset
