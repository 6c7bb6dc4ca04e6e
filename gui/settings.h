// What the window remembers between runs: one TOML file under $XDG_CONFIG_HOME/auscult. It is written atomically, keeps
// unknown keys and is never silently reset: a file that cannot be parsed is renamed, and a file of a newer version is
// not changed. Thread rule: UI thread; save() may run on any one thread with its own copy.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "gui/plot/auto_range.h"
#include "gui/plot/colormap.h"
#include "gui/plot/time_view.h"

namespace auscult::gui {

enum class ThemeChoice { dark, light, system };
inline constexpr ThemeChoice kThemes[] = {ThemeChoice::dark, ThemeChoice::light, ThemeChoice::system};
const char* to_string(ThemeChoice theme);

/// Settings of one input. Microphones differ in sensitivity, so these belong to the input, not to the program.
struct InputTuning {
  static constexpr double kMostGainDb = 60.0, kMostOffsetDb = 200.0;
  std::string device;               ///< name; empty: the default input
  std::optional<int> channel = {};  ///< from 0, or kMeanOfChannels; nothing: the model's
  double gain_db = 0.0;             ///< added to the level of every sample
  double offset_db = 0.0;           ///< dB SPL minus dBFS; 0: not calibrated
  bool operator==(const InputTuning&) const = default;
};

struct Settings {
  ThemeChoice theme = ThemeChoice::system;
  double scale = 1.0;          ///< multiplies the screen's own, 0.5-3
  int frames_per_second = 30;  ///< at most, 5-60
  ColormapName colours = ColormapName::magma;
  double view_seconds = TimeView::kDefault;
  bool automatic_db = true;
  bool all_energies = false;                          ///< the energies of all detectors, not only the largest trace
  Range linear_db{-60.0, 20.0}, mel_db{-60.0, 20.0};  ///< if set by hand
  std::string device;                                 ///< name; empty: the default input
  std::vector<InputTuning> inputs;                    ///< each input that differs from the defaults
  bool alarm_sound = false, alarm_notification = true;
  std::string alarm_command;                                  ///< run by the shell at each event; empty: none
  std::vector<std::string> recent_models, recent_recordings;  ///< newest first
  bool operator==(const Settings&) const = default;
};

/// The input's settings, or the defaults.
InputTuning tuning_of(const Settings& settings, const std::string& device);
/// Stores the settings, or removes the input if it has the defaults.
void set_tuning(Settings& settings, const InputTuning& tuning);

inline constexpr std::size_t kRecentFiles = 10;
/// Moves `path` to the front, without duplicates.
void remember(std::vector<std::string>& recent, const std::filesystem::path& path);

class SettingsFile {
 public:
  static constexpr int kVersion = 1;

  /// Reads the file; a missing file gives the defaults. Values out of range are clamped.
  static SettingsFile open(const std::filesystem::path& path);

  const Settings& settings() const { return settings_; }
  /// What the user needs to know about the file: it was damaged and renamed, or it is newer than this program. May be
  /// empty.
  const std::string& notice() const { return notice_; }
  /// False if the file is of a newer version, or could neither be read nor renamed: it is not changed.
  bool writable() const { return writable_; }
  /// Merges into the file's content. Creates the folder. Errors: write_failed.
  Status save(const Settings& settings) const;

 private:
  void set_aside(const std::string& why);

  std::filesystem::path path_;
  Settings settings_;
  std::string original_;  // the file's text, for unknown keys
  std::string notice_;
  bool writable_ = true;
};

}  // namespace auscult::gui
