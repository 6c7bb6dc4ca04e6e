// auscult adapt: teaches a model another normal state of its machine from a few recordings.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "console.h"
#include "dataset/split.h"
#include "input_files.h"
#include "model/model.h"
#include "result_file.h"
#include "scoring/adaptation.h"

namespace auscult::cli {
namespace {

struct AdaptOptions {
  std::string model, output;
  std::vector<std::string> clips, normal;
  double scale = 1.0;
  bool json = false;
};

std::ptrdiff_t above(const AdaptOutcome& outcome, double AdaptEffect::*score) {
  return std::count_if(outcome.effects.begin(), outcome.effects.end(),
                       [&](const AdaptEffect& effect) { return effect.*score > outcome.model->clip_threshold; });
}

void print_json(std::FILE* to, const AdaptOptions& options, const AdaptOutcome& outcome) {
  nlohmann::ordered_json clips = nlohmann::ordered_json::array();
  for (const AdaptEffect& effect : outcome.effects) {
    clips.push_back({{"file", effect.path.string()}, {"before", effect.before}, {"after", nullptr}});
    if (std::isfinite(effect.after)) clips.back()["after"] = effect.after;
  }
  const nlohmann::ordered_json value = {{"model", options.output},
                                        {"threshold", outcome.model->clip_threshold},
                                        {"clips", std::move(clips)},
                                        {"known", outcome.known.size()},
                                        {"left_out", outcome.left_out.size()},
                                        {"margin", outcome.margin},
                                        {"promise_kept", outcome.promise_kept}};
  std::fprintf(to, "%s\n", value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void print_text(std::FILE* to, const AdaptOptions& options, const AdaptOutcome& outcome) {
  const std::size_t count = outcome.effects.size();
  std::fprintf(to, "Adapted to %zu recording(s) of another normal state.\n", count);
  if (!outcome.known.empty())
    std::fprintf(to, "%zu recording(s) were left out: copies, or learned already.\n", outcome.known.size());
  for (const AdaptEffect& effect : outcome.effects) {
    std::fprintf(to, "  %s: score %.2f before", effect.path.c_str(), effect.before);
    if (std::isfinite(effect.after)) std::fprintf(to, ", %.2f when adapted to the others", effect.after);
    std::fprintf(to, "\n");
  }
  const auto before = above(outcome, &AdaptEffect::before), after = above(outcome, &AdaptEffect::after);
  std::fprintf(to, "Above the threshold of %.2f: %td of %zu before", outcome.model->clip_threshold, before, count);
  if (count > 1)
    std::fprintf(to, ", %td now.\n", after);
  else
    std::fprintf(to, ". With one recording, the effect on the next one cannot be measured: give several.\n");
  if (count > 1 && !outcome.promise_kept)
    std::fprintf(
        to,
        "That is more than the %.3g %% promised: leave out recordings that do not belong to this state, give more of "
        "them, or train a new model with both.\n",
        100 * outcome.model->preset.calibration.clip_false_alarm_rate);
  std::fprintf(to, "Wrote %s. Sound that is nearer to the training sound is scored as before.\n",
               options.output.c_str());
}

// The clips whose names do not say that they are faulty, and those that are normal regardless of their names.
Result<std::vector<Clip>> normal_clips(const AdaptOptions& options, IndexNotes& notes) {
  if (options.clips.empty() && options.normal.empty())
    return fail(ErrorCode::usage, "no recordings are named", {}, "auscult adapt MODEL CLIPS... -o MODEL");
  std::vector<Clip> clips, suspect;
  if (!options.clips.empty()) {
    AUSCULT_TRY_ASSIGN(const auto named, index_clips({options.clips.begin(), options.clips.end()}, {}, &notes));
    for (const Clip& clip : named) (clip.label == Label::normal ? clips : suspect).push_back(clip);
  }
  if (!options.normal.empty()) {
    AUSCULT_TRY_ASSIGN(const auto forced, index_clips({options.normal.begin(), options.normal.end()},
                                                      {.force_label = Label::normal}, &notes));
    clips.insert(clips.end(), forced.begin(), forced.end());
  }
  if (!suspect.empty())
    warn({std::to_string(suspect.size()) + " recording(s) are not learned, because a name does not say normal: " +
          folders_of(suspect) + "; if they are normal, name them with --normal"});
  if (clips.empty())
    return fail(ErrorCode::bad_input, "no recording of normal sound is left", {},
                "a model must not learn a fault; name normal recordings, with --normal if their names say otherwise");
  if (const auto machines = group_by_machine(clips); machines.size() > 1)
    return fail(
        ErrorCode::ambiguous_machines,
        "the recordings are of several machines: " + machines.front().key + ", " + machines.back().key + ", ...", {},
        "name those of the model's machine");
  return clips;
}

Result<AdaptRequest> request_of(const AdaptOptions& options, int& left_out) {
  AdaptRequest request;
  AUSCULT_TRY_ASSIGN(request.model, load_model(options.model));
  AUSCULT_TRY(check_result(options.output, ResultKind::model));
  IndexNotes notes;
  AUSCULT_TRY_ASSIGN(const auto clips, normal_clips(options, notes));
  left_out = report_left_out(notes);
  AUSCULT_TRY(check_not_replaced(options.output, ResultKind::model, paths_of(clips)));
  for (const Clip& clip : clips) {
    AUSCULT_TRY_ASSIGN(std::string digest, file_digest(clip.path));
    request.clips.push_back({clip.path, std::move(digest)});
  }
  request.scale = options.scale;
  return request;
}

int run_adapt(const AdaptOptions& options, CommandContext& context) {
  int left_out = kExitOk;
  const auto request = request_of(options, left_out);
  if (!request) return report(request.error());
  ProgressBar bar;
  const auto outcome = adapt_model(*request, {bar.function(), &context.cancel});
  bar.close();
  if (!outcome) return report(outcome.error());
  for (const Error& error : outcome->left_out)
    std::fprintf(stderr, "auscult: warning: left out: %s\n", to_message(error).c_str());
  warn(outcome->sound.lines());
  if (auto saved = save_model(*outcome->model, options.output); !saved) return report(saved.error());
  std::FILE* to = report_stream(options.output);
  if (options.json)
    print_json(to, options, *outcome);
  else
    print_text(to, options, *outcome);
  return left_out;
}

}  // namespace

void add_adapt(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("adapt", "Teach a model another normal state of its machine from a few recordings");
  auto options = std::make_shared<AdaptOptions>();
  command->add_option("MODEL", options->model, "A model file from auscult train")->required();
  command->add_option("CLIPS", options->clips,
                      "Recordings of normal sound in the new state: files or folders. Those whose names say fault are "
                      "left out");
  command->add_option("--normal", options->normal, "The same, regardless of their names");
  command->add_option("-o,--output", options->output, "The model file to write (.safetensors); replaced atomically")
      ->required();
  command->add_option("--scale", options->scale, "Multiply every sample (integer-scaled float files)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "Print one JSON object instead of text");
  command->footer(
      "Nothing is trained, and the old recordings are not needed: sound near the new state is compared with that "
      "state, all other sound is scored as before. Thresholds stay.\n"
      "Use it when the machine runs with another load, speed or tool and alarms although it is well. A few clips of "
      "ten seconds suffice. After a repair that changes all of its sound, train a new model.\n"
      "Example:\n"
      "  auscult adapt pump.safetensors high_load/ -o pump2.safetensors");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_adapt(*options, context); }; });
}

}  // namespace auscult::cli
