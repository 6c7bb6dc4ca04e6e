// Writes the settings a moment after they have changed, on a thread of its own: the window never waits for the disk.
// Thread rule: every function from the UI thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/worker.h"
#include "gui/settings.h"

namespace auscult::gui {

class SettingsKeeper {
 public:
  explicit SettingsKeeper(const std::filesystem::path& path)
      : file_(SettingsFile::open(path)), kept_(file_.settings()), wanted_(kept_) {}

  const Settings& settings() const { return file_.settings(); }
  const std::string& notice() const { return file_.notice(); }

  /// Call as often as you like.
  void keep(const Settings& settings);
  /// Why the last writing failed, once.
  std::optional<std::string> failure();
  /// Writes what has not been written, and waits for the disk.
  void finish(const Settings& settings);

 private:
  static constexpr std::chrono::seconds kPause{1};
  void write();

  SettingsFile file_;
  Settings kept_, wanted_;
  std::chrono::steady_clock::time_point changed_;
  std::shared_ptr<Status> outcome_;  // of the writing under way, or not yet reported; else null
  Worker writer_{"settings"};
};

}  // namespace auscult::gui
