// images: the convolutional networks on pictures, as in the reference material: half of the normal ones train, the
// others and the abnormal ones test. Each seed draws its own split and its own networks.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <optional>
#include <random>

#include "base/duration.h"
#include "bench.h"
#include "console.h"
#include "image_file.h"
#include "runs.h"
#include "training/trainer.h"

namespace auscult::bench {
namespace {

constexpr const char* kPresets[] = {"course-cnn-mel", "course-rescnn-mel"};
constexpr int kWidth = kPictureChannels * kPatchSide * kPatchSide;
constexpr std::size_t kFewestNormals = 32;  // half of them must be enough to train

struct ImageOptions : TableOptions {
  std::optional<int> epochs;
};

using Pictures = std::vector<std::vector<float>>;

struct PictureSet {
  Pictures normal, abnormal;
  std::size_t skipped = 0;
};

Result<Pictures> read_folder(const std::filesystem::path& folder, std::size_t& skipped) {
  AUSCULT_TRY_ASSIGN(const auto files, list_pictures(folder));
  Pictures pictures;
  for (const auto& file : files) {
    auto picture = read_picture(file);
    if (picture) {
      pictures.push_back(std::move(*picture));
      continue;
    }
    ++skipped;
    std::fprintf(stderr, "auscult-bench: warning: left out: %s\n", to_message(picture.error()).c_str());
  }
  return pictures;
}

Result<PictureSet> read_pictures(const std::filesystem::path& data) {
  PictureSet set;
  AUSCULT_TRY_ASSIGN(set.normal, read_folder(data / "normal", set.skipped));
  AUSCULT_TRY_ASSIGN(set.abnormal, read_folder(data / "abnormal", set.skipped));
  if (set.normal.size() >= kFewestNormals && !set.abnormal.empty()) return set;
  return fail(ErrorCode::not_enough_data,
              "there are " + std::to_string(set.normal.size()) + " normal and " + std::to_string(set.abnormal.size()) +
                  " abnormal pictures; " + std::to_string(kFewestNormals) + " normal and 1 abnormal are needed",
              data.string(), "half of the normal ones train, the others and the abnormal ones test");
}

// One network's scores: E(z), the untrained network's E(z), and the distance to the mean picture.
struct Scores {
  std::vector<double> dagmm, untrained, distance;
};

Scores score(const Detector& detector, const Pictures& pictures) {
  Scores scores;
  for (const std::vector<float>& picture : pictures) {
    Energies trained[1], untrained[1];
    ControlEnergies controls[1];
    detector.energies(picture, trained);
    detector.untrained_energies(picture, untrained);
    detector.control_energies(picture, controls);
    scores.dagmm.push_back(trained[0].dagmm);
    scores.untrained.push_back(untrained[0].dagmm);
    scores.distance.push_back(controls[0].template_distance);
  }
  return scores;
}

Result<Run> run_once(const PictureSet& set, const ImageOptions& options, std::uint64_t seed,
                     const JobControl& control) {
  std::vector<std::size_t> order(set.normal.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
  FeatureMatrix train{kWidth, {}, {}};
  Pictures test;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& picture = set.normal[order[i]];
    if (i < order.size() / 2)
      train.values.insert(train.values.end(), picture.begin(), picture.end());
    else
      test.push_back(picture);
  }
  Run run;
  for (const char* name : kPresets) {
    AUSCULT_TRY_ASSIGN(const Preset preset, load_preset(name));
    DetectorConfig config = preset.detectors.front();
    if (options.epochs) config.dagmm.schedule.epochs = *options.epochs;
    AUSCULT_TRY_ASSIGN(const Detector detector, train_detector(config, train, seed, control));
    const Scores normal = score(detector, test), abnormal = score(detector, set.abnormal);
    const std::string group = config.dagmm.network.kind == NetworkKind::conv ? "cnn" : "rescnn";
    run.push_back(score_row("images", group, "dagmm", normal.dagmm, abnormal.dagmm));
    run.push_back(score_row("images", group, "untrained", normal.untrained, abnormal.untrained));
    run.push_back(score_row("images", group, "template", normal.distance, abnormal.distance));
  }
  return run;
}

int run_images(const ImageOptions& options, BenchContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const auto set = read_pictures(options.data);
  if (!set) return cli::report(set.error());
  cli::ProgressBar bar;
  std::vector<Run> runs;
  for (int seed = 1; seed <= options.seeds; ++seed) {
    const auto progress = [&](const Progress& p) {
      Progress named = p;
      named.stage = "seed " + std::to_string(seed) + ", " + p.stage;
      bar.update(named);
    };
    auto run = run_once(*set, options, static_cast<std::uint64_t>(seed), {progress, &context.cancel});
    if (!run) {
      bar.close();
      return cli::report(run.error());
    }
    runs.push_back(std::move(*run));
  }
  bar.close();
  const Evaluation all = summarise(runs);
  if (options.json) {
    std::printf("%s\n", to_json(all).c_str());
  } else {
    std::fputs(to_lines(all).c_str(), stdout);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf(
        "%d seeds, each its own split and networks; half of %zu normal pictures train; E(z), the same network "
        "untrained, and the distance to the mean picture; %s in all.\n",
        options.seeds, set->normal.size(), format_duration(seconds).c_str());
  }
  return set->skipped == 0 ? kExitOk : kExitInput;
}

}  // namespace

void add_images(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand(
      "images", "Both convolutional networks on pictures: --data has normal/ and abnormal/ with PNG or JPEG files");
  auto options = std::make_shared<ImageOptions>();
  add_table_options(*command, *options, 5);
  command->add_option("--epochs", options->epochs, "Epochs, instead of the presets' number")
      ->check(CLI::Range(0, 1000000));
  command->footer(
      "Pictures are cropped to the centered square and resized to 64 x 64. Unreadable files are reported and left out "
      "(exit 3 at the end).");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_images(*options, context); }; });
}

}  // namespace auscult::bench
