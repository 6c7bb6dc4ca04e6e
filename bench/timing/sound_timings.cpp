// frontend, score and train: from samples to log-mels, to scores, and to a trained DAGMM.
#include <cmath>
#include <ctime>
#include <fstream>
#include <random>

#include "app/places.h"
#include "model/model.h"
#include "model/preset.h"
#include "peers/kaldi_fbank.h"
#include "recordings.h"
#include "scoring/scorer.h"
#include "timing/peers.h"
#include "timing/timings.h"
#include "training/trainer.h"

namespace auscult::bench {
namespace {

// Processor time of this thread, so that what else the computer does counts as little as possible.
double processor_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
}

std::vector<float> noise(std::size_t samples) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0F, 0.06F);
  std::vector<float> values(samples);
  for (float& value : values) value = normal(random);
  return values;
}

// Raw float32 values for the peers, which so do their work on the same numbers.
Status write_raw(const std::filesystem::path& path, std::span<const float> values) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  if (!file.flush())
    return fail(ErrorCode::write_failed, "the file cannot be written", path.string(), "check the disk");
  return {};
}

// The fixed work: a filterbank over the same frames. Microseconds a frame.
double fbank_frame_us(const std::vector<float>& samples, const FrontendConfig& config) {
  KaldiFbank fbank(config.sample_rate, config.n_fft, config.n_mels);
  const auto size = static_cast<std::size_t>(config.n_fft), hop = static_cast<std::size_t>(config.hop_length);
  const auto start = processor_us();
  std::size_t frames = 0;
  volatile float last = 0.0F;  // the work must not be optimized away
  for (std::size_t at = 0; at + size <= samples.size(); at += hop, ++frames)
    last = fbank.frame(std::span(samples).subspan(at, size)).front();
  (void)last;
  return (processor_us() - start) / static_cast<double>(frames);
}

Contender fbank_contender(const std::shared_ptr<std::vector<float>>& samples) {
  return {"fbank in Kaldi's way with KissFFT, a frame", "reference",
          [samples] { return Result<double>(fbank_frame_us(*samples, FrontendConfig{})); }};
}

int run_frontend(const TimingOptions& options, BenchContext& context) {
  const ScratchFolder scratch;
  const double seconds = options.quick ? 2.0 : 60.0;
  auto samples = std::make_shared<std::vector<float>>(noise(static_cast<std::size_t>(16000.0 * seconds)));
  const auto raw = scratch.path() / "sound.f32";
  if (const Status written = write_raw(raw, *samples); !written) return cli::report(written.error());
  Contest contest{"frontend", "us of processor time per frame of 1024 samples, hop 512, 64 bands"};
  contest.contenders.push_back({"auscult, streaming in blocks of 512", "auscult", [samples] {
                                  LogMelFrontend frontend{FrontendConfig{}};
                                  const auto start = processor_us();
                                  std::int64_t frames = 0;
                                  for (std::size_t at = 0; at + 512 <= samples->size(); at += 512)
                                    frontend.push(std::span(*samples).subspan(at, 512),
                                                  [&](const FrameView&) { ++frames; });
                                  return Result<double>((processor_us() - start) / static_cast<double>(frames));
                                }});
  contest.contenders.push_back(fbank_contender(samples));
  for (const char* peer : {"numpy", "torchaudio", "torchaudio-streaming"})
    add_peer(contest, options, "frontend.py", peer, {raw.string()});
  return run_contest(contest, options, context);
}

