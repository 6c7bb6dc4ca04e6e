// Simulated nodes that publish events to one MQTT broker, which is stopped and started again meanwhile, and a consumer
// that counts every event. Test-only, header-only.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mosquitto.h>
#include <nlohmann/json.hpp>

#include "service/mqtt_publisher.h"
#include "support/events.h"
#include "support/mqtt_broker.h"
#include "support/wait.h"

namespace auscult::test {

struct MqttFleetPlan {
  int nodes = 20;
  int events = 20;  ///< of each node
  std::chrono::milliseconds duration{3000};
  std::chrono::milliseconds broker_away{500};
  bool kill = false;  ///< SIGKILL instead of SIGTERM
};

/// What the consumer has heard.
struct MqttFleetResult {
  std::size_t different = 0;         ///< events with different run and id
  std::size_t received = 0;          ///< events as they came, repeated ones too
  std::size_t states = 0;            ///< of sources, repeated ones too
  std::size_t nodes = 0;             ///< whose latest status is `online` before the end
  int failed = 0;                    ///< groups of nodes in which events were left over or dropped
  double seconds = 0.0;              ///< from the first event to the last
  std::size_t most_in_a_second = 0;  ///< messages
  double broker_seconds = 0.0;       ///< processor time of both brokers, including connections
};

/// Keeps a session at the broker, so that a restart loses nothing that the broker has stored.
class MqttCounter {
 public:
  explicit MqttCounter(int port) : client_(mosquitto_new("counter", false, this)) {
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
      static_cast<MqttCounter*>(self)->count(
          message->topic,
          std::string(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)));
    });
    mosquitto_connect_callback_set(client_,
                                   [](mosquitto* client, void*, int) { mosquitto_subscribe(client, nullptr, "#", 1); });
    mosquitto_subscribe_callback_set(
        client_, [](mosquitto*, void* self, int, int, const int*) { static_cast<MqttCounter*>(self)->ready_ = true; });
    mosquitto_reconnect_delay_set(client_, 1, 1, false);
    EXPECT_EQ(mosquitto_connect(client_, "127.0.0.1", port, 30), MOSQ_ERR_SUCCESS);
    EXPECT_EQ(mosquitto_loop_start(client_), MOSQ_ERR_SUCCESS);
    EXPECT_TRUE(eventually([&] { return ready_.load(); }));
  }
  ~MqttCounter() {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, true);
    mosquitto_destroy(client_);
  }
  MqttCounter(const MqttCounter&) = delete;
  MqttCounter& operator=(const MqttCounter&) = delete;

  MqttFleetResult result() const {
    const std::lock_guard lock(mutex_);
    MqttFleetResult all;
    all.different = events_.size();
    for (const auto& [key, times] : events_) all.received += static_cast<std::size_t>(times);
    all.states = states_;
    for (const auto& [topic, status] : status_) all.nodes += status == "online" ? 1 : 0;
    all.seconds = std::chrono::duration<double>(last_ - first_).count();
    for (const auto& [second, messages] : by_second_) all.most_in_a_second = std::max(all.most_in_a_second, messages);
    return all;
  }

 private:
  void count(const std::string& topic, const std::string& payload) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    ++by_second_[std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()];
    if (topic.ends_with("/status")) status_[topic] = payload;
    if (topic.ends_with("/state")) ++states_;
    if (!topic.ends_with("/event")) return;
    const auto event = nlohmann::json::parse(payload);
    ++events_[event["run"].get<std::string>() + "/" + std::to_string(event["id"].get<int>())];
    if (events_.size() == 1) first_ = now;
    last_ = now;
  }

  mosquitto* client_;
  std::atomic<bool> ready_ = false;
  mutable std::mutex mutex_;  // of all below
  std::map<std::string, int> events_;
  std::map<std::string, std::string> status_;
  std::map<std::int64_t, std::size_t> by_second_;
  std::size_t states_ = 0;
  std::chrono::steady_clock::time_point first_, last_;
};

/// Processes with some nodes each: libmosquitto waits with select(2), which knows 1024 descriptors.
class MqttNodes {
 public:
  MqttNodes(const MqttFleetPlan& plan, int port) : plan_(plan), port_(port) {
    EXPECT_EQ(pipe(begin_), 0);
    EXPECT_EQ(pipe(end_), 0);
    for (int first = 0; first < plan.nodes; first += kInProcess) {
      const pid_t child = fork();
      EXPECT_GE(child, 0);
      if (child == 0) std::_Exit(run(first, std::min(plan.nodes, first + kInProcess)));
      children_.push_back(child);
    }
    close(begin_[0]);
    close(end_[0]);
  }
  ~MqttNodes() { finish(); }
  MqttNodes(const MqttNodes&) = delete;
  MqttNodes& operator=(const MqttNodes&) = delete;

