// Reads the table of faults that `auscult simulate` writes with its clips (manifest.csv with columns file and fault).
// Private to the module. Thread rule: one object, one thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace auscult::dataset {

class ManifestFinder {
 public:
  /// The fault of a clip according to the nearest manifest.csv, in the clip's folder or up to six folders above it;
  /// empty if there is none. A manifest that cannot be read is ignored.
  std::string fault_of(const std::filesystem::path& absolute);

 private:
  using Faults = std::map<std::string, std::string>;  // path relative to the manifest -> fault
  const Faults& faults_in(const std::filesystem::path& folder);
  std::map<std::filesystem::path, Faults> read_;
};

}  // namespace auscult::dataset
