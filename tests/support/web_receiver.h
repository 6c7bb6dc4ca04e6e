// A web server that keeps what is posted to /hook. Test-only, header-only; needs cpp-httplib; owns its thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <httplib.h>

#include "support/wait.h"

namespace auscult::test {

struct Post {
  std::string path, body, signature, type;
};

/// Answers with `status`.
class Receiver {
 public:
  /// With a folder that has cert.pem and key.pem it speaks TLS. A port of 0: any.
  explicit Receiver(int port = 0, const std::filesystem::path& keys = {}) {
    if (keys.empty())
      server_ = std::make_unique<httplib::Server>();
    else
      server_ = std::make_unique<httplib::SSLServer>((keys / "cert.pem").c_str(), (keys / "key.pem").c_str());
    server_->Post("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      posts_.push_back({request.path, request.body, request.get_header_value("X-Auscult-Signature"),
                        request.get_header_value("Content-Type")});
      response.status = status;
      if (status == 503) response.set_header("Retry-After", "0");
      if (status == 302) response.set_header("Location", "http://127.0.0.1:1/elsewhere");
    });
    port_ = port;
    if (port == 0)
      port_ = server_->bind_to_any_port("127.0.0.1");
    else
      EXPECT_TRUE(server_->bind_to_port("127.0.0.1", port));
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    EXPECT_TRUE(eventually([this] { return server_->is_running(); }));
  }
  ~Receiver() {
    server_->stop();
    thread_.join();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  int port() const { return port_; }
  std::vector<Post> posts() const {
    const std::lock_guard lock(mutex_);
    return posts_;
  }
  std::vector<std::string> bodies() const {
    std::vector<std::string> found;
    for (const Post& post : posts()) found.push_back(post.body);
    return found;
  }
  std::atomic<int> status{200};

 private:
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<Post> posts_;  // under the mutex
};

}  // namespace auscult::test
