#include "simulate/pump_set.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "audio/audio_file.h"
#include "base/atomic_file.h"
#include "base/worker.h"

namespace auscult {

namespace fs = std::filesystem;

namespace {

constexpr int kDemoIndex = 1'000'000'000;  // beyond the recordings of any set
constexpr std::int64_t kWavHeaderBytes = 80;

struct Task {
  MachineClipRequest request;
  fs::path relative;      // to the set's folder, as in the manifest
  double severity = 0.0;  // filled in by rendering
};

Status check(const SimulatorChoice& choice) {
  if (choice.version != kSimulatorVersion && choice.version != kMachineSimulatorVersion)
    return fail(ErrorCode::usage, "there is no such version of the simulator", std::to_string(choice.version),
                "--version takes 1 (pumps) or 2 (pumps, fans, gearboxes)");
  if (choice.version == kSimulatorVersion &&
      (choice.family != MachineFamily::pump || choice.operation != Operation::steady))
    return fail(ErrorCode::usage, "version 1 of the simulator has steady pumps only", {}, "add --version 2");
  return {};
}

PumpClip render_clip(const SimulatorChoice& choice, const MachineClipRequest& request) {
  return choice.version == kSimulatorVersion ? render_pump_clip(request.clip) : render_machine_clip(request);
}

MachineClipRequest abnormal_request(const PumpSetOptions& options, int machine, int number) {
  const auto& [version, family, operation] = options.simulator;
  if (version == kSimulatorVersion) return {family, operation, abnormal_clip(options.seed, machine, number)};
  return abnormal_machine_clip(family, operation, options.seed, machine, number);
}

Status check(const PumpSetOptions& options) {
  AUSCULT_TRY(check(options.simulator));
  const auto range = [](bool ok, const char* what, const char* hint) -> Status {
    if (!ok) return fail(ErrorCode::usage, what, {}, hint);
    return {};
  };
  AUSCULT_TRY(range(options.machines >= 1 && options.machines <= 1000, "the number of machines is out of range",
                    "--machines takes 1 to 1000"));
  AUSCULT_TRY(range(
      options.normal >= 0 && options.abnormal >= 0 && options.normal <= 1'000'000 && options.abnormal <= 1'000'000,
      "the number of recordings is out of range", "--normal and --abnormal take 0 to 1000000"));
  AUSCULT_TRY(range(options.normal + options.abnormal > 0, "there is nothing to simulate",
                    "request at least one recording with --normal or --abnormal"));
  AUSCULT_TRY(range(options.channels >= 1 && options.channels <= kSimulatorMaxChannels,
                    "the number of channels is out of range", "--channels takes 1 to 8"));
  AUSCULT_TRY(range(std::isfinite(options.seconds) && options.seconds >= 0.5 && options.seconds <= 600.0,
                    "the length is out of range", "--seconds takes 0.5 to 600"));
  AUSCULT_TRY(range(!options.snr_db.empty(), "there is no SNR", "name at least one with --snr"));
  for (const double snr : options.snr_db)
    AUSCULT_TRY(range(std::isfinite(snr) && std::abs(snr) <= 60.0, "the SNR is out of range",
                      "--snr takes -60 to 60 dB; MIMII uses 6, 0 and -6"));
  return {};
}

// Each SNR once, in the order given; -0 is 0.
std::vector<double> distinct(const std::vector<double>& snr_db) {
  std::vector<double> out;
  for (const double snr : snr_db)
    if (std::find(out.begin(), out.end(), snr) == out.end()) out.push_back(snr == 0.0 ? 0.0 : snr);
  return out;
}

std::vector<Task> list_tasks(const PumpSetOptions& options) {
  std::vector<Task> tasks;
  const char* type = to_string(options.simulator.family);
  for (const double snr : distinct(options.snr_db)) {
    for (int machine = 0; machine < options.machines; ++machine) {
      const fs::path folder = fs::path(snr_folder(snr, type)) / type / pump_machine_name(machine);
      for (int i = 0; i < options.normal + options.abnormal; ++i) {
        const bool normal = i < options.normal;
        const int number = normal ? i : i - options.normal;
        Task task;
        if (normal) {
          task.request = {options.simulator.family, options.simulator.operation, {}};
          task.request.clip.seed = options.seed;
          task.request.clip.machine = machine;
          task.request.clip.index = number;
        } else {
          task.request = abnormal_request(options, machine, number);
        }
        task.request.clip.snr_db = snr;
        task.request.clip.seconds = options.seconds;
        task.request.clip.channels = options.channels;
        char name[32];
        std::snprintf(name, sizeof name, "%08d.wav", number);
        task.relative = folder / (normal ? "normal" : "abnormal") / name;
        tasks.push_back(std::move(task));
      }
    }
  }
  return tasks;
}

// The created files and folders, so that an unfinished set can be removed without touching anything else.
class Cleanup {
 public:
  Cleanup(const fs::path& out, const std::vector<Task>& tasks) : out_(out), tasks_(tasks) {}
  ~Cleanup() {
    if (!armed_) return;
    std::error_code ignored;
    for (const Task& task : tasks_) fs::remove(out_ / task.relative, ignored);
    for (auto p = folders_.rbegin(); p != folders_.rend(); ++p) fs::remove(*p, ignored);  // one that is not empty stays
  }
  Status make_folders(const fs::path& folder) {
    std::vector<fs::path> missing;
    std::error_code code;
    for (fs::path p = folder; !p.empty() && !fs::exists(p, code); p = p.parent_path()) missing.push_back(p);
    for (auto p = missing.rbegin(); p != missing.rend(); ++p) {
      if (!fs::create_directory(*p, code) && code)
        return fail(ErrorCode::write_failed, "the folder cannot be created: " + code.message(), p->string(),
                    "choose a folder that you may write to");
      folders_.push_back(*p);
    }
    return {};
  }
  void keep() { armed_ = false; }

