#include "console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "base/atomic_file.h"
#include "base/duration.h"
#include "base/printable.h"
#include "base/shared_folders.h"
#include "base/streams.h"

namespace auscult::cli {

int report(const Error& error) {
  std::fprintf(stderr, "auscult: error: %s\n", to_message(error).c_str());
  return exit_code(error.code);
}

void warn(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::fprintf(stderr, "auscult: warning: %s\n", printable(line).c_str());
}

Status check_writable(const std::string& path) {
  AUSCULT_TRY_ASSIGN(const AtomicFile probe, AtomicFile::create(path));  // removed at once: never committed
  return {};
}

Status check_appendable(const std::string& path) {
  if (is_stream(path, STDOUT_FILENO)) return check_writable(path);
  const bool existed = access(path.c_str(), F_OK) == 0;
  AUSCULT_TRY_ASSIGN(const int fd, open_own_file(path, O_WRONLY | O_APPEND | O_CREAT, 0666));
  close(fd);
  if (!existed) unlink(path.c_str());
  return {};
}

Status flush_stdout() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return {};
  return fail(ErrorCode::write_failed, "the output cannot be written", "stdout",
              "check the disk, or the program that reads it");
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1), job_start_(Clock::now()), last_draw_(job_start_) {}

ProgressBar::~ProgressBar() {
  close();
}

ProgressFunction ProgressBar::function() {
  return [this](const Progress& progress) { update(progress); };
}

void ProgressBar::update(const Progress& progress) {
  const auto now = Clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_start_ = now;
  }
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10000);
  if (now - job_start_ < std::chrono::seconds(2) || now - last_draw_ < pause) return;
  last_draw_ = now;
  drawn_ = true;

  const double elapsed = std::chrono::duration<double>(now - stage_start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(progress.done) / elapsed : 0.0;
  std::string line = progress.stage + ": " + std::to_string(progress.done);
  if (progress.total) line += " of " + std::to_string(progress.total);
  line += " " + progress.unit;
  char text[96];
  if (rate > 0) {
    std::snprintf(text, sizeof text, ", %.3g %s/s", rate, progress.unit.c_str());
    line += text;
    if (progress.total > progress.done)
      line += ", " + format_duration(static_cast<double>(progress.total - progress.done) / rate) + " left";
  }
  if (!progress.detail.empty()) line += ", " + progress.detail;
  if (!std::isnan(progress.loss)) {
    std::snprintf(text, sizeof text, ", objective %.4g", progress.loss);
    line += text;
  }
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
}

void ProgressBar::close() {
  if (drawn_ && terminal_) std::fprintf(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace auscult::cli
