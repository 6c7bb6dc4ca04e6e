// false-alarms: is the promised rate of false alarms kept on sound that was not used for training? New simulated
// normals, and a real machine's normals in five contiguous blocks, each scored by a model that was trained on the other
// four.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>

#include <nlohmann/json.hpp>

#include "audio/audio_file.h"
#include "base/worker.h"
#include "console.h"
#include "detect/event_detector.h"
#include "detect/metrics.h"
#include "recordings.h"
#include "scoring/clip_score.h"
#include "scoring/feature_stream.h"
#include "scoring/file_blocks.h"
#include "simulate/pump_set.h"
#include "simulator_bounds.h"
#include "training/train_job.h"

namespace auscult::bench {
namespace {
using nlohmann::ordered_json;

constexpr double kClipSeconds = 10.0;

struct FalseAlarmOptions : RecordingOptions {
  int machines = 4;
  std::vector<double> snr_db = {6.0, 0.0, -6.0};
  double hours = 10.0, training_minutes = 10.0, recording_seconds = 10.0;
  std::uint64_t set = kHeldSeed + 1;
  bool no_simulated = false;
};

// Amount of sound judged, and the resulting alarms.
struct Tally {
  std::string machine, group;
  std::size_t clips = 0, flagged = 0, events = 0, alarmed = 0;  // alarmed: recordings with an event
  double hours = 0.0;
  void add(const Tally& other) {
    clips += other.clips, flagged += other.flagged, events += other.events, alarmed += other.alarmed,
        hours += other.hours;
  }
};

// A segment of normal sound at the model's rate: events on all of it as `listen` finds them (the Scorer's batch mode
// gives the same bits), and each ten seconds as a separate clip.
Tally judge(const std::shared_ptr<const Model>& model, std::span<const float> samples) {
  Tally tally;
  EventDetector events(model->preset.policy);
  Scorer live(model, {ScorerMode::batch});
  ClipAccumulator whole(*model);
  const HopSink on_hop = [&](const Hop& hop) {
    whole.add(hop);
    const auto detection = events.push({.time_s = hop.time_s, .fused = hop.fused, .judged = hop.judged()});
    if (detection && !detection->ended) ++tally.events;
  };
  live.push(samples, on_hop);
  live.finish(on_hop);
  tally.alarmed = tally.events > 0;
  const int rate = model->preset.frontend.sample_rate;
  tally.hours = static_cast<double>(samples.size()) / rate / 3600.0;

  const auto clip_size = static_cast<std::size_t>(kClipSeconds * rate);
  if (samples.size() <= clip_size) {
    tally.clips = 1;
    tally.flagged = whole.any() && whole.result().anomalous;
    return tally;
  }
  for (std::size_t begin = 0; begin + clip_size / 2 < samples.size(); begin += clip_size) {
    Scorer scorer(model, {ScorerMode::batch});
    ClipAccumulator clip(*model);
    const HopSink sink = [&](const Hop& hop) { clip.add(hop); };
    scorer.push(samples.subspan(begin, std::min(clip_size, samples.size() - begin)), sink);
    scorer.finish(sink);
    ++tally.clips;
    if (clip.any()) tally.flagged += clip.result().anomalous;
  }
  return tally;
}

// judge() for many segments on several threads; `sound(i)` renders or reads the i-th.
Result<Tally> judge_all(const std::shared_ptr<const Model>& model, std::size_t count, int threads,
                        const std::function<Result<std::vector<float>>(std::size_t)>& sound,
                        const JobControl& control) {
  Tally sum;
  Status status;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  std::uint64_t done = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !control.cancelled(); i = next++) {
      const auto samples = sound(i);
      const Tally one = samples ? judge(model, *samples) : Tally{};
      const std::lock_guard lock(mutex);
      if (!samples) status = tl::unexpected(samples.error());
      sum.add(one);
      control.report({.stage = "judging new sound", .done = ++done, .total = count, .unit = "recordings"});
    }
  };
  run_side_by_side("judge", threads, work);
  if (control.cancelled()) return fail(ErrorCode::cancelled, "interrupted");
  if (!status) return tl::unexpected(status.error());
  return sum;
}

