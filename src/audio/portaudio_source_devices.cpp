#include "portaudio_source_devices.h"

#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include <alsa/asoundlib.h>
#include <portaudio.h>

namespace auscult {
namespace {

void ignore_alsa_message(const char*, int, const char*, int, const char*, ...) {}
void ignore_text(const char*) {}

// ALSA and JACK report every device that they cannot open on stderr, dozens of lines on a healthy system. Real problems
// also return an error code. JACK may or may not be linked into PortAudio.
void silence_libraries() {
  snd_lib_error_set_handler(&ignore_alsa_message);
  using SetJackFunction = void (*)(void (*)(const char*));
  for (const char* name : {"jack_set_error_function", "jack_set_info_function"}) {
    if (auto set = reinterpret_cast<SetJackFunction>(dlsym(RTLD_DEFAULT, name))) set(&ignore_text);
  }
}

tl::unexpected<Error> configuration_error(std::string what) {
  return fail(
      ErrorCode::device_unavailable, std::move(what), "ALSA",
      "check ALSA_CONFIG_PATH, ~/.asoundrc and /etc/asound.conf, and that the package libasound2-data is installed");
}

// PortAudio 19.6 fails an assertion, which ends the program, if every device of the ALSA configuration answers and none
// of them is called "default" or "dmix". With one of these names the assertion cannot fail.
Status check_alsa_configuration() {
  if (snd_config_update() < 0 || !snd_config) return configuration_error("the sound configuration cannot be read");
  snd_config_t* found = nullptr;
  for (const char* name : {"pcm.default", "pcm.dmix"}) {
    if (snd_config_search(snd_config, name, &found) >= 0) return {};
  }
  return configuration_error("the sound configuration has no default device (pcm.default)");
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string without_card_number(const std::string& name) {
  const auto at = name.rfind(" (hw:");
  return at == std::string::npos ? name : name.substr(0, at);
}

std::string names_of(const std::vector<IndexedDevice>& devices) {
  std::string names;
  for (const auto& entry : devices) names += (names.empty() ? "\"" : ", \"") + entry.device.name + "\"";
  return names;
}

template <class Predicate>
std::vector<IndexedDevice> matching(const std::vector<IndexedDevice>& devices, Predicate predicate) {
  std::vector<IndexedDevice> result;
  std::copy_if(devices.begin(), devices.end(), std::back_inserter(result),
               [&](const IndexedDevice& entry) { return predicate(entry.device); });
  return result;
}

}  // namespace

void PortAudioMutex::lock() {
  const auto me = std::this_thread::get_id();
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return free_for(me); });
  owner_ = me;
  ++depth_;
}

bool PortAudioMutex::try_lock_for(std::chrono::milliseconds time) {
  const auto me = std::this_thread::get_id();
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, time, [&] { return free_for(me); })) return false;
  owner_ = me;
  ++depth_;
  return true;
}

void PortAudioMutex::unlock() {
  {
    const std::lock_guard lock(mutex_);
    if (--depth_ > 0) return;
  }
  freed_.notify_one();
}

// Never destroyed, because a thread that hangs in the audio system may outlive main().
PortAudioMutex& portaudio_mutex() {
  static auto* const mutex = new PortAudioMutex;
  return *mutex;
}

std::atomic<int>& portaudio_rescans() {
  static std::atomic<int> count{0};
  return count;
}

Result<PortAudioLibrary> PortAudioLibrary::open() {
  silence_libraries();
  AUSCULT_TRY(check_alsa_configuration());
  const PaError error = Pa_Initialize();
  if (error != paNoError) {
    return fail(ErrorCode::device_unavailable,
                std::string("the audio system does not start: ") + Pa_GetErrorText(error), "PortAudio",
                "check that sound works in general (arecord -l, pactl info), then try again");
  }
  PortAudioLibrary library;
  library.open_ = true;
  return library;
}

PortAudioLibrary::PortAudioLibrary(PortAudioLibrary&& other) noexcept : open_(std::exchange(other.open_, false)) {}

PortAudioLibrary::~PortAudioLibrary() {
  if (open_) Pa_Terminate();
}

std::vector<IndexedDevice> input_devices() {
  std::vector<IndexedDevice> devices;
  const int count = Pa_GetDeviceCount();
  const int default_index = Pa_GetDefaultInputDevice();
  for (int i = 0; i < count; ++i) {
    const PaDeviceInfo* info = Pa_GetDeviceInfo(i);
    if (!info || info->maxInputChannels <= 0) continue;
    const PaHostApiInfo* api = Pa_GetHostApiInfo(info->hostApi);
    devices.push_back({i,
                       {info->name, api ? api->name : "", info->maxInputChannels, info->defaultSampleRate,
                        info->defaultHighInputLatency, i == default_index}});
  }
  return devices;
}

Result<IndexedDevice> find_device(const std::vector<IndexedDevice>& devices, const std::string& name) {
  if (devices.empty()) {
    return fail(ErrorCode::device_unavailable, "no microphone found", name,
                "plug one in, or give a recording instead: --input FILE.wav");
  }
  if (name.empty()) {
    const auto found = matching(devices, [](const InputDevice& device) { return device.is_default; });
    return found.empty() ? devices.front() : found.front();
  }
  std::vector<IndexedDevice> found = matching(devices, [&](const InputDevice& device) { return device.name == name; });
  if (!found.empty()) return found.front();
  found = matching(devices, [&](const InputDevice& device) {
    return without_card_number(device.name) == without_card_number(name);
  });
  if (found.size() == 1) return found.front();
  found = matching(
      devices, [&](const InputDevice& device) { return lower(device.name).find(lower(name)) != std::string::npos; });
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(ErrorCode::device_unavailable, "no microphone has this name", name, "available: " + names_of(devices));
  }
  return fail(ErrorCode::device_unavailable, "several microphones match this name", name,
              "use one of: " + names_of(found));
}

Result<std::vector<InputDevice>> list_input_devices() {
  AUSCULT_TRY_ASSIGN(const auto library, PortAudioLibrary::open());
  std::vector<InputDevice> devices;
  for (auto& entry : input_devices()) devices.push_back(std::move(entry.device));
  return devices;
}

}  // namespace auscult
