// A TCP proxy on a free local port that can stop forwarding, as a network does that is gone: connections stay, bytes do
// not arrive. Test-only, header-only; owns its thread and connections.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace auscult::test {

class TcpProxy {
 public:
  /// Forwards to 127.0.0.1:`target`.
  explicit TcpProxy(int target) : target_(target), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = local(0);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~TcpProxy() {
    thread_.request_stop();
    thread_.join();
    for (const auto& [a, b] : pairs_) {
      close(a);
      close(b);
    }
    close(listener_);
  }
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const { return port_; }
  void stall(bool stalled) { stalled_ = stalled; }
  /// Connections that clients have made.
  int connections() const { return connections_; }

 private:
  static sockaddr_in local(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (stalled_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      std::vector<pollfd> watched = {{listener_, POLLIN, 0}};
      for (const auto& [a, b] : pairs_) {
        watched.push_back({a, POLLIN, 0});
        watched.push_back({b, POLLIN, 0});
      }
      if (poll(watched.data(), watched.size(), 20) <= 0 || stalled_) continue;
      std::vector<std::pair<int, int>> kept;
      for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const auto& [a, b] = pairs_[i];
        const bool alive = forward(a, b, watched[1 + 2 * i].revents) && forward(b, a, watched[2 + 2 * i].revents);
        if (alive) {
          kept.push_back(pairs_[i]);
        } else {
          close(a);
          close(b);
        }
      }
      pairs_ = std::move(kept);
      if (watched[0].revents & POLLIN) welcome();
    }
  }
  void welcome() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = local(target_);
    ++connections_;
    if (client >= 0 && connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      pairs_.emplace_back(client, server);
    } else {
      close(client);
      close(server);
    }
  }
  static bool forward(int from, int to, short events) {
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
    std::array<char, 16384> bytes{};
    const ssize_t got = recv(from, bytes.data(), bytes.size(), 0);
    return got > 0 && send(to, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
  }

  const int target_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stalled_{false};
  std::atomic<int> connections_{0};
  std::vector<std::pair<int, int>> pairs_;  // client, server; of the thread
  std::jthread thread_;
};

}  // namespace auscult::test