Result<std::shared_ptr<const Model>> train(std::vector<Clip> clips, const Preset& preset, int threads,
                                           const JobControl& control) {
  TrainRequest request;
  request.clips = std::move(clips);
  request.preset = preset;
  request.threads = threads;
  AUSCULT_TRY_ASSIGN(const TrainOutcome outcome, train_model(request, control));
  return outcome.model;
}

JobControl named(const JobControl& control, const std::string& prefix) {
  return {[&control, prefix](const Progress& p) {
            Progress named = p;
            named.stage = prefix + p.stage;
            control.report(named);
          },
          control.cancel};
}

Result<std::vector<Tally>> judge_simulated(const FalseAlarmOptions& options, const Preset& preset,
                                           const JobControl& control) {
  const ScratchFolder scratch;
  if (scratch.path().empty())
    return fail(ErrorCode::write_failed, "the temporary folder cannot be created", {},
                "check $TMPDIR and its free space");
  const int training = static_cast<int>(std::lround(options.training_minutes * 60.0 / kClipSeconds));
  PumpSetOptions set;
  set.out = scratch.path() / "pumps";
  set.machines = options.machines;
  set.normal = training;
  set.abnormal = 0;
  set.snr_db = options.snr_db;
  set.channels = 1;
  set.seed = options.set;
  set.threads = options.threads;
  AUSCULT_TRY(write_pump_set(set, control));
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({set.out}));
  const std::size_t models = static_cast<std::size_t>(options.machines) * options.snr_db.size();
  const auto fresh = static_cast<std::size_t>(
      std::ceil(options.hours * 3600.0 / options.recording_seconds / static_cast<double>(models)));

  std::vector<Tally> tallies;
  for (const double snr_db : options.snr_db) {
    for (int machine = 0; machine < options.machines; ++machine) {
      const std::string id = pump_machine_name(machine);
      const auto here = [&](const Clip& clip) {
        return clip.machine_id == id && clip.path.string().find("/" + snr_folder(snr_db) + "/") != std::string::npos;
      };
      std::vector<Clip> own;
      std::copy_if(clips.begin(), clips.end(), std::back_inserter(own), here);
      const std::string group = own.empty() ? "" : own.front().group;
      const JobControl shown = named(control, group + " " + id + ", ");
      AUSCULT_TRY_ASSIGN(const auto model, train(own, preset, options.threads, shown));
      const auto sound = [&](std::size_t i) -> Result<std::vector<float>> {
        return render(normal_clip(machine, training + static_cast<int>(i), options.set), snr_db,
                      options.recording_seconds)
            .interleaved;
      };
      AUSCULT_TRY_ASSIGN(Tally tally, judge_all(model, fresh, options.threads, sound, shown));
      tally.machine = id;
      tally.group = group;
      tallies.push_back(std::move(tally));
    }
  }
  return tallies;
}

Result<std::vector<float>> read_at_rate(const std::filesystem::path& path, const Preset& preset) {
  std::vector<float> samples;
  FeatureStream stream(preset.frontend, {}, {.channel = preset.channel});
  const FeatureSink sink{
      .hop = {}, .samples = [&](std::span<const float> s) { samples.insert(samples.end(), s.begin(), s.end()); }};
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  AUSCULT_TRY(read_blocks(reader, path, std::nullopt, nullptr, [&](const FileBlock& block) {
    return stream.push(block.interleaved, block.channels, block.sample_rate, 0, sink);
  }));
  stream.finish(sink);
  return samples;
}

