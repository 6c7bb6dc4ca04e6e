#include "audio/file_source.h"

#include <optional>
#include <utility>

#include "audio/audio_file.h"
#include "sample_source_paced.h"

namespace auscult {
namespace {

class FileSource final : public audio::PacedSource {
 public:
  FileSource(std::filesystem::path path, const FileSourceOptions& options)
      : PacedSource({.realtime = options.realtime, .speed = options.speed}),
        path_(std::move(path)),
        options_(options) {}
  ~FileSource() override = default;

 private:
  Result<SourceInfo> open() override {
    if (!(options_.speed > 0.0))
      return fail(ErrorCode::bad_input, "the speed of a recording must be above zero", path_.string());
    if (options_.block_frames < 1)
      return fail(ErrorCode::bad_input, "blocks need at least one sample frame", path_.string());
    AUSCULT_TRY_ASSIGN(reader_, AudioFileReader::open(path_));
    SourceInfo info;
    info.name = path_.filename().string();
    info.sample_rate = reader_->info().sample_rate;
    info.channels = reader_->info().channels;
    return info;
  }

  Result<std::int64_t> fill(SampleBlock& block) override {
    AUSCULT_TRY_ASSIGN(std::int64_t frames, read_into(block));
    if (frames == 0 && options_.loop) {
      AUSCULT_TRY(reader_->seek(0));
      AUSCULT_TRY_ASSIGN(frames, read_into(block));
    }
    return frames;
  }

  Result<std::int64_t> read_into(SampleBlock& block) {
    const auto channels = static_cast<std::size_t>(reader_->info().channels);
    block.header = {};
    block.header.sample_rate = reader_->info().sample_rate;
    block.header.channels = reader_->info().channels;
    block.interleaved.resize(static_cast<std::size_t>(options_.block_frames) * channels);
    AUSCULT_TRY_ASSIGN(const std::int64_t frames, reader_->read(block.interleaved));
    block.interleaved.resize(static_cast<std::size_t>(frames) * channels);
    return frames;
  }

  void close() override { reader_.reset(); }

  const std::filesystem::path path_;
  const FileSourceOptions options_;
  std::optional<AudioFileReader> reader_;
};

}  // namespace

std::unique_ptr<SampleSource> make_file_source(const std::filesystem::path& path, const FileSourceOptions& options) {
  return std::make_unique<FileSource>(path, options);
}

}  // namespace auscult
