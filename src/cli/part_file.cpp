#include "part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/atomic_file.h"
#include "base/shared_folders.h"
#include "base/streams.h"
#include "dataset/split.h"

namespace auscult::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kBuffer = std::size_t{256} * 1024;
constexpr auto kSyncInterval = std::chrono::seconds(5);

tl::unexpected<Error> cannot_write(const fs::path& path) {
  return fail(ErrorCode::write_failed, std::string("cannot be written: ") + std::strerror(errno), path.string(),
              errno == ENOSPC ? "free some disk space, then go on with --resume"
                              : "check that the folder exists and is writable");
}

// As private as what it will replace, but so that --resume can go on writing.
void keep_private(int descriptor, const fs::path& target) {
  keep_permissions(descriptor, target);
  struct stat status {};
  if (fstat(descriptor, &status) == 0) fchmod(descriptor, (status.st_mode & 0777) | S_IRUSR | S_IWUSR);
}

// The link stays; what it points to is replaced.
Result<fs::path> without_links(const fs::path& target) {
  std::error_code error;
  AUSCULT_TRY_ASSIGN(const fs::path led_to, follow_own_links(target));
  if (!fs::is_symlink(target, error)) return target;
  fs::path pointed_to = fs::canonical(led_to, error);
  return error ? target : pointed_to;
}

tl::unexpected<Error> in_use(const fs::path& path) {
  return fail(ErrorCode::write_failed, "another run is writing these results", path.string(),
              "wait for it, or name another output; a file that another user has put there has to be removed");
}

}  // namespace

PartFile::~PartFile() {
  close_files();
}

PartFile::PartFile(PartFile&& other) noexcept {
  *this = std::move(other);
}

PartFile& PartFile::operator=(PartFile&& other) noexcept {
  if (this == &other) return *this;
  close_files();
  target_ = std::move(other.target_);
  head_ = std::move(other.head_);
  folder_ = other.folder_;
  left_ = other.left_;
  old_path_ = std::move(other.old_path_);
  rows_ = std::exchange(other.rows_, -1);
  log_ = std::exchange(other.log_, -1);
  buffer_ = std::move(other.buffer_);
  bytes_ = other.bytes_;
  log_bytes_ = other.log_bytes_;
  earlier_ = std::move(other.earlier_);
  earlier_end_ = std::move(other.earlier_end_);
  synced_ = other.synced_;
  return *this;
}

void PartFile::close_files() noexcept {
  for (int* descriptor : {&rows_, &log_})
    if (const int open = std::exchange(*descriptor, -1); open >= 0) close(open);
}

fs::path PartFile::path() const {
  if (is_shard()) return target_;
  return folder_ ? target_ / "scores.part" : fs::path(target_.string() + ".part");
}

fs::path PartFile::log_path() const {
  return log_of(path());
}

Result<PartFile> PartFile::open(const fs::path& target, PartHead head, bool resume) {
  PartFile part;
  std::error_code error;
  AUSCULT_TRY_ASSIGN(part.target_, without_links(target));
  part.folder_ = fs::is_directory(target, error);
  part.head_ = std::move(head);
  part.left_ = fs::exists(part.log_path(), error) || (!part.folder_ && fs::exists(part.path(), error));
  if (part.left_ && resume) AUSCULT_TRY(part.read_log());
  if (part.left_ && !part.resumed()) part.choose_old_path();
  return part;
}

// Results that were set aside before stay too.
void PartFile::choose_old_path() {
  std::error_code error;
  old_path_ = path().string() + ".old";
  for (int n = 2; fs::exists(old_path_, error) || fs::exists(log_of(old_path_), error); ++n)
    old_path_ = path().string() + ".old" + std::to_string(n);
}

Status PartFile::read_log() {
  std::error_code error;
  const std::uintmax_t size = folder_ ? 0 : fs::file_size(path(), error);
  auto log = read_part_log(log_path(), error ? 0 : size);
  if (!log) return {};
  if (log->head != head_)
    return fail(ErrorCode::usage, "the interrupted run had another model or other options", path().string(),
                "repeat its command with --resume, or leave out --resume to begin anew");
  if (error) return {};  // the rows are gone: nothing to go on with
  bytes_ = log->row_bytes();
  log_bytes_ = log->good_bytes;
  earlier_ = std::move(log->entries);
  earlier_end_ = std::move(log->end);
  return {};
}

