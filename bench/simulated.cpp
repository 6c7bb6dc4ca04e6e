// simulated: simulated pumps in MIMII's layout and with its protocol, one row per machine and SNR and one per kind of
// fault.
#include "console.h"
#include "recordings.h"
#include "simulate/pump_set.h"
#include "simulator_bounds.h"

namespace auscult::bench {
namespace {

struct SimulatedOptions : RecordingOptions {
  int machines = 4, normals = 100, abnormals = 30;
  std::vector<double> snr_db = {6.0, 0.0, -6.0};
  std::uint64_t set = kHeldSeed;
};

Result<std::vector<BenchmarkTask>> render_set(const SimulatedOptions& options, const std::filesystem::path& folder,
                                              BenchContext& context) {
  PumpSetOptions set;
  set.out = folder / "pumps";
  set.machines = options.machines;
  set.normal = options.normals;
  set.abnormal = options.abnormals;
  set.snr_db = options.snr_db;
  set.channels = 1;
  set.seed = options.set;
  set.threads = options.threads;
  cli::ProgressBar bar;
  AUSCULT_TRY(write_pump_set(set, {bar.function(), &context.cancel}));
  bar.close();
  AUSCULT_TRY_ASSIGN(const std::vector<Clip> clips, index_clips({set.out}));
  std::vector<Error> left_out;
  return benchmark_tasks(clips, left_out);
}

int run_simulated(const SimulatedOptions& options, BenchContext& context) {
  const ScratchFolder scratch;
  if (scratch.path().empty())
    return cli::report(
        {ErrorCode::write_failed, "the temporary folder cannot be created", {}, "check $TMPDIR and its free space"});
  const auto tasks = render_set(options, scratch.path(), context);
  if (!tasks) return cli::report(tasks.error());
  return print_benchmark(*tasks, options, context,
                         "Simulator version " + std::to_string(kSimulatorVersion) + ", set of seed " +
                             std::to_string(options.set) +
                             ", channel 0; MIMII's split: of each machine as many normals as abnormals test, " +
                             std::to_string(tasks->front().train.size()) + " train.");
}

}  // namespace

void add_simulated(CLI::App& app, BenchContext& context) {
  auto* command =
      app.add_subcommand("simulated", "Simulated pumps with MIMII's protocol: by machine, SNR and kind of fault");
  auto options = std::make_shared<SimulatedOptions>();
  add_recording_options(*command, *options, 5);
  command->add_option("--machines", options->machines, "Number of pumps")
      ->capture_default_str()
      ->check(CLI::Range(1, 50));
  command->add_option("--normals", options->normals, "Normal recordings per pump")
      ->capture_default_str()
      ->check(CLI::Range(4, 10000));
  command->add_option("--abnormals", options->abnormals, "Abnormal recordings per pump, the six faults in turn")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_option("--snr", options->snr_db, "Signal-to-noise ratio in dB; repeatable")
      ->capture_default_str()
      ->allow_extra_args(false);
  command
      ->add_option("--set", options->set, "Seed of the set: which pumps and recordings; auscult simulate makes set 1")
      ->capture_default_str();
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_simulated(*options, context); }; });
}

}  // namespace auscult::bench
