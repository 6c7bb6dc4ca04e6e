#include "scoring/step_spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "base/streams.h"

namespace auscult {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} * 1024;
constexpr std::size_t kRowsAtOnce = 512;

// Blocks of equal size, written one after the other.
class BlockFile {
 public:
  ~BlockFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  BlockFile() = default;
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  std::int64_t append(std::span<const char> block) {
    if (status && descriptor_ < 0) {
      auto opened = open_unnamed_file();
      if (opened)
        descriptor_ = *opened;
      else
        status = tl::unexpected(opened.error());
    }
    if (status) {
      status = write_all(descriptor_, {block.data(), block.size()}, "temporary file");
      if (!status) status.error().hint = "set TMPDIR to a folder with space";
    }
    const std::int64_t offset = end_;
    end_ += static_cast<std::int64_t>(block.size());
    return offset;
  }
  void read(std::int64_t offset, std::span<char> into) const {
    while (!into.empty()) {
      const ssize_t n = pread(descriptor_, into.data(), into.size(), offset);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      into = into.subspan(static_cast<std::size_t>(n));
      offset += n;
    }
    std::fill(into.begin(), into.end(), '\0');  // after a failed write, which status tells
  }

  Status status;

 private:
  int descriptor_ = -1;
  std::int64_t end_ = 0;
};

// Bytes in order: the last ones in memory, the others in blocks of the shared file.
class SpooledBytes {
 public:
  void append(BlockFile& file, const void* bytes, std::size_t count) {
    const auto* from = static_cast<const char*>(bytes);
    rest_.insert(rest_.end(), from, from + count);
    if (rest_.size() < kBlockBytes) return;
    blocks_.push_back(file.append(std::span(rest_).first(kBlockBytes)));
    rest_.erase(rest_.begin(), rest_.begin() + kBlockBytes);
  }
  void read(const BlockFile& file, std::size_t at, std::span<char> into) const {
    while (!into.empty()) {
      const std::size_t block = at / kBlockBytes, within = at % kBlockBytes;
      const std::size_t n = std::min(into.size(), kBlockBytes - within);
      if (block < blocks_.size())
        file.read(blocks_[block] + static_cast<std::int64_t>(within), into.first(n));
      else
        std::memcpy(into.data(), rest_.data() + within, n);
      into = into.subspan(n);
      at += n;
    }
  }

 private:
  std::vector<std::int64_t> blocks_;  // their offsets in the file
  std::vector<char> rest_;
};

}  // namespace

struct StepSpool::Impl {
  struct Track {
    SpooledBytes rows, why;
    std::int64_t steps = 0;
    std::size_t why_width = 0;
  };
  std::vector<Track> tracks;
  bool keep_why = false;
  BlockFile file;
};

StepSpool::StepSpool(std::size_t detectors, bool keep_why) : impl_(std::make_unique<Impl>()) {
  impl_->tracks.resize(detectors);
  impl_->keep_why = keep_why;
}
StepSpool::~StepSpool() = default;

void StepSpool::push(const StepEnergy& step) {
  Impl::Track& track = impl_->tracks[static_cast<std::size_t>(step.detector)];
  const SpooledStep row = {
      .frame = step.frame, .time_s = step.time_s, .energy = step.energy, .dagmm = step.energies.dagmm, .u = step.u};
  track.rows.append(impl_->file, &row, sizeof row);
  if (impl_->keep_why) {
    if (track.steps == 0) track.why_width = step.why.size();
    std::vector<float> why = step.why;
    why.resize(track.why_width);
    track.why.append(impl_->file, why.data(), why.size() * sizeof(float));
  }
  ++track.steps;
}

std::vector<StepRange> StepSpool::all() const {
  std::vector<StepRange> ranges;
  for (const Impl::Track& track : impl_->tracks) ranges.push_back({0, track.steps});
  return ranges;
}

void StepSpool::for_each(std::size_t detector, StepRange range,
                         const std::function<void(const SpooledStep&)>& visit) const {
  const Impl::Track& track = impl_->tracks[detector];
  std::vector<char> bytes;
  for (auto at = static_cast<std::size_t>(range.first); at < static_cast<std::size_t>(range.last);) {
    const std::size_t n = std::min(kRowsAtOnce, static_cast<std::size_t>(range.last) - at);
    bytes.resize(n * sizeof(SpooledStep));
    track.rows.read(impl_->file, at * sizeof(SpooledStep), bytes);
    for (std::size_t i = 0; i < n; ++i) {
      SpooledStep row;
      std::memcpy(&row, bytes.data() + i * sizeof row, sizeof row);
      visit(row);
    }
    at += n;
  }
}

void StepSpool::for_each_why(std::size_t detector, StepRange range,
                             const std::function<void(std::span<const float>)>& visit) const {
  const Impl::Track& track = impl_->tracks[detector];
  std::vector<float> why(track.why_width);
  const std::size_t width = why.size() * sizeof(float);
  std::vector<char> bytes(width);
  for (std::int64_t at = range.first; at < range.last; ++at) {
    track.why.read(impl_->file, static_cast<std::size_t>(at) * width, bytes);
    if (width > 0) std::memcpy(why.data(), bytes.data(), width);
    visit(why);
  }
}

Status StepSpool::status() const {
  return impl_->file.status;
}

}  // namespace auscult
