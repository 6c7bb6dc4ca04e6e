#include "service/status_server.h"

#include <chrono>
#include <thread>
#include <utility>

#include <httplib.h>

namespace auscult {
namespace {

constexpr auto kPatience = std::chrono::seconds(3);
constexpr const char* kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

std::string text_of(const ServiceAddress& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return (six ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

class HttpStatusServer final : public StatusServer {
 public:
  explicit HttpStatusServer(StatusPages pages) : pages_(std::move(pages)) {
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(pages_.metrics(), kPrometheusText);
    });
    server_.Get("/status", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(pages_.status(), "application/json");
    });
    server_.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      const std::string trouble = pages_.trouble();
      if (!trouble.empty()) response.status = 503;
      response.set_content((trouble.empty() ? "ok" : trouble) + "\n", "text/plain");
    });
    server_.set_read_timeout(kPatience);
    server_.set_write_timeout(kPatience);
    server_.set_payload_max_length(4096);  // nobody has anything to send
    server_.new_task_queue = [] { return new httplib::ThreadPool(2); };
  }
  ~HttpStatusServer() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  HttpStatusServer(const HttpStatusServer&) = delete;
  HttpStatusServer& operator=(const HttpStatusServer&) = delete;

  bool bind(const ServiceAddress& address) {
    port_ = address.port;
    if (address.port == 0) return (port_ = server_.bind_to_any_port(address.host.c_str())) > 0;
    return server_.bind_to_port(address.host.c_str(), address.port);
  }
  void serve() {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // or stop() would not stop it
  }
  int port() const override { return port_; }

 private:
  const StatusPages pages_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace

Result<std::unique_ptr<StatusServer>> StatusServer::start(const ServiceAddress& address, StatusPages pages) {
  auto server = std::make_unique<HttpStatusServer>(std::move(pages));
  if (!server->bind(address))
    return fail(ErrorCode::device_unavailable, "cannot be listened at: it is in use, or not an address of this machine",
                text_of(address), "choose another in the configuration: metrics = \"127.0.0.1:9464\"");
  server->serve();
  return std::unique_ptr<StatusServer>(std::move(server));
}

Result<std::string> fetch_status(const ServiceAddress& address) {
  httplib::Client client(address.host, address.port);
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  const httplib::Result answer = client.Get("/status");
  if (answer && answer->status == 200) return answer->body;
  return fail(
      ErrorCode::device_unavailable,
      answer ? "no service of Auscult answers there" : "nothing answers there: " + httplib::to_string(answer.error()),
      text_of(address),
      "is `auscult serve` running, with metrics = \"" + text_of(address) + "\" in its configuration?");
}

}  // namespace auscult
