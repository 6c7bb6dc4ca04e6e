#include "gui/clip_picture.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "audio/audio_file.h"
#include "dsp/log_mel_frontend.h"

namespace auscult::gui {
namespace {

constexpr double kLongestSeconds = 180.0;
constexpr std::size_t kBlockFrames = 4096;

LiveHop hop_of(const FrameView& frame, const FrontendConfig& frontend) {
  LiveHop hop;
  hop.frame = frame.index;
  hop.time_s = static_cast<double>(frame.index + 1) * frontend.seconds_per_frame();
  hop.state = AlarmState::normal;
  hop.n_mels = static_cast<int>(std::min<std::size_t>(frame.log_mel.size(), kMaxMels));
  hop.n_bins = static_cast<int>(std::min<std::size_t>(frame.power_db.size(), kMaxBins));
  std::copy_n(frame.log_mel.begin(), hop.n_mels, hop.mel_db.begin());
  std::copy_n(frame.power_db.begin(), hop.n_bins, hop.linear_db.begin());
  return hop;
}

}  // namespace

Result<std::shared_ptr<const ClipImage>> analyse_clip(const std::filesystem::path& path) {
  AUSCULT_TRY_ASSIGN(AudioFileReader reader, AudioFileReader::open(path));
  const AudioFileInfo info = reader.info();
  FrontendConfig config;
  config.sample_rate = info.sample_rate;
  config.f_max = std::min(config.f_max, info.sample_rate / 2.0);
  AUSCULT_TRY(validate(config));
  const double hop_s = config.seconds_per_frame();
  auto image = std::make_shared<ClipImage>(ClipImage{path, History(static_cast<int>(kLongestSeconds / hop_s) + 2, hop_s), 0.0, info.sample_rate / 2.0});
  LogMelFrontend frontend(config);
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> block(kBlockFrames * channels), mono;
  std::int64_t read = 0;
  while (static_cast<double>(read) < kLongestSeconds * info.sample_rate) {
    const auto frames = reader.read(block);
    if (!frames || *frames == 0) break;  // what is there before the damage is shown
    read += *frames;
    mono.clear();
    for (std::size_t i = 0; i < static_cast<std::size_t>(*frames); ++i) mono.push_back(block[i * channels]);
    frontend.push(mono, [&](const FrameView& frame) { image->history.push(hop_of(frame, config)); });
  }
  image->seconds = static_cast<double>(read) / info.sample_rate;
  return image;
}

struct ClipPicture::Mail {
  std::mutex mutex;
  bool done = false;
  std::shared_ptr<const ClipImage> image;
};

void ClipPicture::request(const std::filesystem::path& path) {
  wanted_ = path;
  if (mail_ || path.empty() || path == failed_ || (image_ && image_->path == path)) return;
  begin();
}

void ClipPicture::begin() {
  under_way_ = wanted_;
  mail_ = std::make_shared<Mail>();
  std::thread([mail = mail_, path = wanted_] {
    auto image = analyse_clip(path);
    const std::lock_guard lock(mail->mutex);
    if (image) mail->image = std::move(*image);
    mail->done = true;
  }).detach();
}

bool ClipPicture::poll() {
  if (!mail_) return false;
  {
    const std::lock_guard lock(mail_->mutex);
    if (!mail_->done) return false;
    if (mail_->image) image_ = std::move(mail_->image);
  }
  failed_ = image_ && image_->path == under_way_ ? std::filesystem::path() : under_way_;
  mail_.reset();
  request(wanted_);  // another one may have been asked for meanwhile
  return true;
}

std::shared_ptr<const ClipImage> ClipPicture::get() {
  return image_ && image_->path == wanted_ ? image_ : nullptr;
}

}  // namespace auscult::gui
