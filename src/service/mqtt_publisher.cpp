#include "service/mqtt_publisher.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <mosquitto.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/worker.h"
#include "service/outbox.h"
#include "service/secret_file.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kKeepAlive = 30;    // s: a broker that is gone is noticed, and the last will sent, within 45 s
constexpr int kLoopTimeout = 50;  // ms
constexpr std::size_t kMostInFlight = 20;
constexpr auto kLongestPause = std::chrono::seconds(60);
constexpr auto kFarewell = std::chrono::seconds(2);
constexpr int kAtLeastOnce = 1;

struct Handle {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

// The library is one for the process; it is never closed, because an abandoned thread may still use it.
void open_library() {
  static const int opened = mosquitto_lib_init();
  (void)opened;
}

// Everything that the connection's thread uses; it owns a share, because it may outlive the publisher.
class Connection {
 public:
  Connection(MqttConfig config, std::string password, milliseconds first_pause)
      : config_(std::move(config)),
        password_(std::move(password)),
        root_(config_.topic + "/" + config_.node),
        first_pause_(first_pause) {}

  Outbox& outbox() { return outbox_; }
  const std::string& root() const { return root_; }
  const MqttConfig& config() const { return config_; }
  void run(const std::stop_token& stop);

  void set_retained(const std::string& topic, std::string payload) {
    const std::lock_guard lock(mutex_);
    retained_[topic] = std::move(payload);
    changed_[topic] = true;
  }
  bool connected() const {
    const std::lock_guard lock(mutex_);
    return connected_;
  }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  bool connect();
  void serve(const std::stop_token& stop);
  void send_retained();
  void send_events();
  void say_goodbye();
  void set_trouble(const std::string& text);
  void on_connect(int code);
  void on_publish(int message);
  bool publish(const std::string& topic, const std::string& payload, bool retain, int* message);

  const MqttConfig config_;
  const std::string password_, root_;
  const milliseconds first_pause_;
  Outbox outbox_;

  // Of the thread.
  std::unique_ptr<mosquitto, Handle> client_;
  std::map<int, std::uint64_t> in_flight_;  // number in the outbox by the library's message
  std::uint64_t last_sent_ = 0;             // number in the outbox
  bool accepted_ = false;                   // by the broker

  mutable std::mutex mutex_;
  std::map<std::string, std::string> retained_;  // under the mutex: latest payload by topic
  std::map<std::string, bool> changed_;          // under the mutex: not sent since
  bool connected_ = false;                       // under the mutex
  std::string trouble_;                          // under the mutex
};

void Connection::set_trouble(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!text.empty() && trouble_ != text) log(LogLevel::warning, "MQTT: " + config_.host + ": " + text);
  connected_ = text.empty();
  trouble_ = text;
}

void Connection::on_connect(int code) {
  if (code != 0) {
    set_trouble(mosquitto_connack_string(code));
    return;
  }
  accepted_ = true;
  set_trouble({});
  publish(root_ + "/status", "online", true, nullptr);
  const std::lock_guard lock(mutex_);  // a broker that was restarted may have forgotten them
  for (const auto& [topic, payload] : retained_) changed_[topic] = true;
}

void Connection::on_publish(int message) {
  const auto sent = in_flight_.find(message);
  if (sent == in_flight_.end()) return;
  outbox_.done(sent->second);
  in_flight_.erase(sent);
}

// A new client for each connection: what the old one had not delivered is in the outbox.
bool Connection::connect() {
  client_.reset(mosquitto_new(nullptr, true, this));
  in_flight_.clear();
  last_sent_ = 0;
  accepted_ = false;
  mosquitto* client = client_.get();
  if (!client) return false;
  mosquitto_connect_callback_set(
      client, [](mosquitto*, void* self, int code) { static_cast<Connection*>(self)->on_connect(code); });
  mosquitto_publish_callback_set(
      client, [](mosquitto*, void* self, int message) { static_cast<Connection*>(self)->on_publish(message); });
  const std::string topic = root_ + "/status", offline = "offline";
  mosquitto_will_set(client, topic.c_str(), static_cast<int>(offline.size()), offline.data(), kAtLeastOnce, true);
  if (!config_.user.empty()) mosquitto_username_pw_set(client, config_.user.c_str(), password_.c_str());
  if (config_.tls) {
    const int set = mosquitto_tls_set(client, config_.ca_file.empty() ? nullptr : config_.ca_file.c_str(),
                                      config_.ca_file.empty() ? "/etc/ssl/certs" : nullptr, nullptr, nullptr, nullptr);
    if (set != MOSQ_ERR_SUCCESS) {
      set_trouble(std::string("TLS: ") + mosquitto_strerror(set));
      return false;
    }
  }
  const int connected = mosquitto_connect(client, config_.host.c_str(), config_.port, kKeepAlive);
  if (connected == MOSQ_ERR_SUCCESS) return true;
  set_trouble(connected == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(connected));
  return false;
}

bool Connection::publish(const std::string& topic, const std::string& payload, bool retain, int* message) {
  return mosquitto_publish(client_.get(), message, topic.c_str(), static_cast<int>(payload.size()), payload.data(),
                           kAtLeastOnce, retain) == MOSQ_ERR_SUCCESS;
}

