// auscult features: writes log-mel frames for other programs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel_option.h"
#include "commands.h"
#include "console.h"
#include "feature_files.h"
#include "input_files.h"
#include "model/model.h"
#include "result_file.h"
#include "scoring/recording_frames.h"

namespace auscult::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> inputs;
  std::string output, model;   // empty: not given
  std::optional<int> channel;  // overrides the model's
  double scale = 1.0;
};

enum class Format { csv, npy };

Result<Format> output_format(const std::string& output) {
  const std::string extension = fs::path(output).extension().string();
  if (extension == ".csv") return Format::csv;
  if (extension == ".npy") return Format::npy;
  return fail(ErrorCode::usage, "the output's name must end in .npy or .csv", output, "for example -o features.csv");
}

// How a file becomes frames.
struct Input {
  FrontendConfig frontend;
  FeatureStreamOptions stream;
};

Result<Input> input_settings(const Options& options) {
  Input input;
  if (!options.model.empty()) {
    AUSCULT_TRY_ASSIGN(const auto model, load_model(options.model));
    input.frontend = model->preset.frontend;
    input.stream.channel = model->preset.channel;
  }
  input.stream.channel = options.channel.value_or(input.stream.channel);
  input.stream.scale = options.scale;
  return input;
}

// Writes the frames of every usable file. Returns the exit code; an error ends the whole command.
Result<int> write_features(const std::vector<fs::path>& files, const Input& input, Format format,
                           const std::string& output, const CancelFlag& cancel) {
  AUSCULT_TRY_ASSIGN(OutputFile out, OutputFile::create(output));
  const auto n_mels = static_cast<std::size_t>(input.frontend.n_mels);
  if (format == Format::csv) out.write(csv_header(input.frontend.n_mels));
  ProgressBar bar;
  int worst = kExitOk;
  std::size_t written = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto frames = read_frames(files[i], input.frontend, input.stream, &cancel);
    if (!frames) {
      bar.close();
      if (frames.error().code == ErrorCode::cancelled)
        return fail(ErrorCode::cancelled, "interrupted; nothing was written");
      worst = std::max(worst, report(frames.error()));
      continue;
    }
    if (frames->input.invalid > 0) {
      bar.close();
      std::fprintf(stderr,
                   "auscult: warning: %s: %llu samples were not finite or larger than 8 and were left out as gaps\n",
                   files[i].string().c_str(), static_cast<unsigned long long>(frames->input.invalid));
    }
    format == Format::csv ? write_csv_rows(out, files[i].string(), frames->log_mels, n_mels)
                          : write_npy(out, frames->log_mels, n_mels);
    ++written;
    bar.update({"features", i + 1, files.size(), "files"});
  }
  bar.close();
  if (written > 0) AUSCULT_TRY(out.commit());  // otherwise an existing file is unchanged
  return worst;
}

int run_features(const Options& options, const CancelFlag& cancel) {
  const auto format = output_format(options.output);
  if (!format) return report(format.error());
  const auto input = input_settings(options);
  if (!input) return report(input.error());
  IndexNotes notes;
  const auto files = input_files(options.inputs, notes);
  if (!files) return report(files.error());
  if (*format == Format::npy && files->size() != 1)
    return report(
        {ErrorCode::usage,
         "a .npy file holds the frames of one input, but the number of inputs is " + std::to_string(files->size()),
         options.output, "name one audio file, or write .csv"});
  std::vector<fs::path> inputs = *files;
  if (!options.model.empty()) inputs.emplace_back(options.model);
  if (auto kept = check_result(options.output, ResultKind::text, inputs); !kept) return report(kept.error());
  const int left_out = report_left_out(notes);
  const auto written = write_features(*files, *input, *format, options.output, cancel);
  return written ? std::max(*written, left_out) : report(written.error());
}

}  // namespace

void add_features(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "features",
      "Write log-mel frames as the frontend computes them, for notebooks, plots or comparison with other programs");
  command
      ->add_option("INPUT", options->inputs, "Audio files, or folders of them (searched recursively, in sorted order)")
      ->required()
      ->type_name("FILE|DIR");
  command
      ->add_option("-o,--output", options->output,
                   "FILE.csv (any number of inputs) or FILE.npy (one input); replaced when complete")
      ->required()
      ->type_name("FILE");
  command->add_option("--model", options->model, "Use this model's frontend and channel instead of the default ones")
      ->type_name("MODEL");
  add_channel_option(*command, "--channel", options->channel,
                     "Channel of multi-channel files, from 0, or the mean of all (default: the model's, or 0)");
  command
      ->add_option("--scale", options->scale,
                   "Multiply every sample, e.g. 3.0517578125e-05 for 16-bit integers stored as float")
      ->check(CLI::PositiveNumber);
  command->footer(
      "A frame has 1024 samples at 16 kHz (64 ms). One begins every 512 samples (32 ms), and the last ends within "
      "the\n"
      "recording: 10 s give 311 frames. Sound at another rate is resampled first. Each frame has 64 mel bands from 0 "
      "to\n"
      "8000 Hz (periodic Hann window, power spectrum, Slaney scale and area norm: librosa's defaults with "
      "center=False),\n"
      "in decibels: 10*log10(power + 1e-10), with samples between -1 and 1 and no normalization per recording. With "
      "--model,\n"
      "the frames are the input of that model: its sample rate, its bands. Slow and ultrasonic sensors need that.\n"
      "\n"
      "  .npy  float32, frames x 64:              numpy.load(\"pump.npy\")\n"
      "  .csv  file,frame,mel_1,...,mel_64:       pandas.read_csv(\"pumps.csv\")\n"
      "\n"
      "Examples:\n"
      "  auscult features pump.wav -o pump.npy\n"
      "  auscult features recordings/ more.flac --channel mean -o pumps.csv\n"
      "  auscult features pump.wav --model pump.safetensors -o pump.npy\n"
      "\n"
      "Samples that are not finite or larger than 8 are left out as gaps and counted on stderr. A file that\n"
      "cannot be used is reported there and left out; the exit code is then 3.");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_features(*options, context.cancel); }; });
}

}  // namespace auscult::cli
