// live_monitor MODEL [RECORDING]: monitors the default microphone, or a recording as if it were one, and prints its
// events.
#include <chrono>
#include <cstdio>
#include <thread>

#include <auscult/auscult.h>

namespace {

void print_events(auscult::SoundMonitor& monitor) {
  while (const auto event = monitor.poll())
    std::printf("event %s at %.2f s, peak anomaly score %.2f\n", event->ended ? "ended" : "began",
                event->ended ? event->end_s : event->start_s, event->peak_score);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "Usage: live_monitor MODEL [RECORDING]\n");
    return 2;
  }
  const auto model = auscult::load_model(argv[1]);
  if (!model) {
    std::fprintf(stderr, "%s\n", auscult::to_message(model.error()).c_str());
    return auscult::exit_code(model.error().code);
  }
  auscult::SoundMonitor monitor =
      argc == 3 ? auscult::SoundMonitor::on_recording(*model, argv[2]) : auscult::SoundMonitor::on_microphone(*model);
  if (const auto started = monitor.start(); !started) {
    std::fprintf(stderr, "%s\n", auscult::to_message(started.error()).c_str());
    return auscult::exit_code(started.error().code);
  }
  while (!monitor.status().finished) {
    print_events(monitor);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  monitor.stop();
  print_events(monitor);
  const auscult::MonitorStatus status = monitor.status();
  if (status.error) {
    std::fprintf(stderr, "%s\n", auscult::to_message(*status.error).c_str());
    return auscult::exit_code(status.error->code);
  }
  std::printf("%llu hops, %llu events\n", static_cast<unsigned long long>(status.hops),
              static_cast<unsigned long long>(status.events));
}
