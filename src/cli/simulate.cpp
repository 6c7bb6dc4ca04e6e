// auscult simulate: writes a set of simulated recordings of machines, or one continuous demo recording.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "commands.h"
#include "console.h"
#include "simulate/pump_set.h"

namespace auscult::cli {

namespace {

struct SimulateOptions {
  PumpSetOptions set;
  PumpDemoOptions demo;
  std::string out, demo_file, fault = "bearing", machine_type = "pump", operation = "steady";
  bool seconds_given = false;
};

std::string format_bytes(std::int64_t bytes) {
  char text[32];
  if (bytes >= 1'000'000'000) {
    std::snprintf(text, sizeof text, "%.1f GB", static_cast<double>(bytes) * 1e-9);
  } else {
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) * 1e-6);
  }
  return text;
}

std::string fault_names(MachineFamily family) {
  std::string names;
  const std::span<const Fault> faults = faults_of(family);
  for (std::size_t i = 0; i < faults.size(); ++i)
    names += std::string(i == 0 ? "" : i + 1 < faults.size() ? ", " : " or ") + to_string(faults[i]);
  return names;
}

int run_demo(SimulateOptions& options) {
  const auto fault = fault_from_string(options.fault);
  const std::span<const Fault> faults = faults_of(options.set.simulator.family);
  if (!fault || std::find(faults.begin(), faults.end(), *fault) == faults.end())
    return report(
        {ErrorCode::usage, "unknown fault", options.fault, "choose " + fault_names(options.set.simulator.family)});
  options.demo.simulator = options.set.simulator;
  options.demo.file = options.demo_file;
  options.demo.fault = *fault;
  options.demo.seed = options.set.seed;
  if (options.seconds_given) options.demo.normal_seconds = options.set.seconds;
  if (!options.set.snr_db.empty()) options.demo.snr_db = options.set.snr_db.front();
  if (const Status written = write_pump_demo(options.demo); !written) return report(written.error());
  std::fprintf(stderr, "%s: %g s of a healthy %s, then %g s with a fault (%s)\n", options.demo_file.c_str(),
               options.demo.normal_seconds, options.machine_type.c_str(), options.demo.fault_seconds,
               options.fault.c_str());
  return kExitOk;
}

int run_set(SimulateOptions& options, const CancelFlag& cancel) {
  if (options.out.empty())
    return report(
        {ErrorCode::usage, "no output folder given", {}, "auscult simulate OUT, for example: auscult simulate pumps"});
  options.set.out = options.out;
  const auto plan = plan_pump_set(options.set);
  if (!plan) return report(plan.error());
  std::fprintf(stderr, "simulating %lld recordings, about %s\n", static_cast<long long>(plan->files),
               format_bytes(plan->bytes).c_str());
  ProgressBar bar;
  const auto written = write_pump_set(options.set, {bar.function(), &cancel});
  bar.close();
  if (!written) return report(written.error());
  std::fprintf(stderr, "%lld recordings in %s, listed in %s\n", static_cast<long long>(written->files),
               options.out.c_str(), written->manifest.c_str());
  return kExitOk;
}

}  // namespace

void add_simulate(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* command =
      app.add_subcommand("simulate", "Simulate recordings of healthy and faulty machines, laid out like MIMII");
  command->add_option("OUT", options->out, "New folder to write to");
  command
      ->add_option("--machines", options->set.machines,
                   "Number of pumps (or other machines); each has its own construction, room and neighboring machines")
      ->capture_default_str();
  command->add_option("--normal", options->set.normal, "Recordings of each healthy pump")->capture_default_str();
  command->add_option("--abnormal", options->set.abnormal, "Recordings of each faulty pump, cycling through its faults")
      ->capture_default_str();
  command
      ->add_option("--snr", options->set.snr_db,
                   "Pump relative to factory noise in dB; repeat it for several (MIMII: 6, 0, -6) [6]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("DB");
  command->add_option("--channels", options->set.channels, "Microphones, 1-8, in a ring half a meter from the pump")
      ->capture_default_str();
  CLI::Option* seconds =
      command->add_option("--seconds", options->set.seconds, "Length of a recording")->capture_default_str();
  command->add_option("--seed", options->set.seed, "Random seed; equal seeds give equal files")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--version", options->set.simulator.version,
                   "Of the simulator: 1, its pumps, or 2, machines with operating states")
      ->capture_default_str()
      ->check(CLI::Range(1, 2));
  command->add_option("--machine-type", options->machine_type, "With --version 2: pump, fan or gearbox")
      ->capture_default_str()
      ->check(CLI::IsMember({"pump", "fan", "gearbox"}));
  command
      ->add_option("--operation", options->operation,
                   "With --version 2: steady, or variable (speed and load, with ramps)")
      ->capture_default_str()
      ->check(CLI::IsMember({"steady", "variable"}));

  CLI::Option_group* demo = command->add_option_group(
      "demo", "One continuous mono recording instead of a set: healthy for --seconds [20], then a fault");
  demo->add_option("--demo", options->demo_file, "Write this .flac or .wav");
  demo->add_option("--machine", options->demo.machine,
                   "Which pump: 0 is id_00 of the set with the same seed, 1 is id_02, ...")
      ->capture_default_str();
  demo->add_option("--fault", options->fault, "One of the machine's faults, below")->capture_default_str();
  demo->add_option("--fault-seconds", options->demo.fault_seconds, "Length of the part with the fault")
      ->capture_default_str();
  demo->add_option("--severity", options->demo.severity, "0-1, from hardly audible to obvious")->capture_default_str();

  command->footer(
      "Writes OUT/6_dB_pump/pump/id_00/{normal,abnormal}/00000000.wav ... (16 kHz, 16 bit, extensible WAV) and\n"
      "OUT/manifest.csv with each recording's fault and severity (0-1). Every SNR has the same pumps.\n"
      "Faults of a pump: bearing, cavitation, leak, clog, imbalance, contamination; with --version 2, of a fan: "
      "bearing,\n"
      "imbalance, blade_damage, clog, belt, rub; of a gearbox: bearing, tooth_damage, wear, misalignment, "
      "lubrication.\n"
      "No fault can be detected by loudness alone.\n"
      "The default set takes 1.3 GB and half a minute on two cores. --channels 1 (all that Auscult uses by default)\n"
      "takes 0.2 GB with the same sound.\n"
      "Examples:\n"
      "  auscult simulate pumps\n"
      "  auscult simulate pumps --snr 6 --snr 0 --snr -6 --normal 300 --abnormal 60 --channels 1\n"
      "  auscult simulate fans --version 2 --machine-type fan --operation variable --channels 1\n"
      "  auscult simulate --demo demo.flac --seconds 20 --fault leak");
  command->callback([options, seconds, &context] {
    options->seconds_given = seconds->count() > 0;
    options->set.simulator.family = *machine_family_from_string(options->machine_type);
    options->set.simulator.operation = *operation_from_string(options->operation);
    context.run = [options, &context] {
      return options->demo_file.empty() ? run_set(*options, context.cancel) : run_demo(*options);
    };
  });
}

}  // namespace auscult::cli