// All of a machine's normals in `blocks` contiguous blocks; each is judged by a model trained on the others.
Result<std::vector<Tally>> judge_crossfitted(const FalseAlarmOptions& options, const Preset& preset,
                                             const JobControl& control) {
  constexpr std::size_t kBlocks = 5;
  IndexOptions normal;
  normal.force_label = Label::normal;
  const auto root = options.data / "machine_hum";
  AUSCULT_TRY_ASSIGN(std::vector<Clip> clips, index_clips({root / "normal_train", root / "normal_test"}, normal));
  std::sort(clips.begin(), clips.end(), [](const Clip& a, const Clip& b) {
    return a.path.filename() < b.path.filename();
  });  // numbered in order of time
  for (Clip& clip : clips) clip.group.clear(), clip.machine_id.clear(), clip.machine_type.clear();
  std::vector<Tally> tallies;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const std::size_t begin = clips.size() * block / kBlocks, end = clips.size() * (block + 1) / kBlocks;
    std::vector<Clip> others(clips.begin(), clips.begin() + static_cast<std::ptrdiff_t>(begin));
    others.insert(others.end(), clips.begin() + static_cast<std::ptrdiff_t>(end), clips.end());
    const JobControl shown = named(control, "machine_hum, block " + std::to_string(block + 1) + ", ");
    AUSCULT_TRY_ASSIGN(const auto model, train(std::move(others), preset, options.threads, shown));
    const auto sound = [&](std::size_t i) { return read_at_rate(clips[begin + i].path, preset); };
    AUSCULT_TRY_ASSIGN(Tally tally, judge_all(model, end - begin, options.threads, sound, shown));
    tally.machine = "machine_hum";
    tally.group = "block " + std::to_string(block + 1);
    tallies.push_back(std::move(tally));
  }
  return tallies;
}

struct Verdict {
  double promised = 0.0, measured = 0.0;
  Interval interval{};
  bool enough = true;  ///< false if fewer than three are expected: a count of zero would then prove nothing
  const char* words() const { return !enough ? "too little sound to tell" : kept() ? "kept" : "not kept"; }
  bool kept() const {
    return measured >= promised / 2.0 && measured <= 2.0 * promised && interval.low <= promised &&
           promised <= interval.high;
  }
};

struct Study {
  std::string name;
  std::vector<Tally> tallies;
  Tally sum;
  Verdict clips, events;  // share of clips; events per hour
};

Study conclude(std::string name, std::vector<Tally> tallies, const CalibrationConfig& promise) {
  Study study{std::move(name), std::move(tallies), {}, {}, {}};
  for (const Tally& tally : study.tallies) study.sum.add(tally);
  const Tally& sum = study.sum;
  study.clips = {promise.clip_false_alarm_rate, static_cast<double>(sum.flagged) / static_cast<double>(sum.clips),
                 binomial_interval(sum.flagged, sum.clips)};
  const Interval events = poisson_interval(sum.events);
  study.events = {promise.false_alarms_per_hour,
                  static_cast<double>(sum.events) / sum.hours,
                  {events.low / sum.hours, events.high / sum.hours},
                  promise.false_alarms_per_hour * sum.hours >= 3.0};
  return study;
}

ordered_json to_json(const Verdict& v) {
  return {{"promised", v.promised},  {"measured", v.measured}, {"low", v.interval.low},
          {"high", v.interval.high}, {"enough", v.enough},     {"kept", v.kept()}};
}

ordered_json to_json(const Study& study) {
  ordered_json rows = ordered_json::array();
  for (const Tally& t : study.tallies)
    rows.push_back({{"machine", t.machine},
                    {"group", t.group},
                    {"normals", t.clips},
                    {"flagged", t.flagged},
                    {"events", t.events},
                    {"recordings_with_events", t.alarmed},
                    {"hours", t.hours}});
  return {{"rows", rows},
          {"normals", study.sum.clips},
          {"flagged", study.sum.flagged},
          {"hours", study.sum.hours},
          {"events", study.sum.events},
          {"false_alarms", to_json(study.clips)},
          {"events_per_hour", to_json(study.events)}};
}

