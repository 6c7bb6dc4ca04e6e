#include "gui/clip_picture.h"

#include <utility>
#include <vector>

#include "audio/audio_file.h"
#include "dsp/frontend_fit.h"
#include "scoring/feature_stream.h"
#include "scoring/file_blocks.h"

namespace auscult::gui {
namespace {

constexpr double kLongestSeconds = 180.0;

LiveHop hop_of(const FeatureHop& completed) {
  const FrameView& frame = *completed.frame;
  LiveHop hop;
  hop.frame = frame.index;
  hop.time_s = completed.time_s;
  hop.state = AlarmState::normal;
  store_spectra(frame, hop);
  return hop;
}

}  // namespace

Result<std::shared_ptr<const ClipImage>> analyse_clip(const std::filesystem::path& path) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  const AudioFileInfo info = reader.info();
  AUSCULT_TRY_ASSIGN(const FrontendConfig config, fitted_frontend({}, info.sample_rate));
  const double hop_s = config.seconds_per_frame();
  auto image =
      std::make_shared<ClipImage>(ClipImage{.path = path,
                                            .history = History(static_cast<int>(kLongestSeconds / hop_s) + 2, hop_s),
                                            .seconds = 0.0,
                                            .nyquist_hz = info.sample_rate / 2.0});
  FeatureStream stream(config);
  const FeatureSink sink{.hop = [&](const FeatureHop& hop) { image->history.push(hop_of(hop)); }};
  const auto wanted = static_cast<std::int64_t>(kLongestSeconds * info.sample_rate);
  // Whatever precedes damage is shown.
  static_cast<void>(read_blocks(reader, path, wanted, nullptr, [&](const FileBlock& block) {
    return stream.push(block.interleaved, block.channels, block.sample_rate, 0, sink);
  }));
  stream.finish(sink);
  image->seconds = stream.seconds();
  return image;
}

void ClipPicture::request(const std::filesystem::path& path) {
  wanted_ = path;
  if (reading_ || path.empty() || path == failed_ || (image_ && image_->path == path)) return;
  begin();
}

void ClipPicture::begin() {
  under_way_ = wanted_;
  reading_ = std::make_shared<Reading>();
  // If the thread fails to start, poll() finds no picture, as after an exception.
  static_cast<void>(reader_.start(
      [reading = reading_, path = wanted_](std::stop_token) { *reading = analyse_clip(path).value_or(nullptr); }));
}

bool ClipPicture::poll() {
  if (!reading_ || reader_.running()) return false;
  if (*reading_) image_ = std::move(*reading_);
  failed_ = image_ && image_->path == under_way_ ? std::filesystem::path() : under_way_;
  reading_.reset();
  request(wanted_);  // another one may have been requested meanwhile
  return true;
}

std::shared_ptr<const ClipImage> ClipPicture::get() {
  return image_ && image_->path == wanted_ ? image_ : nullptr;
}

}  // namespace auscult::gui
