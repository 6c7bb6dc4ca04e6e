// auscult features: log-mel frames as the frontend computes them, for other programs to read.
#include "base/csv.h"
#include "audio/audio_file.h"
#include "base/atomic_file.h"
#include "dsp/log_mel_frontend.h"
#include "dsp/resampler.h"
#include "commands.h"
#include "console.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auscult::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMean = -1;               // --channel mean
constexpr float kLargestSample = 8.0F;  // beyond this a file is not scaled to full scale 1
constexpr std::size_t kBlockFrames = 8192;

struct Options {
  std::vector<std::string> inputs;
  std::string output;
  std::string channel = "0";
};

enum class Format { csv, npy };

// Rows of n_mels values, one a frame.
using LogMels = std::vector<float>;

Result<Format> output_format(const std::string& output) {
  const std::string extension = fs::path(output).extension().string();
  if (extension == ".csv") return Format::csv;
  if (extension == ".npy") return Format::npy;
  return fail(ErrorCode::usage, "the output's name must end in .npy or .csv", output, "for example -o features.csv");
}

Result<int> parse_channel(const std::string& text) {
  if (text == "mean") return kMean;
  if (!text.empty() && text.size() <= 2 && text.find_first_not_of("0123456789") == std::string::npos)
    return std::stoi(text);
  return fail(ErrorCode::usage, "--channel takes a number from 0 on, or mean", text);
}

