// Embeds Auscult's monitor: feeds samples, as they come, to the same scorer that the window and `auscult` use.
// embed MODEL: reads 32-bit float samples at the model's rate from standard input, e.g.
//   sox night.wav -t f32 -r 16000 -c 1 - | embed pump.safetensors
#include <array>
#include <cstdio>

#include <scoring/scorer.h>

int main(int argc, char** argv) {
  const auto model = auscult::load_model(argc > 1 ? argv[1] : "");
  if (!model) return std::fprintf(stderr, "%s\n", auscult::to_message(model.error()).c_str()), 4;

  auscult::Scorer scorer(*model);
  const auto on_hop = [&](const auscult::Hop& hop) {  // every 32 ms
    if (hop.running && hop.fused > (*model)->live_threshold) std::printf("%.2f s: score %.2f\n", hop.time_s, hop.fused);
  };
  std::array<float, 512> samples;
  while (const std::size_t n = std::fread(samples.data(), sizeof(float), samples.size(), stdin)) scorer.push({samples.data(), n}, on_hop);
  scorer.finish(on_hop);
}