void Connection::send_retained() {
  std::vector<std::pair<std::string, std::string>> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [topic, changed] : changed_) due.emplace_back(topic, retained_[topic]);
    changed_.clear();
  }
  for (const auto& [topic, payload] : due) publish(topic, payload, true, nullptr);
}

void Connection::send_events() {
  if (in_flight_.size() >= kMostInFlight) return;
  for (const auto& [number, message] : outbox_.after(last_sent_, kMostInFlight - in_flight_.size())) {
    int id = 0;
    if (!publish(message.topic, message.payload, false, &id)) return;
    in_flight_[id] = number;
    last_sent_ = number;
  }
}

// Until the connection is lost.
void Connection::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (accepted_) {
      send_retained();
      send_events();
    }
    const int state = mosquitto_loop(client_.get(), kLoopTimeout, 1);
    if (state == MOSQ_ERR_SUCCESS) continue;
    if (accepted_ || trouble().empty()) set_trouble(std::string("connection lost: ") + mosquitto_strerror(state));
    return;
  }
  say_goodbye();
}

void Connection::say_goodbye() {
  const auto deadline = Clock::now() + kFarewell;
  const auto loop = [&] { return mosquitto_loop(client_.get(), kLoopTimeout, 1) == MOSQ_ERR_SUCCESS; };
  while (accepted_ && outbox_.waiting() > 0 && Clock::now() < deadline) {
    send_events();
    if (!loop()) return;
  }
  publish(root_ + "/status", "offline", true, nullptr);
  while (mosquitto_want_write(client_.get()) && Clock::now() < deadline && loop()) continue;
  mosquitto_disconnect(client_.get());
  (void)loop();
}

void Connection::run(const std::stop_token& stop) {
  milliseconds pause = first_pause_;
  while (!stop.stop_requested()) {
    const auto begin = Clock::now();
    if (connect()) serve(stop);
    client_.reset();
    if (accepted_ && Clock::now() - begin > kLongestPause) pause = first_pause_;
    const auto next = Clock::now() + pause;
    while (!stop.stop_requested() && Clock::now() < next)
      std::this_thread::sleep_for(std::min(pause, milliseconds(50)));
    pause = std::min<milliseconds>(pause * 2, kLongestPause);
  }
}

class Mosquitto final : public MqttPublisher {
 public:
  explicit Mosquitto(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~Mosquitto() override { worker_.join(kFarewell * 3); }
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  Status begin() {
    return worker_.start([connection = connection_](const std::stop_token& stop) { connection->run(stop); });
  }
  void publish_event(const std::string& source, const std::string& json) override {
    connection_->outbox().put({connection_->root() + "/" + source + "/event", json});
  }
  void publish_state(const std::string& source, const std::string& json) override {
    const std::string topic = connection_->root() + "/" + source + "/state";
    if (connection_->config().home_assistant) announce(source, topic);
    connection_->set_retained(topic, json);
  }
  bool connected() const override { return connection_->connected(); }
  std::size_t waiting() const override { return connection_->outbox().waiting(); }
  std::uint64_t dropped() const override { return connection_->outbox().dropped(); }
  std::string trouble() const override { return connection_->trouble(); }

 private:
  // Home Assistant's discovery of MQTT devices: a binary sensor that is on during an alarm.
  void announce(const std::string& source, const std::string& topic) {
    if (!announced_.emplace(source, true).second) return;
    const std::string id = "auscult_" + connection_->config().node + "_" + source;
    const nlohmann::ordered_json sensor = {
        {"name", source + " sound"},
        {"unique_id", id},
        {"device_class", "problem"},
        {"state_topic", topic},
        {"value_template", "{{ 'ON' if value_json.state == 'alarm' else 'OFF' }}"},
        {"json_attributes_topic", topic},
        {"availability_topic", connection_->root() + "/status"},
        {"device", {{"identifiers", {id}}, {"name", source}, {"manufacturer", "Auscult"}}}};
    connection_->set_retained("homeassistant/binary_sensor/" + id + "/config", sensor.dump());
  }

  std::shared_ptr<Connection> connection_;
  Worker worker_{"mqtt"};
  std::map<std::string, bool> announced_;
};

}  // namespace

Result<std::unique_ptr<MqttPublisher>> MqttPublisher::start(const MqttConfig& config,
                                                            const std::filesystem::path& outbox,
                                                            milliseconds first_pause) {
  open_library();
  AUSCULT_TRY_ASSIGN(std::string password, read_secret(config.password_file, "password"));
  AUSCULT_TRY(check_certificates(config.ca_file, "broker"));
  auto connection = std::make_shared<Connection>(config, std::move(password), first_pause);
  AUSCULT_TRY(connection->outbox().open(outbox));
  auto publisher = std::make_unique<Mosquitto>(std::move(connection));
  AUSCULT_TRY(publisher->begin());
  return std::unique_ptr<MqttPublisher>(std::move(publisher));
}

}  // namespace auscult