void print(const Study& study, const std::string& preset) {
  std::printf("%s, preset %s\n%-12s %-9s %7s %8s %7s %8s %7s %13s\n", study.name.c_str(), preset.c_str(), "machine",
              "group", "clips", "flagged", "share", "hours", "events", "in recordings");
  for (const Tally& t : study.tallies)
    std::printf("%-12s %-9s %7zu %8zu %6.1f%% %8.2f %7zu %13zu\n", t.machine.c_str(), t.group.c_str(), t.clips,
                t.flagged, 100.0 * static_cast<double>(t.flagged) / static_cast<double>(t.clips), t.hours, t.events,
                t.alarmed);
  const Tally& sum = study.sum;
  const Verdict &c = study.clips, &e = study.events;
  std::printf("Clips flagged: promised %.1f %%, measured %.1f %% (%zu of %zu; 95 %% interval %.1f-%.1f %%): %s.\n",
              100 * c.promised, 100 * c.measured, sum.flagged, sum.clips, 100 * c.interval.low, 100 * c.interval.high,
              c.words());
  std::printf("Events per hour: promised %.2f, measured %.2f (%zu in %.1f h; 95 %% interval %.2f-%.2f): %s.\n\n",
              e.promised, e.measured, sum.events, sum.hours, e.interval.low, e.interval.high, e.words());
}

int run_false_alarms(const FalseAlarmOptions& options, BenchContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const auto presets = load_presets(options);
  if (!presets) return cli::report(presets.error());
  cli::ProgressBar bar;
  const JobControl control{bar.function(), &context.cancel};
  ordered_json all = ordered_json::array();
  for (const Preset& preset : *presets) {
    std::vector<Study> studies;
    if (!options.no_simulated) {
      auto simulated = judge_simulated(options, preset, control);
      if (!simulated) return bar.close(), cli::report(simulated.error());
      studies.push_back(conclude("simulated", std::move(*simulated), preset.calibration));
    }
    std::error_code error;
    if (std::filesystem::is_directory(options.data / "machine_hum", error)) {
      auto hum = judge_crossfitted(options, preset, control);
      if (!hum) return bar.close(), cli::report(hum.error());
      studies.push_back(conclude("machine_hum", std::move(*hum), preset.calibration));
    }
    bar.close();
    ordered_json object = {{"preset", preset.name}};
    for (const Study& study : studies) {
      if (!options.json) print(study, preset.name);
      object[study.name] = to_json(study);
    }
    all.push_back(std::move(object));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json)
    std::printf("%s\n", ordered_json{{"presets", all}, {"seconds", seconds}}.dump().c_str());
  else
    std::printf(
        "Each model trained on %g minutes; kept: within a factor 2 of the promise, which lies in the interval (exact "
        "binomial and Poisson). Wall time %.0f s.\n",
        options.training_minutes, seconds);
  return kExitOk;
}

}  // namespace

void add_false_alarms(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "false-alarms", "Promised and measured false alarms: new simulated normal sound, and machine_hum in five blocks");
  auto options = std::make_shared<FalseAlarmOptions>();
  add_recording_options(*command, *options, 1);
  command->add_option("--machines", options->machines, "Number of simulated pumps")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  command->add_option("--snr", options->snr_db, "Signal-to-noise ratio in dB; repeatable")
      ->capture_default_str()
      ->allow_extra_args(false);
  command->add_option("--hours", options->hours, "Hours of new simulated normal sound, for all machines together")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 10000.0));
  command
      ->add_option("--training-minutes", options->training_minutes,
                   "Minutes of normal sound that train each simulated machine's model")
      ->capture_default_str()
      ->check(CLI::Range(1.5, 1000.0));
  command
      ->add_option("--recording-seconds", options->recording_seconds,
                   "Length of one new recording: one stream for events, divided into clips of 10 s")
      ->capture_default_str()
      ->check(CLI::Range(10.0, 36000.0));
  command->add_option("--set", options->set, "Seed of the simulated set")->capture_default_str();
  command->add_flag("--no-simulated", options->no_simulated, "Evaluate machine_hum only");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_false_alarms(*options, context); }; });
}

}  // namespace auscult::bench