// Links are for targets, never for files that this program names. A new file may not be there already: another user,
// who can write to the folder too, might have put it there to read it.
Result<int> PartFile::open_part(const fs::path& path) const {
  std::error_code error;
  if (fs::is_symlink(path, error))
    return fail(ErrorCode::write_failed, "is a link, where the results of this run must go", path.string(),
                "remove it, or name another output");
  const auto opened = open_own_file(path, O_WRONLY | O_APPEND | O_CREAT | (resumed() ? 0 : O_EXCL), 0666);
  return !opened && !resumed() && fs::exists(path, error) ? in_use(this->path()) : opened;
}

// Unless the run that has left them is still at work.
Status PartFile::set_others_aside() const {
  std::error_code ignored;
  if (fs::exists(log_path(), ignored)) {
    AUSCULT_TRY_ASSIGN(const int left, open_own_file(log_path(), O_WRONLY | O_APPEND, 0));
    const bool free = flock(left, LOCK_EX | LOCK_NB) == 0;
    close(left);
    if (!free) return in_use(path());
  }
  fs::rename(path(), old_path_, ignored);
  fs::rename(log_path(), log_of(old_path_), ignored);
  return {};
}

// Creates the files, or cuts off what is incomplete.
Status PartFile::begin() {
  if (log_ >= 0) return {};
  if (left_ && !resumed()) AUSCULT_TRY(set_others_aside());
  AUSCULT_TRY_ASSIGN(log_, open_part(log_path()));
  if (flock(log_, LOCK_EX | LOCK_NB) != 0) return in_use(path());
  if (!folder_) {
    AUSCULT_TRY_ASSIGN(rows_, open_part(path()));
    keep_private(rows_, target_);
    keep_private(log_, target_);
    if (ftruncate(rows_, bytes_) != 0) return cannot_write(path());
  }
  if (ftruncate(log_, log_bytes_) != 0) return cannot_write(log_path());
  synced_ = std::chrono::steady_clock::now();
  return resumed() ? Status{} : write_all(log_, to_line(head_), log_path());
}

Status PartFile::append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() < kBuffer) return {};
  AUSCULT_TRY(begin());
  return flush();
}

Status PartFile::flush() {
  if (rows_ < 0 || buffer_.empty()) return {};
  AUSCULT_TRY(write_all(rows_, buffer_, path()));
  bytes_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
  return {};
}

Status PartFile::end_rows(const PartEntry& entry) {
  AUSCULT_TRY(begin());
  AUSCULT_TRY(flush());
  // In this order, so that the log never tells of rows that are not there.
  const auto now = std::chrono::steady_clock::now();
  const bool sync = now - synced_ > kSyncInterval;
  if (sync && rows_ >= 0 && fdatasync(rows_) != 0) return cannot_write(path());
  PartEntry complete = entry;
  complete.bytes = bytes_;
  AUSCULT_TRY(write_all(log_, to_line(complete), log_path()));
  if (!sync) return {};
  synced_ = now;
  return fdatasync(log_) == 0 ? Status{} : cannot_write(log_path());
}

Status PartFile::finish() {
  AUSCULT_TRY(begin());
  AUSCULT_TRY(flush());
  close_files();
  std::error_code ignored;
  if (!folder_) AUSCULT_TRY(put_in_place(path(), target_));
  fs::remove(log_path(), ignored);
  return {};
}

Status PartFile::finish_shard(ShardEnd end) {
  AUSCULT_TRY(begin());
  AUSCULT_TRY(flush());
  if (fsync(rows_) != 0) return cannot_write(path());
  AUSCULT_TRY_ASSIGN(end.rows, file_digest(path()));
  AUSCULT_TRY(write_all(log_, to_line(end), log_path()));
  if (fsync(log_) != 0) return cannot_write(log_path());
  close_files();
  return {};
}

}  // namespace auscult::cli