  /// Lets them connect and publish.
  void begin() { close_once(begin_[1]); }
  /// Lets them end when everything is delivered; the number of processes in which something was not.
  int finish() {
    begin();
    close_once(end_[1]);
    int failed = 0;
    for (const pid_t child : children_) {
      int status = 0;
      waitpid(child, &status, 0);
      failed += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
    }
    children_.clear();
    return failed;
  }

 private:
  static constexpr int kInProcess = 125;

  static void close_once(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
  // Until the parent closes the other end.
  static void wait_for(const int (&fds)[2]) {
    char none = 0;
    while (read(fds[0], &none, 1) > 0) continue;
  }
  static std::string name_of(int node) { return "node-" + std::to_string(node); }

  int run(int first, int last) {
    close_once(begin_[1]);
    close_once(end_[1]);
    wait_for(begin_);
    std::vector<std::unique_ptr<MqttPublisher>> nodes;
    for (int node = first; node < last; ++node) {
      MqttConfig config;
      config.host = "127.0.0.1";
      config.port = port_;
      config.node = name_of(node);
      auto publisher = MqttPublisher::start(config, folder_ / config.node);
      if (!publisher) return 2;
      nodes.push_back(std::move(*publisher));
    }
    publish(nodes, first);
    const bool delivered =
        eventually([&] { return std::ranges::all_of(nodes, [](const auto& node) { return node->waiting() == 0; }); },
                   std::chrono::minutes(5));
    const bool whole = std::ranges::all_of(nodes, [](const auto& node) { return node->dropped() == 0; });
    wait_for(end_);
    nodes.clear();
    return delivered && whole ? 0 : 1;
  }
  // Evenly over the time, one node after the other; the state of each at the beginning and in the middle.
  void publish(const std::vector<std::unique_ptr<MqttPublisher>>& nodes, int first) const {
    const auto start = std::chrono::steady_clock::now();
    const auto count = static_cast<int>(nodes.size()) * plan_.events;
    for (int i = 0; i < count; ++i) {
      std::this_thread::sleep_until(start + plan_.duration * i / count);
      const auto at = static_cast<std::size_t>(i) % nodes.size();
      const int id = 1 + i / static_cast<int>(nodes.size());
      if (id == 1 || id == plan_.events / 2) nodes[at]->publish_state("pump-1", R"({"state":"normal"})");
      nodes[at]->publish_event("pump-1", to_json(event_record(id, name_of(first + static_cast<int>(at)))));
    }
  }

  MqttFleetPlan plan_;
  int port_;
  TempDir folder_;
  int begin_[2] = {-1, -1}, end_[2] = {-1, -1};
  std::vector<pid_t> children_;
};

/// Runs the plan on a broker that stores its state every second.
inline MqttFleetResult run_mqtt_fleet(const MqttFleetPlan& plan) {
  MqttBroker broker(
      "allow_anonymous true\nuser root\npersistence true\nautosave_interval 1\nmax_queued_messages 0\n"
      "max_inflight_messages 0\n",
      MqttBroker::Log::warnings);
  MqttNodes nodes(plan, broker.port());
  const MqttCounter counter(broker.port());
  nodes.begin();
  const auto expected = static_cast<std::size_t>(plan.nodes) * static_cast<std::size_t>(plan.events);
  EXPECT_TRUE(eventually([&] { return counter.result().different >= expected / 2; }, std::chrono::minutes(5)));
  double processor = broker.processor_seconds();
  plan.kill ? broker.kill() : broker.stop();
  EXPECT_LT(counter.result().different, expected) << "nodes still publish";
  EXPECT_TRUE(holds_for(plan.broker_away, [&] { return counter.result().different < expected; }));
  broker.begin();
  const bool complete = eventually(
      [&] {
        const auto now = counter.result();
        return now.different >= expected && now.nodes >= static_cast<std::size_t>(plan.nodes);
      },
      std::chrono::minutes(5));
  EXPECT_TRUE(complete) << counter.result().different << " of " << expected << " events, " << counter.result().nodes
                        << " nodes\n"
                        << broker.log();
  MqttFleetResult result = counter.result();
  result.broker_seconds = processor + broker.processor_seconds();
  result.failed = nodes.finish();
  const MqttFleetResult after = counter.result();
  result.different = after.different;
  result.received = after.received;
  return result;
}

}  // namespace auscult::test