Result<std::vector<fs::path>> audio_files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && has_audio_extension(it->path())) files.push_back(it->path());
  }
  if (error)
    return fail(ErrorCode::file_not_found, "cannot be searched: " + error.message(), folder.string(),
                "check that you may read it");
  if (files.empty())
    return fail(ErrorCode::empty_input, "holds no audio file", folder.string(),
                "name a folder with WAV, FLAC, Ogg, AIFF or MP3 files");
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<fs::path>> find_inputs(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const auto& input : inputs) {
    std::error_code ignored;
    if (!fs::is_directory(input, ignored)) {
      files.emplace_back(input);
      continue;
    }
    AUSCULT_TRY_ASSIGN(const auto found, audio_files_in(input));
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// One file's way from interleaved samples to log-mel rows.
class FeatureReader {
 public:
  FeatureReader(AudioFileReader reader, Resampler resampler, const FrontendConfig& config, int channel,
                std::string name)
      : reader_(std::move(reader)),
        resampler_(std::move(resampler)),
        frontend_(config),
        channel_(channel),
        name_(std::move(name)) {}

  static Result<FeatureReader> open(const fs::path& path, int channel) {
    const FrontendConfig config;
    AUSCULT_TRY_ASSIGN(auto reader, AudioFileReader::open(path));
    if (channel >= reader.info().channels) {
      return fail(ErrorCode::bad_input,
                  "has no channel " + std::to_string(channel) + ", only " + std::to_string(reader.info().channels) +
                      " counted from 0",
                  path.string(), "choose another --channel");
    }
    AUSCULT_TRY_ASSIGN(auto resampler, Resampler::create(reader.info().sample_rate, config.sample_rate));
    return FeatureReader(std::move(reader), std::move(resampler), config, channel, path.string());
  }

  Result<LogMels> read_all(const CancelFlag& cancel) {
    LogMels rows;
    const auto keep = [&rows](const FrameView& frame) {
      rows.insert(rows.end(), frame.log_mel.begin(), frame.log_mel.end());
    };
    std::vector<float> interleaved(kBlockFrames * static_cast<std::size_t>(reader_.info().channels)), mono, resampled;
    for (std::int64_t position = 0;;) {
      if (cancel.requested()) return fail(ErrorCode::cancelled, "interrupted; nothing was written");
      AUSCULT_TRY_ASSIGN(const std::int64_t frames, reader_.read(interleaved));
      AUSCULT_TRY(select_channel({interleaved.data(), static_cast<std::size_t>(frames * reader_.info().channels)},
                                 position, mono));
      resampled.clear();
      resampler_.process(mono, resampled);
      if (frames == 0) resampler_.finish(resampled);
      frontend_.push(resampled, keep);
      position += frames;
      if (frames == 0) break;
    }
    if (rows.empty()) return too_short();
    return rows;
  }

 private:
  Status select_channel(std::span<const float> interleaved, std::int64_t position, std::vector<float>& mono) const {
    const auto channels = static_cast<std::size_t>(reader_.info().channels);
    mono.clear();
    for (std::size_t i = 0; i < interleaved.size(); i += channels) {
      const auto frame = interleaved.subspan(i, channels);
      double sum = 0.0;
      for (const float x : frame) sum += x;
      const float sample = channel_ == kMean ? static_cast<float>(sum / static_cast<double>(channels))
                                             : frame[static_cast<std::size_t>(channel_)];
      if (!(std::fabs(sample) <= kLargestSample))
        return invalid_sample(sample, position + static_cast<std::int64_t>(i / channels));
      mono.push_back(sample);
    }
    return {};
  }

  tl::unexpected<Error> invalid_sample(float sample, std::int64_t frame) const {
    char text[160];
    std::snprintf(text, sizeof text, "sample %lld (at %.3f s) is %g, which is no sound between -1 and 1",
                  static_cast<long long>(frame), static_cast<double>(frame) / reader_.info().sample_rate,
                  static_cast<double>(sample));
    return fail(ErrorCode::invalid_samples, text, name_,
                std::isfinite(sample) ? "a float file that holds integers? scale it to full scale 1 first"
                                      : "the file is damaged or was written by a faulty program");
  }

  tl::unexpected<Error> too_short() const {
    const FrontendConfig& config = frontend_.config();
    char text[64];
    std::snprintf(text, sizeof text, "too short: needs %.3f s", static_cast<double>(config.n_fft) / config.sample_rate);
    return fail(ErrorCode::too_short, text, name_, "use a longer recording");
  }

  AudioFileReader reader_;
  Resampler resampler_;
  LogMelFrontend frontend_;
  int channel_;
  std::string name_;
};

// A file that grows beside its target and replaces it when complete.
class OutputFile {
 public:
  static Result<OutputFile> create(const fs::path& target) {
    AUSCULT_TRY_ASSIGN(AtomicFile file, AtomicFile::create(target));
    std::FILE* stream = std::fopen(file.temporary_path().c_str(), "wb");
    if (!stream) return fail(ErrorCode::write_failed, "cannot be written", target.string(), "check the folder");
    return OutputFile(std::move(file), stream);
  }

  void write(const void* bytes, std::size_t count) {
    ok_ = std::fwrite(bytes, 1, count, stream_.get()) == count && ok_;
  }
  void write(const std::string& text) { write(text.data(), text.size()); }

  Status commit() {
    if (std::fclose(stream_.release()) != 0) ok_ = false;
    if (!ok_)
      return fail(ErrorCode::write_failed, "could not be written completely", file_.target_path().string(),
                  "check the free disk space; what was there before is unchanged");
    return file_.commit();
  }

 private:
  struct Closer {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  OutputFile(AtomicFile file, std::FILE* stream) : file_(std::move(file)), stream_(stream) {}
  AtomicFile file_;
  std::unique_ptr<std::FILE, Closer> stream_;
  bool ok_ = true;
};

std::string csv_header(int n_mels) {
  std::string line = "file,frame";
  for (int band = 1; band <= n_mels; ++band) line += ",mel_" + std::to_string(band);
  return line + "\n";
}

void write_csv_rows(OutputFile& out, const std::string& file, const LogMels& rows, std::size_t n_mels) {
  const std::string name = csv_field(file);
  for (std::size_t frame = 0; frame * n_mels < rows.size(); ++frame) {
    std::string line = name + "," + std::to_string(frame);
    for (std::size_t band = 0; band < n_mels; ++band) {
      char text[32];
      std::snprintf(text, sizeof text, ",%.6f", static_cast<double>(rows[frame * n_mels + band]));
      line += text;
    }
    out.write(line + "\n");
  }
}

// NumPy's format, version 1.0: magic, header length, a Python dict padded so that the data start at a multiple of 64.
void write_npy(OutputFile& out, const LogMels& rows, std::size_t n_mels) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows.size() / n_mels) +
                       ", " + std::to_string(n_mels) + "), }";
  constexpr std::size_t kPreamble = 10;
  while ((kPreamble + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  out.write(std::string("\x93NUMPY\x01\x00", 8));
  out.write({static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)});
  out.write(header);
  for (const float value : rows) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    const char bytes[4] = {static_cast<char>(bits), static_cast<char>(bits >> 8), static_cast<char>(bits >> 16),
                           static_cast<char>(bits >> 24)};
    out.write(bytes, sizeof bytes);
  }
}

