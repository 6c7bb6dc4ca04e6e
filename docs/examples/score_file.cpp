// score_file MODEL RECORDING...: the anomaly score of each recording and the decision, as `auscult score` prints them.
#include <cstdio>

#include <auscult/auscult.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "Usage: score_file MODEL RECORDING...\n");
    return 2;
  }
  const auto model = auscult::load_model(argv[1]);
  if (!model) {
    std::fprintf(stderr, "%s\n", auscult::to_message(model.error()).c_str());
    return auscult::exit_code(model.error().code);
  }
  int status = 0;
  for (int i = 2; i < argc; ++i) {
    const auto score = auscult::score_recording(*model, argv[i]);
    if (!score) {  // the other recordings are still scored
      std::fprintf(stderr, "%s\n", auscult::to_message(score.error()).c_str());
      status = auscult::exit_code(score.error().code);
      continue;
    }
    std::printf("%s,%.6f,%.6f,%d\n", argv[i], score->score, score->threshold, score->anomalous ? 1 : 0);
  }
  return status;
}