 private:
  bool armed_ = true;
  const fs::path& out_;
  const std::vector<Task>& tasks_;
  std::vector<fs::path> folders_;
};

Status write_audio(const fs::path& path, const PumpClip& clip, AudioEncoding encoding) {
  AUSCULT_TRY_ASSIGN(AudioFileWriter writer,
                     AudioFileWriter::create(path, kSimulatorSampleRate, clip.channels, encoding));
  AUSCULT_TRY(writer.write(clip.interleaved));
  return writer.finish();
}

Status render_all(std::vector<Task>& tasks, const PumpSetOptions& options, const JobControl& control) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;  // guards progress and the first error
  std::optional<Error> error;
  std::size_t done = 0;
  const auto render = [&] {
    for (std::size_t i = next++; i < tasks.size() && !stop; i = next++) {
      if (control.cancelled()) return;
      const PumpClip clip = render_clip(options.simulator, tasks[i].request);
      tasks[i].severity = clip.severity;
      const Status written = write_audio(options.out / tasks[i].relative, clip, AudioEncoding::wav_extensible_pcm16);
      const std::lock_guard lock(mutex);
      if (!written) {
        if (!error) error = written.error();
        stop = true;
        return;
      }
      control.report({.stage = "simulating", .done = ++done, .total = tasks.size(), .unit = "recordings"});
    }
  };
  const auto work = [&] {
    try {
      render();
    } catch (const std::exception& failure) {  // never let it end the program from a helper thread
      const std::lock_guard lock(mutex);
      if (!error)
        error = Error{ErrorCode::internal, std::string("simulating failed: ") + failure.what(), options.out.string(),
                      "please report this with the command line"};
      stop = true;
    }
  };
  run_side_by_side("simulate", std::clamp(options.threads, 1, 64), work);
  if (error) return tl::unexpected<Error>(std::move(*error));
  if (control.cancelled())
    return fail(ErrorCode::cancelled, "interrupted; what had been written was removed", options.out.string());
  return {};
}

// Version 2 adds columns at the end.
std::string manifest_of(const std::vector<Task>& tasks, const SimulatorChoice& choice) {
  const bool first = choice.version == kSimulatorVersion;
  std::string text = "file,machine_id,label,fault,severity,snr,seconds,seed,simulator_version";
  text += first ? "\n" : ",machine_type,operation\n";
  const std::string more =
      first ? "\n" : "," + std::string(to_string(choice.family)) + "," + to_string(choice.operation) + "\n";
  for (const Task& task : tasks) {
    const PumpClipRequest& request = task.request.clip;
    char row[256];
    std::snprintf(row, sizeof row, ",%s,%s,%s,%.4f,%g,%g,%llu,%d", pump_machine_name(request.machine).c_str(),
                  request.fault == Fault::none ? "normal" : "abnormal", to_string(request.fault), task.severity,
                  request.snr_db, request.seconds, static_cast<unsigned long long>(request.seed), choice.version);
    text += task.relative.generic_string() + row + more;
  }
  return text;
}

}  // namespace