int run_features(const Options& options, const CancelFlag& cancel) {
  const auto format = output_format(options.output);
  if (!format) return report(format.error());
  const auto channel = parse_channel(options.channel);
  if (!channel) return report(channel.error());
  const auto files = find_inputs(options.inputs);
  if (!files) return report(files.error());
  if (*format == Format::npy && files->size() != 1) {
    return report({ErrorCode::usage,
                   "a .npy file holds the frames of one input, here are " + std::to_string(files->size()),
                   options.output, "name one audio file, or write .csv"});
  }
  auto out = OutputFile::create(options.output);
  if (!out) return report(out.error());

  const FrontendConfig config;
  const auto n_mels = static_cast<std::size_t>(config.n_mels);
  if (*format == Format::csv) out->write(csv_header(config.n_mels));
  ProgressBar bar;
  int worst = kExitOk;
  std::size_t written = 0;
  for (std::size_t i = 0; i < files->size(); ++i) {
    const fs::path& file = (*files)[i];
    auto reader = FeatureReader::open(file, *channel);
    const Result<LogMels> rows = reader ? reader->read_all(cancel) : Result<LogMels>(tl::unexpect, reader.error());
    if (!rows) {
      bar.close();
      const int code = report(rows.error());
      if (rows.error().code == ErrorCode::cancelled) return code;
      worst = std::max(worst, code);
      continue;
    }
    *format == Format::csv ? write_csv_rows(*out, file.string(), *rows, n_mels) : write_npy(*out, *rows, n_mels);
    ++written;
    bar.update({"features", i + 1, files->size(), "files"});
  }
  bar.close();
  if (written == 0) return worst;  // leaves what was there before
  if (const Status done = out->commit(); !done) return report(done.error());
  return worst;
}

}  // namespace

void add_features(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "features",
      "Write log-mel frames as the frontend computes them, for a notebook, a plot or a comparison with other programs");
  command
      ->add_option("INPUT", options->inputs,
                   "Audio files; a folder stands for every audio file in it and below, in sorted order")
      ->required()
      ->type_name("FILE|DIR");
  command
      ->add_option("-o,--output", options->output,
                   "FILE.csv (any number of inputs) or FILE.npy (one input); replaced when complete")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--channel", options->channel,
                   "Channel of a multi-channel file, counted from 0, or `mean` of all; 0 by default")
      ->type_name("N|mean");
  command->footer(
      "A frame is 1024 samples at 16 kHz (64 ms), a new one begins every 512 (32 ms), and the last lies wholly inside "
      "the\n"
      "recording: 10 s give 311 frames. Sound at another rate is resampled first. Each frame has 64 mel bands from 0 "
      "to\n"
      "8000 Hz (periodic Hann window, power spectrum, Slaney scale and area norm: librosa's defaults with "
      "center=False),\n"
      "in decibels: 10*log10(power + 1e-10), with samples between -1 and 1 and no normalisation by recording.\n"
      "\n"
      "  .npy  float32, frames x 64:              numpy.load(\"pump.npy\")\n"
      "  .csv  file,frame,mel_1,...,mel_64:       pandas.read_csv(\"pumps.csv\")\n"
      "\n"
      "Examples:\n"
      "  auscult features pump.wav -o pump.npy\n"
      "  auscult features recordings/ more.flac --channel mean -o pumps.csv\n"
      "\n"
      "A file that cannot be used is named on stderr and left out; the exit code is then 3.");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_features(*options, context.cancel); }; });
}

}  // namespace auscult::cli
