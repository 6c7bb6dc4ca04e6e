// latency and callback: from a hop's last sample to its energy, and what the audio thread does.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "app/places.h"
#include "audio/capture_ring.h"
#include "base/processors.h"
#include "model/model.h"
#include "monitor/live_monitor.h"
#include "timing/timings.h"

namespace auscult::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kRate = 16000, kBlock = 512;

Clock::duration time_of(std::int64_t samples) {
  return std::chrono::nanoseconds(samples * 1'000'000'000 / kRate);
}

// A device that delivers a block at the moment when its last sample has been recorded.
class PunctualSource : public SampleSource {
 public:
  PunctualSource(std::int64_t blocks, std::shared_ptr<std::atomic<Clock::time_point>> began)
      : blocks_(blocks), began_(std::move(began)) {}
  Status start() override {
    began_->store(Clock::now());
    return {};
  }
  Result<ReadState> read(SampleBlock& block, std::chrono::milliseconds timeout) override {
    if (next_ >= blocks_) return ReadState::end;
    const auto due = began_->load() + time_of((next_ + 1) * kBlock);
    if (due > Clock::now() + timeout) {
      std::this_thread::sleep_for(timeout);
      return ReadState::timeout;
    }
    block.interleaved.resize(kBlock);
    for (std::size_t i = 0; i < kBlock; ++i)
      block.interleaved[i] =
          0.1F * std::sin(0.3F * static_cast<float>((next_ * kBlock + static_cast<std::int64_t>(i)) % 20944));
    block.header = {next_ * kBlock,
                    std::chrono::duration_cast<std::chrono::nanoseconds>(due.time_since_epoch()).count(), 0, kRate, 1};
    ++next_;
    std::this_thread::sleep_until(due);
    return ReadState::block;
  }
  void stop() override {}
  SourceInfo info() const override { return {"punctual", "", kRate, 1, false}; }
  SourceHealth health() const override {
    SourceHealth health;
    health.state = SourceState::running;
    return health;
  }

 private:
  std::int64_t blocks_, next_ = 0;
  std::shared_ptr<std::atomic<Clock::time_point>> began_;
};

double quantile(std::vector<double> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

// Milliseconds from a hop's last sample until the reader of the monitor has its energies.
Result<std::vector<double>> latencies(const std::shared_ptr<const Model>& model, int blocks) {
  auto began = std::make_shared<std::atomic<Clock::time_point>>();
  LiveMonitor monitor(model, std::make_unique<PunctualSource>(blocks, began));
  AUSCULT_TRY(monitor.start());
  std::vector<double> found;
  LiveHop hop;
  while (!monitor.status().finished) {
    while (monitor.poll(hop)) {
      const auto last = static_cast<std::int64_t>(std::llround(hop.time_s * kRate));
      found.push_back(Milliseconds(Clock::now() - (began->load() + time_of(last))).count());
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  monitor.stop();
  if (found.empty()) return fail(ErrorCode::internal, "the monitor published nothing", {}, "report this");
  return found;
}

// What sleeping until a moment costs: no monitor on this computer can be more punctual.
std::vector<double> wake_delays(int times) {
  std::vector<double> found;
  for (int i = 0; i < times; ++i) {
    const auto due = Clock::now() + std::chrono::milliseconds(4);
    std::this_thread::sleep_until(due);
    found.push_back(Milliseconds(Clock::now() - due).count());
  }
  return found;
}

// Keeps a processor busy until destruction.
class BusyCore {
 public:
  BusyCore()
      : thread_([](const std::stop_token& stop) {
          volatile double x = 1.0;
          while (!stop.stop_requested()) x = x * 1.0000001;
        }) {}

 private:
  std::jthread thread_;
};

int run_latency(const TimingOptions& options, BenchContext& context) {
  const auto file = demo_model_file();
  if (!file) return cli::report(file.error());
  const auto loaded = load_model(*file);
  if (!loaded) return cli::report(loaded.error());
  const int blocks = options.quick ? 30 : 300;
  const auto energy = [model = *loaded, blocks](double share, bool busy) -> Result<double> {
    const auto core = busy ? std::make_unique<BusyCore>() : nullptr;
    AUSCULT_TRY_ASSIGN(const auto found, latencies(model, blocks));
    return quantile(found, share);
  };
  Contest contest{"latency", "ms from a hop's last sample to its energy"};
  contest.contenders = {
      {"energy of a hop, median", "auscult", [energy] { return energy(0.5, false); }},
      {"energy of a hop, 99 of 100", "auscult", [energy] { return energy(0.99, false); }},
      {"the same beside a busy core", "auscult", [energy] { return energy(0.99, true); }},
      {"waking from a sleep, 99 of 100", "reference",
       [blocks] { return Result<double>(quantile(wake_delays(blocks), 0.99)); }},
  };
  return run_contest(contest, options, context);
}

int run_callback(const TimingOptions& options, BenchContext& context) {
  const int blocks = options.quick ? 100 : 20000;
  const std::vector<float> sound(kBlock, 0.25F);
  const auto nanoseconds = [blocks](const std::function<void()>& work) {
    std::vector<double> each;
    for (int i = 0; i < blocks; ++i) {
      const auto start = Clock::now();
      work();
      each.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
    }
    return each;
  };
  const auto write = [&sound, nanoseconds](double share) {
    CaptureRing ring(std::int64_t{8} * kRate, 1, kBlock);
    SampleBlock block;
    return Result<double>(quantile(nanoseconds([&] {
                                     ring.write(sound.data(), kBlock, 1);
                                     if (ring.fill() > 0.5)
                                       while (ring.read(block)) {
                                       }
                                   }),
                                   share));
  };
  const auto copy = [&sound, nanoseconds] {
    std::vector<float> to(sound.size());
    return Result<double>(quantile(nanoseconds([&] {
                                     std::memcpy(to.data(), sound.data(), sound.size() * sizeof(float));
                                     std::atomic_signal_fence(std::memory_order_seq_cst);
                                   }),
                                   0.5));
  };
  Contest contest{"callback", "ns per block of 512 samples, with reading the clock"};
  contest.contenders = {{"capture ring, write, median", "auscult", [write] { return write(0.5); }},
                        {"capture ring, write, 99 of 100", "auscult", [write] { return write(0.99); }},
                        {"memcpy of the block", "reference", copy}};
  return run_contest(contest, options, context);
}

}  // namespace

void add_live_timings(CLI::App& app, BenchContext& context) {
  add_timing(app, context, "latency", "Time from a hop's last sample to its energy, in real time", run_latency);
  add_timing(app, context, "callback", "Time that the audio thread spends on a block", run_callback);
}

}  // namespace auscult::bench
