#include "reader_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace auscult::cli {

ReaderWatch::ReaderWatch(int descriptor, CancelFlag& cancel) : wake_(eventfd(0, EFD_CLOEXEC)) {
  if (wake_ < 0) return;
  (void)worker_.start([this, descriptor, &cancel](std::stop_token) {
    std::array<pollfd, 2> watched = {pollfd{descriptor, 0, 0}, pollfd{wake_, POLLIN, 0}};
    while (poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
    }
    if ((watched[0].revents & POLLERR) == 0) return;
    left_ = true;
    cancel.request();
  });
}

void ReaderWatch::stop() {
  if (wake_ < 0) return;
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
  worker_.join();
  close(wake_);
  wake_ = -1;
}

}  // namespace auscult::cli
