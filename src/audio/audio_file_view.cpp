#include "audio_file_view.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

namespace auscult::audio {

void FileView::replace(std::string header, std::vector<FileRange> ranges) {
  header_ = std::move(header);
  ranges_ = std::move(ranges);
  size_ = static_cast<std::int64_t>(header_.size());
  for (const FileRange& range : ranges_) size_ += range.size;
}

SF_VIRTUAL_IO& FileView::functions() {
  static SF_VIRTUAL_IO table = {length, seek, read, write, tell};
  return table;
}

sf_count_t FileView::length(void* user) {
  return static_cast<FileView*>(user)->size_;
}

sf_count_t FileView::seek(sf_count_t offset, int whence, void* user) {
  auto& view = *static_cast<FileView*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? view.position_ : view.size_;
  if (offset < -base || offset > std::numeric_limits<sf_count_t>::max() - base) return -1;
  view.position_ = base + offset;
  return view.position_;
}

sf_count_t FileView::read(void* into, sf_count_t count, void* user) {
  auto& view = *static_cast<FileView*>(user);
  sf_count_t done = 0;
  while (done < count) {
    const std::int64_t n = view.read_some(static_cast<unsigned char*>(into) + done, count - done);
    if (n == 0) break;
    done += n;
    view.position_ += n;
  }
  return done;
}

sf_count_t FileView::write(const void*, sf_count_t, void*) {
  return 0;
}

sf_count_t FileView::tell(void* user) {
  return static_cast<FileView*>(user)->position_;
}

std::int64_t FileView::read_some(unsigned char* into, std::int64_t count) const {
  std::int64_t at = position_;
  const auto header_size = static_cast<std::int64_t>(header_.size());
  if (at < header_size) {
    const std::int64_t n = std::min(count, header_size - at);
    std::memcpy(into, header_.data() + at, static_cast<std::size_t>(n));
    return n;
  }
  at -= header_size;
  for (const FileRange& range : ranges_) {
    if (at >= range.size) {
      at -= range.size;
      continue;
    }
    ssize_t n = 0;
    do {
      n = pread(descriptor_, into, static_cast<std::size_t>(std::min(count, range.size - at)), range.offset + at);
    } while (n < 0 && errno == EINTR);
    return std::max<std::int64_t>(0, n);
  }
  return 0;
}

}  // namespace auscult::audio