Result<PumpSetSummary> plan_pump_set(const PumpSetOptions& options) {
  AUSCULT_TRY(check(options));
  PumpSetSummary plan;
  plan.files = static_cast<std::int64_t>(distinct(options.snr_db).size()) * options.machines *
               (static_cast<std::int64_t>(options.normal) + options.abnormal);
  plan.bytes =
      plan.files * (kWavHeaderBytes + 2LL * options.channels * std::llround(options.seconds * kSimulatorSampleRate));
  plan.manifest = options.out / "manifest.csv";
  return plan;
}

Result<PumpSetSummary> write_pump_set(const PumpSetOptions& options, const JobControl& control) {
  AUSCULT_TRY_ASSIGN(const PumpSetSummary plan, plan_pump_set(options));
  std::error_code code;
  if (fs::exists(options.out, code) && !(fs::is_directory(options.out, code) && fs::is_empty(options.out, code)))
    return fail(ErrorCode::bad_input, "the output already exists and is not an empty folder", options.out.string(),
                "name a new folder, or empty this one; --snr 6 --snr 0 puts several SNRs into one set");
  std::vector<Task> tasks = list_tasks(options);
  Cleanup cleanup(options.out, tasks);
  for (const Task& task : tasks) AUSCULT_TRY(cleanup.make_folders((options.out / task.relative).parent_path()));
  AUSCULT_TRY(render_all(tasks, options, control));
  AUSCULT_TRY(write_file_atomically(plan.manifest, manifest_of(tasks, options.simulator)));
  cleanup.keep();
  return plan;
}

Status write_pump_demo(const PumpDemoOptions& options) {
  AUSCULT_TRY(check(options.simulator));
  const std::span<const Fault> faults = faults_of(options.simulator.family);
  if (!(options.normal_seconds >= 1.0 && options.fault_seconds >= 1.0 &&
        options.normal_seconds + options.fault_seconds <= 600.0))
    return fail(ErrorCode::usage, "the demo's length is out of range", {},
                "each part takes at least 1 s, both together at most ten minutes");
  if (options.machine < 0 || !(options.severity >= 0.0 && options.severity <= 1.0) || options.fault == Fault::none ||
      std::find(faults.begin(), faults.end(), options.fault) == faults.end())
    return fail(ErrorCode::usage, "the demo needs a machine, one of its faults and a severity of 0 to 1", {},
                "see auscult simulate --help");
  const std::string extension = options.file.extension().string();
  if (extension != ".flac" && extension != ".wav")
    return fail(ErrorCode::usage, "the demo can be written as .flac or .wav", options.file.string(),
                "use one of these extensions");
  PumpClipRequest request;
  request.seed = options.seed;
  request.machine = options.machine;
  request.fault = options.fault;
  request.index = kDemoIndex;
  request.snr_db = options.snr_db;
  request.seconds = options.normal_seconds + options.fault_seconds;
  request.channels = 1;
  request.severity = options.severity;
  request.fault_onset = options.normal_seconds;
  return write_audio(options.file,
                     render_clip(options.simulator, {options.simulator.family, options.simulator.operation, request}),
                     extension == ".flac" ? AudioEncoding::flac_pcm16 : AudioEncoding::wav_pcm16);
}

}  // namespace auscult
