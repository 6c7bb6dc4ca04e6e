#include "gui/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

#include "base/atomic_file.h"
#include "base/shared_folders.h"
#include "model/preset.h"

namespace auscult::gui {
namespace {

// In the file: the input has no channel of its own, the model's is used.
constexpr int kModelsChannel = -2;
constexpr int kLastChannel = 63;

std::optional<int> channel_of(int written) {
  return written < kMeanOfChannels ? std::nullopt : std::optional(std::min(written, kLastChannel));
}

// Names every value in one place, so that reading and writing cannot disagree.
template <class Visitor>
void visit(Settings& s, Visitor&& v) {
  v.choice("window", "theme", s.theme, kThemes);
  v.number("window", "scale", s.scale, 0.5, 3.0);
  v.number("window", "frames_per_second", s.frames_per_second, 5, 60);
  v.choice("view", "colours", s.colours, kColormaps);
  v.number("view", "seconds", s.view_seconds, TimeView::kShortest, TimeView::kLongest);
  v.flag("view", "automatic_db", s.automatic_db);
  v.flag("view", "all_energies", s.all_energies);
  v.number("view", "linear_low_db", s.linear_db.low, -200.0, 200.0);
  v.number("view", "linear_high_db", s.linear_db.high, -200.0, 200.0);
  v.number("view", "mel_low_db", s.mel_db.low, -200.0, 200.0);
  v.number("view", "mel_high_db", s.mel_db.high, -200.0, 200.0);
  v.text("input", "device", s.device);
  v.inputs("inputs", s.inputs);
  v.flag("alarm", "sound", s.alarm_sound);
  v.flag("alarm", "notification", s.alarm_notification);
  v.text("alarm", "command", s.alarm_command);
  v.list("recent", "models", s.recent_models);
  v.list("recent", "recordings", s.recent_recordings);
}

// A whole number, also if written as 2.0. toml++ itself converts floating-point numbers of any size.
int whole(const toml::node_view<const toml::node>& node, int otherwise) {
  constexpr int kLargest = 1'000'000'000;
  if (const auto* integer = node.as_integer())
    return static_cast<int>(std::clamp<std::int64_t>(integer->get(), -kLargest, kLargest));
  const auto* number = node.as_floating_point();
  if (!number || number->get() != std::floor(number->get())) return otherwise;
  return static_cast<int>(std::clamp<double>(number->get(), -kLargest, kLargest));
}

class Reader {
 public:
  explicit Reader(const toml::table& table) : table_(table) {}

  template <class T>
  void number(const char* section, const char* key, T& value, T low, T high) const {
    const auto found = table_[section][key].value<double>();
    if (found && std::isfinite(*found))
      value = static_cast<T>(std::clamp(*found, static_cast<double>(low), static_cast<double>(high)));
  }
  void flag(const char* section, const char* key, bool& value) const { value = table_[section][key].value_or(value); }
  void text(const char* section, const char* key, std::string& value) const {
    value = table_[section][key].value_or(value);
  }
  template <class E, class All>
  void choice(const char* section, const char* key, E& value, const All& all) const {
    const std::string name = table_[section][key].value_or(std::string());
    for (const E candidate : all)
      if (name == to_string(candidate)) value = candidate;
  }
  void inputs(const char* key, std::vector<InputTuning>& inputs) const {
    const toml::array* array = table_[key].as_array();
    if (!array) return;
    inputs.clear();
    for (const toml::node& node : *array) {
      const toml::table* entry = node.as_table();
      if (!entry) continue;
      InputTuning& tuning = inputs.emplace_back();
      tuning.device = (*entry)["device"].value_or(std::string());
      tuning.channel = channel_of(whole((*entry)["channel"], kModelsChannel));
      const auto decibels = [&](const char* name, double most) {
        const double value = (*entry)[name].value_or(0.0);
        return std::isfinite(value) ? std::clamp(value, -most, most) : 0.0;
      };
      tuning.gain_db = decibels("gain_db", InputTuning::kMostGainDb);
      tuning.offset_db = decibels("offset_db", InputTuning::kMostOffsetDb);
    }
  }
  void list(const char* section, const char* key, std::vector<std::string>& values) const {
    const toml::array* array = table_[section][key].as_array();
    if (!array) return;
    values.clear();
    for (const toml::node& node : *array)
      if (const auto text = node.value<std::string>(); text && values.size() < kRecentFiles) values.push_back(*text);
  }

 private:
  const toml::table& table_;
};

class Writer {
 public:
  explicit Writer(toml::table& table) : table_(table) {}

