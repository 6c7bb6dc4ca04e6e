// startup, memory and window: whole programs.
#include <unistd.h>

#include <chrono>
#include <thread>

#include "app/places.h"
#include "audio/audio_file.h"
#include "recordings.h"
#include "timing/child.h"
#include "timing/timings.h"

namespace auscult::bench {
namespace {

using Measure = double (*)(const ChildRun&);

Contender program(const std::string& name, const std::string& role, std::vector<std::string> command, Measure value) {
  return {name, role, [command = std::move(command), value]() -> Result<double> {
            AUSCULT_TRY_ASSIGN(const ChildRun run, run_child(command));
            if (run.exit_code != 0)
              return fail(ErrorCode::internal, "the program failed", command[0] + " " + command[1], "run it by hand");
            return value(run);
          }};
}

struct Material {
  std::string auscult, model, demo, clips, long_one;
};

// Noise of ten minutes, and clips of ten seconds.
Result<Material> material(const std::filesystem::path& folder, bool quick) {
  Material all;
  AUSCULT_TRY_ASSIGN(all.auscult, sibling("auscult"));
  AUSCULT_TRY_ASSIGN(const auto model, demo_model_file());
  all.model = model.string();
  const auto write = [](const std::filesystem::path& path, int seconds) -> Status {
    AUSCULT_TRY_ASSIGN(auto file, AudioFileWriter::create(path, 16000, 1, AudioEncoding::wav_pcm16));
    std::vector<float> second(16000);
    unsigned state = 1;
    for (int s = 0; s < seconds; ++s) {
      for (float& sample : second)
        state = state * 1664525U + 1013904223U, sample = (static_cast<float>(state >> 8) / 8388608.0F - 1.0F) / 8.0F;
      AUSCULT_TRY(file.write(second));
    }
    return file.finish();
  };
  std::filesystem::create_directories(folder / "clips");
  for (int i = 0; i < (quick ? 2 : 40); ++i)
    AUSCULT_TRY(write(folder / "clips" / (std::to_string(i) + ".wav"), quick ? 3 : 10));
  all.clips = (folder / "clips").string();
  all.demo = (folder / "clips" / "0.wav").string();
  AUSCULT_TRY(write(folder / "long.wav", quick ? 10 : 600));
  all.long_one = (folder / "long.wav").string();
  return all;
}

double wall_ms(const ChildRun& run) {
  return 1e3 * run.wall_s;
}
double first_ms(const ChildRun& run) {
  return 1e3 * run.first_output_s;
}
double memory_mb(const ChildRun& run) {
  return run.memory_mb;
}

int run_startup(const TimingOptions& options, BenchContext& context) {
  const ScratchFolder scratch;
  const auto m = material(scratch.path(), true);
  if (!m) return cli::report(m.error());
  Contest contest{"startup", "ms"};
  contest.contenders = {
      program("auscult --help", "auscult", {m->auscult, "--help"}, wall_ms),
      program("auscult listen --input, first line", "auscult",
              {m->auscult, "listen", m->model, "--input", m->demo, "--json"}, first_ms),
      program("auscult score, a clip of 3 s", "auscult", {m->auscult, "score", m->model, m->demo}, wall_ms),
      program("/bin/true", "reference", {"/bin/true", "x"}, wall_ms),
  };
  if (options.peers) {
    auto peer = program("python3 -c 'import numpy'", "peer", {"/usr/bin/python3", "-c", "import numpy"}, wall_ms);
    if (peer.measure())
      contest.contenders.push_back(std::move(peer));
    else
      contest.skipped.emplace_back(peer.name, "/usr/bin/python3 has no numpy");
  }
  return run_contest(contest, options, context);
}

int run_memory(const TimingOptions& options, BenchContext& context) {
  const ScratchFolder scratch;
  const auto m = material(scratch.path(), options.quick);
  if (!m) return cli::report(m.error());
  Contest contest{"memory", "MB, largest resident size"};
  const std::vector<std::string> score = {m->auscult, "score", m->model};
  const auto scored = [&](const std::string& name, const std::string& what, const std::string& jobs) {
    return program(name, "auscult", {score[0], score[1], score[2], what, "--jobs", jobs}, memory_mb);
  };
  contest.contenders = {
      program("auscult listen --input", "auscult", {m->auscult, "listen", m->model, "--input", m->demo}, memory_mb),
      scored("auscult score, one clip", m->demo, "1"),
      scored("auscult score, forty clips", m->clips, "1"),
      scored("auscult score, forty clips, two jobs", m->clips, "2"),
      scored("auscult score, ten minutes", m->long_one, "1"),
      program("/bin/sleep", "reference", {"/bin/sleep", "0.1"}, memory_mb),
  };
  return run_contest(contest, options, context);
}

// Share of one core that the window takes while it monitors a recording, on a virtual display without graphics
// hardware.
Result<double> window_share(const Material& m, double seconds) {
  AUSCULT_TRY_ASSIGN(const std::string gui, sibling("auscult-gui"));
  int report = -1;
  AUSCULT_TRY_ASSIGN(const Companion server,
                     Companion::start({"Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24"}, {}, &report));
  std::string display = ":";
  for (char digit = 0; read(report, &digit, 1) == 1 && digit != '\n';) display += digit;
  close(report);
  if (display == ":")
    return fail(ErrorCode::program_missing, "Xvfb does not start", {}, "install it: scripts/install --tests");
  const ScratchFolder home;
  AUSCULT_TRY_ASSIGN(const Companion window, Companion::start({gui, m.model, "--input", m.long_one, "--loop"},
                                                              {{"DISPLAY", display},
                                                               {"XDG_CONFIG_HOME", home.path()},
                                                               {"XDG_DATA_HOME", home.path()},
                                                               {"XDG_STATE_HOME", home.path()}}));
  const auto wait = [](double s) { std::this_thread::sleep_for(std::chrono::duration<double>(s)); };
  wait(seconds < 5.0 ? 2.0 : 5.0);  // until the pictures are those of monitoring
  if (!window.running()) return fail(ErrorCode::no_display, "the window ended", display, "run auscult-gui by hand");
  const double before = window.processor_s();
  wait(seconds);
  return 100.0 * (window.processor_s() - before) / seconds;
}

int run_window(const TimingOptions& options, BenchContext& context) {
  const ScratchFolder scratch;
  const auto m = material(scratch.path(), options.quick);
  if (!m) return cli::report(m.error());
  Contest contest{"window", "% of one core, ms"};
  if (access("/usr/bin/Xvfb", X_OK) != 0 || !sibling("auscult-gui")) {
    contest.skipped.emplace_back("auscult-gui, monitoring", "it needs Xvfb and a build with the window");
    return run_contest(contest, options, context);
  }
  const double seconds = options.quick ? 1.0 : 15.0;
  contest.contenders = {{"auscult-gui, monitoring, 1280x800, no graphics hardware", "auscult",
                         [m = *m, seconds] { return window_share(m, seconds); }},
                        program("auscult listen of ten minutes, ms of processor", "reference",
                                {m->auscult, "listen", m->model, "--input", m->long_one},
                                [](const ChildRun& run) { return 1e3 * run.processor_s; })};
  return run_contest(contest, options, context);
}

}  // namespace

void add_program_timings(CLI::App& app, BenchContext& context) {
  add_timing(app, context, "startup", "Time until a command has started", run_startup);
  add_timing(app, context, "memory", "Largest memory of the commands", run_memory);
  add_timing(app, context, "window", "Processor share of the window on a virtual display", run_window);
}

}  // namespace auscult::bench