int run_score(const TimingOptions& options, BenchContext& context) {
  const auto file = demo_model_file();
  if (!file) return cli::report(file.error());
  const auto model = load_model(*file);
  if (!model) return cli::report(model.error());
  const double seconds = options.quick ? 4.0 : 30.0;
  auto samples = std::make_shared<std::vector<float>>(noise(static_cast<std::size_t>(16000.0 * seconds)));
  const auto scored = [model = *model, samples, seconds](ScorerMode mode, bool why) -> Result<double> {
    Scorer scorer(model, {.mode = mode, .why = why});
    const auto start = processor_us();
    std::size_t energies = 0;
    const HopSink sink = [&](const Hop& hop) { energies += hop.fresh.size(); };
    for (std::size_t at = 0; at + 512 <= samples->size(); at += 512)
      scorer.push(std::span(*samples).subspan(at, 512), sink);
    scorer.finish(sink);
    if (energies == 0) return fail(ErrorCode::internal, "nothing was scored", {}, "report this");
    return (processor_us() - start) / seconds;
  };
  Contest contest{"score", "us of processor time per second of sound"};
  contest.contenders.push_back(
      {"auscult, all detectors, from samples", "auscult", [scored] { return scored(ScorerMode::batch, false); }});
  contest.contenders.push_back({"auscult, hop by hop with attribution, as live", "auscult",
                                [scored] { return scored(ScorerMode::live, true); }});
  contest.contenders.push_back(fbank_contender(samples));
  // Peers score ready feature vectors: two of 128 values a second.
  const std::string windows = options.quick ? "64" : "2000";
  for (const char* peer : {"gaussian-mixture", "nearest-neighbors", "dagmm-twin"})
    add_peer(contest, options, "scoring.py", peer, {windows});
  return run_contest(contest, options, context);
}

// Feature vectors of a machine with a few operating states.
FeatureMatrix vectors(int rows, int width) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> states(static_cast<std::size_t>(4 * width));
  for (float& value : states) value = 3.0F * normal(random);
  FeatureMatrix matrix;
  matrix.width = width;
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < width; ++i)
      matrix.values.push_back(
          states[static_cast<std::size_t>(row % 4) * static_cast<std::size_t>(width) + static_cast<std::size_t>(i)] +
          normal(random));
  return matrix;
}

int run_train(const TimingOptions& options, BenchContext& context) {
  const auto preset = load_preset("monitor");
  if (!preset) return cli::report(preset.error());
  const int rows = options.quick ? 512 : 4096, steps = options.quick ? 4 : 40;
  const ScratchFolder scratch;
  const auto matrix = std::make_shared<FeatureMatrix>(vectors(rows, 128));
  const auto raw = scratch.path() / "vectors.f32";
  if (const Status written = write_raw(raw, matrix->values); !written) return cli::report(written.error());
  const auto trained = [matrix, &context](DetectorConfig detector, int most_steps) -> Result<double> {
    detector.members = 1;
    detector.amount = {};
    detector.dagmm.schedule.max_steps = most_steps;
    const JobControl control{{}, &context.cancel};
    const auto start = processor_us();
    AUSCULT_TRY(train_detector(detector, *matrix, 1, control));
    return (processor_us() - start);
  };
  // What surrounds the steps (standardization, k-means, final mixture, densities) takes the same time with one step.
  const DetectorConfig dagmm = preset->detectors.front();
  Contest contest{"train", "us of processor time per gradient step of 256 vectors"};
  contest.contenders.push_back(
      {"auscult, the DAGMM of the preset monitor", "auscult", [trained, dagmm, steps]() -> Result<double> {
         AUSCULT_TRY_ASSIGN(const double all, trained(dagmm, steps));
         AUSCULT_TRY_ASSIGN(const double one, trained(dagmm, 1));
         return std::max(1e-3, (all - one) / (steps - 1));
       }});
  contest.contenders.push_back(
      {"auscult, with all that surrounds the steps", "auscult", [trained, dagmm, steps]() -> Result<double> {
         AUSCULT_TRY_ASSIGN(const double all, trained(dagmm, steps));
         return all / steps;
       }});
  contest.contenders.push_back(fbank_contender(std::make_shared<std::vector<float>>(noise(std::size_t{20} * 16000))));
  for (const char* peer : {"dagmm-twin", "dagmm-twin-float32"})
    add_peer(contest, options, "training.py", peer, {raw.string(), "128", std::to_string(steps)});
  return run_contest(contest, options, context);
}

}  // namespace

void add_sound_timings(CLI::App& app, BenchContext& context) {
  add_timing(app, context, "frontend", "Time of a log-mel frame beside torchaudio, NumPy and a plain filterbank",
             run_frontend);
  add_timing(app, context, "score", "Time of scoring beside scikit-learn and PyTorch", run_score);
  add_timing(app, context, "train", "Time of a gradient step beside a PyTorch twin of the shipped DAGMM", run_train);
}

}  // namespace auscult::bench
