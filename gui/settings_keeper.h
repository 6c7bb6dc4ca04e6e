// Writes the settings shortly after they have changed, in a separate thread: the window never waits for the disk.
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

  /// May be called in every frame.
  void keep(const Settings& settings);
  /// Why the last write failed; reported once.
  std::optional<std::string> failure();
  /// Writes unsaved settings and waits for the disk.
  void finish(const Settings& settings);

 private:
  static constexpr std::chrono::seconds kPause{1};
  void write();

  SettingsFile file_;
  Settings kept_, wanted_;
  std::chrono::steady_clock::time_point changed_;
  std::shared_ptr<Status> outcome_;  // of the current write, or not reported yet; else null
  Worker writer_{"settings"};
};

}  // namespace auscult::gui
