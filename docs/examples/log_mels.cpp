// log_mels RECORDING [MODEL]: the log-mel frames of a recording, one line of comma-separated dB values per frame, by
// the default frontend or by that of a model.
#include <cstdio>

#include <auscult/auscult.h>

namespace {

int report(const auscult::Error& error) {
  std::fprintf(stderr, "%s\n", auscult::to_message(error).c_str());
  return auscult::exit_code(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "Usage: log_mels RECORDING [MODEL]\n");
    return 2;
  }
  auscult::LogMelOptions options;
  if (argc == 3) {
    const auto model = auscult::load_model(argv[2]);
    if (!model) return report(model.error());
    options.model = *model;
  }
  const auto log_mels = auscult::log_mels_of_recording(argv[1], options);
  if (!log_mels) return report(log_mels.error());
  for (std::size_t i = 0; i < log_mels->values.size(); ++i)
    std::printf("%.6f%c", static_cast<double>(log_mels->values[i]),
                (i + 1) % static_cast<std::size_t>(log_mels->mels) == 0 ? '\n' : ',');
}