  template <class T>
  void number(const char* section, const char* key, T value, T, T) {
    put(section, key, value);
  }
  void flag(const char* section, const char* key, bool value) { put(section, key, value); }
  void text(const char* section, const char* key, const std::string& value) { put(section, key, value); }
  template <class E, class All>
  void choice(const char* section, const char* key, E value, const All&) {
    put(section, key, to_string(value));
  }
  void inputs(const char* key, const std::vector<InputTuning>& inputs) {
    toml::array array;
    for (const InputTuning& t : inputs) {
      toml::table entry = known_input(key, t.device);
      entry.insert_or_assign("device", t.device);
      entry.insert_or_assign("channel", t.channel.value_or(kModelsChannel));
      entry.insert_or_assign("gain_db", t.gain_db);
      entry.insert_or_assign("offset_db", t.offset_db);
      array.push_back(std::move(entry));
    }
    table_.insert_or_assign(key, std::move(array));
  }
  void list(const char* section, const char* key, const std::vector<std::string>& values) {
    toml::array array;
    for (const std::string& value : values) array.push_back(value);
    put(section, key, std::move(array));
  }

 private:
  // The file's entry for this input, including keys that this program does not know.
  toml::table known_input(const char* key, const std::string& device) const {
    if (const toml::array* array = table_[key].as_array())
      for (const toml::node& node : *array)
        if (const toml::table* entry = node.as_table(); entry && (*entry)["device"].value_or(std::string()) == device)
          return *entry;
    return {};
  }
  template <class T>
  void put(const char* section, const char* key, T value) {
    if (!table_[section].is_table()) table_.insert_or_assign(section, toml::table{});
    table_[section].as_table()->insert_or_assign(key, std::move(value));
  }
  toml::table& table_;
};

std::optional<toml::table> parse(const std::string& text, std::string& why) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    why = std::string(error.description()) + " in line " + std::to_string(error.source().begin.line);
    return std::nullopt;
  }
}

// "settings.toml.damaged", or with a number if that name is taken: nothing set aside earlier is overwritten.
std::filesystem::path free_name(const std::filesystem::path& path) {
  for (int n = 1;; ++n) {
    std::filesystem::path candidate = path;
    candidate += n == 1 ? ".damaged" : ".damaged-" + std::to_string(n);
    std::error_code error;
    if (!std::filesystem::exists(candidate, error)) return candidate;
  }
}

}  // namespace

const char* to_string(ThemeChoice theme) {
  switch (theme) {
    case ThemeChoice::dark:
      return "dark";
    case ThemeChoice::light:
      return "light";
    case ThemeChoice::system:
      return "system";
  }
  return "";
}

void remember(std::vector<std::string>& recent, const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  const std::string text = (error ? path : absolute).string();
  std::erase(recent, text);
  recent.insert(recent.begin(), text);
  if (recent.size() > kRecentFiles) recent.resize(kRecentFiles);
}

InputTuning tuning_of(const Settings& settings, const std::string& device) {
  for (const InputTuning& tuning : settings.inputs)
    if (tuning.device == device) return tuning;
  return {.device = device};
}

void set_tuning(Settings& settings, const InputTuning& tuning) {
  std::erase_if(settings.inputs, [&](const InputTuning& known) { return known.device == tuning.device; });
  if (tuning != InputTuning{.device = tuning.device}) settings.inputs.push_back(tuning);
}

namespace {

// These settings, beside what `table` has already.
std::string text_of(Settings settings, toml::table table) {
  table.insert_or_assign("version", SettingsFile::kVersion);
  visit(settings, Writer(table));
  std::ostringstream text;
  text << "# Auscult's settings. Edit them while the program is closed.\n" << table << '\n';
  return text.str();
}

}  // namespace

SettingsFile SettingsFile::open(const std::filesystem::path& path) {
  SettingsFile file;
  file.path_ = path;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return file;
  std::ifstream stream(path, std::ios::binary);
  file.original_.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) {
    file.writable_ = false;
    file.notice_ = "The settings in " + path.string() +
                   " could not be read. This run uses the defaults and does not change the file.";
    return file;
  }
  std::string why;
  const auto table = parse(file.original_, why);
  if (!table) {
    file.set_aside(why);
    return file;
  }
  visit(file.settings_, Reader(*table));
  const auto version = whole((*table)["version"], kVersion);
  if (version > kVersion) {
    file.writable_ = false;
    file.notice_ = "The settings were written by a newer version of Auscult. Changes in this run are not saved.";
  }
  return file;
}

void SettingsFile::set_aside(const std::string& why) {
  const std::filesystem::path kept = free_name(path_);
  std::error_code error;
  std::filesystem::rename(path_, kept, error);
  original_.clear();
  writable_ = !error;
  notice_ = "The settings could not be parsed (" + why + "). " +
            (error ? "The file is not changed, and this run uses the defaults."
                   : "The file was renamed to " + kept.string() + ", and a new one is used.");
}

Status SettingsFile::save(const Settings& settings) const {
  if (!writable_) return {};
  std::string why;
  std::string text = text_of(settings, parse(original_, why).value_or(toml::table{}));
  // toml++ writes some keys, such as "'b", as what is no TOML. Such a key costs what this version does not know.
  if (!parse(text, why)) text = text_of(settings, {});
  AUSCULT_TRY(make_private_folders(path_.parent_path()));
  return write_file_atomically(path_, text);
}

}  // namespace auscult::gui
